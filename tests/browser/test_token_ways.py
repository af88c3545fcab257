"""The ways by API tokens in a browser, from Atlassian's pages to ours, counted: admin and member (B4, C3)."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from portal.boards import boards
from portal.kinds.methods import SCOPED_TOKEN
from portal.people.texts import email_key
from portal.store.tables import User
from portal.store.work import OPERATOR, Work
from tests.browser.cloud_ways import Atlassian
from tests.browser.looking import look_at
from tests.browser.ways import Hands, Keys, clean, documented
from tests.support import canaries
from tests.support.api_tokens import EVERY_SCOPE, api_token_office, in_days
from tests.support.cloud import cloud_office

ADMIN_LIMIT, MEMBER_LIMIT = 14, 4
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def window(new_window):
    opened = new_window()
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return opened


def make_token(hands, atlassian, scopes=EVERY_SCOPE):
    """Walk Atlassian's dialog as the guide says; the token, as it is shown there once."""
    tab = atlassian.tab
    tab.get_by_role("link", name="Create API token with scopes").click()
    hands.page.bring_to_front()
    hands.copy("Name of the token")
    atlassian.paste("label")
    tab.locator("input[name=expires]").fill(in_days().isoformat())
    tab.get_by_role("button", name="Next").click()
    tab.get_by_label("Jira").check()
    tab.get_by_role("button", name="Next").click()
    hands.page.bring_to_front()
    hands.copy("Scopes to tick")
    assert hands.page.evaluate("navigator.clipboard.readText()").split() == list(scopes)
    tab.bring_to_front()  # Chromium draws a tab behind another once a second, and each tick waits for that
    for scope in scopes:
        tab.locator(f"input[name=scope][value='{scope}']").check()
    tab.get_by_role("button", name="Next").click()
    tab.get_by_role("button", name="Create token").click()
    token = tab.locator("#api_token").input_value()
    tab.close()
    hands.page.bring_to_front()
    return canaries.add(token)


def by_a_token(window, tenant, sandbox, hands_kind=Hands, look=lambda name: None):
    """From Home to "saved" through Atlassian's pages; the actions it took on our side."""
    hands = hands_kind(window.sign_in(tenant.admin))
    hands.click("Add ALM account")
    hands.click("Set up Jira Cloud API token")
    look("set-up")
    atlassian = Atlassian(hands.click_out("Open the API tokens of your Atlassian account"))
    atlassian.sign_in()
    token = make_token(hands, atlassian)
    hands.fill("Site URL", sandbox.sites["acme"])
    hands.fill("Login e-mail", "admin@example.com")
    hands.fill("API token", token)
    hands.fill("Token ends on", in_days().isoformat())
    hands.click("Connect")
    expect(hands.page.get_by_text("Avery Admin")).to_be_visible()
    look("identity")
    hands.click("Yes, use this identity and test it")
    look("fields")
    hands.click("Save")
    expect(hands.page.get_by_text("Jira is saved.")).to_be_visible()
    expect(hands.page.locator("main .chip").first).to_have_text("Connected")
    look("overview")
    return hands.done


@on_sqlite
def test_an_account_by_an_api_token_and_its_pages_are_sound(window, tenant, sandbox, seen):
    page = window.page
    done = by_a_token(
        window, tenant, sandbox, look=lambda name: seen.extend(look_at(page, f"api token {name}"))
    )
    assert done == documented("Tenant admin, Jira Cloud, API token")
    assert len(done) <= ADMIN_LIMIT
    overview = page.url
    page.get_by_role("button", name="Test connection").click()
    seen.extend(look_at(page, "api token tested"))
    for name in ("set-up", "settings", "disconnect", "delete"):
        page.goto(f"{overview}/{name}")
        seen.extend(look_at(page, f"api token saved {name}"))
    page.goto(f"{overview}/set-up")
    page.get_by_label("Login e-mail").fill("no at")
    page.get_by_role("button", name="Connect").click()
    seen.extend(look_at(page, "api token mistakes"))


def from_profile(hands, token):
    hands.click("Connect Jira")
    hands.fill("API token", token)
    hands.fill("Token ends on", in_days().isoformat())
    hands.click("Test connection")


@pytest.fixture
def ada(tenant):
    """The tenant's member, known here by the address that Ada has at Atlassian, as most are."""
    yield _known_by(tenant, tenant.member, "ada@example.com")
    _known_by(tenant, tenant.member, tenant.member.email)


def _known_by(tenant, someone, email):
    with Work(tenant.store, None, OPERATOR).write() as session:
        row = session.get_one(User, someone.user_id)
        row.email, row.email_key = email, email_key(email)
    return replace(someone, email=email)


@pytest.mark.parametrize("hands_kind", [Hands, Keys], ids=["mouse", "keyboard"])
def test_a_member_from_the_profile(portal, window, sandbox, tenant, ada, hands_kind):
    office = api_token_office(portal, sandbox, tenant)
    _, token = office.made("ada")
    hands = hands_kind(window.sign_in(ada))
    hands.page.goto(tenant.path("profile/alm-credentials/"))
    from_profile(hands, token)
    expect(hands.page.get_by_role("heading", name="Connected as Ada Lindqvist")).to_be_visible()
    assert hands.done == documented("Member, from the profile, API token")
    assert len(hands.done) <= MEMBER_LIMIT


@on_sqlite
def test_the_members_pages_are_sound(portal, window, sandbox, tenant, seen):
    office = api_token_office(portal, sandbox, tenant)
    board_id = boards.add_board(office.work, office.registry, office.account_id, 1, "Web shop")
    page = window.sign_in(tenant.member)
    page.goto(tenant.path(f"boards/{board_id}"))
    seen.extend(look_at(page, "token board"))
    page.get_by_role("button", name=f"Connect to {office.account.name}").click()
    seen.extend(look_at(page, "token page"))
    email, token = office.made("ada", EVERY_SCOPE[:5])
    page.get_by_label("Login e-mail").fill("no at")
    page.get_by_label("API token", exact=True).fill(token)
    page.get_by_label("Token ends on").fill(in_days().isoformat())
    page.get_by_role("button", name="Test connection").click()
    seen.extend(look_at(page, "token mistakes"))
    page.get_by_label("Login e-mail").fill(email)
    page.get_by_role("button", name="Test connection").click()
    seen.extend(look_at(page, "token refused"))
    page.locator("summary", has_text="Replace").click()
    page.get_by_label("New API token").fill(office.made("ada")[1])
    page.get_by_role("button", name="Test connection").click()
    clean(page, tenant.path(f"boards/{board_id}"))
    page.goto(office.mine)
    seen.extend(look_at(page, "token my credential"))
    page.get_by_role("button", name="Test connection").click()
    seen.extend(look_at(page, "token my test"))


@on_sqlite
def test_a_token_beside_a_consent_is_sound(portal, window, sandbox, tenant, seen):
    office = cloud_office(portal, sandbox, tenant)
    page = window.sign_in(tenant.admin)
    page.goto(tenant.path(f"alm-accounts/{office.account_id}"))
    page.get_by_role("link", name="Use one in the place of a consent").click()
    page.locator("#account-token > summary").click()
    page.get_by_label("Login e-mail").fill("admin@example.com")
    token = canaries.add(sandbox.make_api_token("admin@example.com", scopes=EVERY_SCOPE))
    page.get_by_label("API token", exact=True).fill(token)
    seen.extend(look_at(page, "consent token set-up"))
    page.get_by_label("Token ends on").fill(in_days().isoformat())
    page.get_by_role("button", name="Connect with this token").click()
    page.get_by_role("button", name="Yes, use this identity and test it").click()
    expect(page.get_by_text("Rests on an API token with scopes")).to_be_visible()
    seen.extend(look_at(page, "consent token overview"))
    assert office.account.own.method == SCOPED_TOKEN
