"""The ways to a Jira Data Center by OAuth 2.0 and by personal access tokens, from Jira's pages to ours,
counted (rows A10, B4)."""

import pytest
from playwright.sync_api import expect

from tests.browser.looking import look_at
from tests.browser.ways import Hands, Jira, Keys, clean, documented
from tests.support import canaries
from tests.support.server_oauth2 import server_oauth2_office
from tests.support.tokens import token_office

ADMIN_LIMIT, MEMBER_LIMIT = 14, 4
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
both_hands = pytest.mark.parametrize("hands_kind", [Hands, Keys], ids=["mouse", "keyboard"])


@pytest.fixture
def window(new_window):
    opened = new_window()
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return opened


def make_incoming_link(hands, jira):
    """Walk Jira's dialogs as the guide says; client id and secret, as they stand there."""
    tab = jira.tab
    jira.go_on("create-link")
    tab.locator("#external").check()
    jira.go_on()
    jira.go_on("incoming")
    for label, field in (("Name", "name"), ("Redirect URL", "redirectUrl")):
        hands.page.bring_to_front()
        hands.copy(label)
        jira.paste(field)
    tab.locator("input[name=scopes][value=WRITE]").check()
    jira.go_on("save")
    client_id, secret = (tab.locator(f"#{name}").inner_text() for name in ("client-id", "client-secret"))
    jira.sign_out()
    tab.close()
    hands.page.bring_to_front()
    return client_id, canaries.add(secret)


def finish(hands, look):
    """From the identity to "saved"."""
    expect(hands.page.get_by_text("Avery Admin")).to_be_visible()
    look("identity")
    hands.click("Yes, use this identity and test it")
    look("fields")
    hands.click("Save")
    expect(hands.page.get_by_text("Jira is saved.")).to_be_visible()
    expect(hands.page.locator("main .chip").first).to_have_text("Connected")
    look("overview")
    return hands.done


def by_incoming_link(window, tenant, sandbox, hands_kind=Hands, look=lambda name: None):
    """From Home to "saved" through Jira's pages; the actions it took on our side."""
    hands = hands_kind(window.sign_in(tenant.admin))
    hands.click("Add ALM account")
    hands.click("Set up Jira Data Center OAuth 2.0")
    hands.fill("Base URL of your Jira", sandbox.url)
    hands.click("Save")
    look("set-up")
    jira = Jira(hands.click_out("Open the application links of your Jira"))
    jira.sign_in()
    client_id, secret = make_incoming_link(hands, jira)
    hands.fill("Client ID", client_id)
    hands.fill("Client secret", secret)
    hands.click("Get auth token")
    consent = Jira(hands.page)
    consent.sign_in()
    consent.answer("Allow")
    return finish(hands, look)


def make_pat(hands, tab):
    """Make a token in the Jira profile as the guide says; as it is shown there once."""
    tab.get_by_role("link", name="Personal Access Tokens").click()
    hands.page.bring_to_front()
    hands.copy("Token name")
    jira = Jira(tab)
    jira.paste("tokenName")
    jira.go_on("create-token")
    token = canaries.add(tab.locator("#raw-token").inner_text())
    tab.close()
    hands.page.bring_to_front()
    return token


def by_pat(window, tenant, sandbox, hands_kind=Hands, look=lambda name: None):
    """The same with a personal access token."""
    hands = hands_kind(window.sign_in(tenant.admin))
    hands.click("Add ALM account")
    hands.click("Set up Jira Server token")
    hands.fill("Base URL of your Jira", sandbox.url)
    hands.click("Save")
    look("set-up")
    tab = hands.click_out("Open your Jira profile")
    Jira(tab).sign_in()
    hands.fill("Personal access token or password", make_pat(hands, tab))
    hands.click("Connect")
    return finish(hands, look)


TITLES = {
    by_incoming_link: "Tenant admin, Jira Data Center OAuth 2.0",
    by_pat: "Tenant admin, Jira Server token",
}
each_way = pytest.mark.parametrize("way", TITLES, ids=["oauth2", "token"])


@each_way
def test_by_keyboard(window, tenant, sandbox, way):
    done = way(window, tenant, sandbox, Keys)
    assert done == documented(TITLES[way])
    assert len(done) <= ADMIN_LIMIT


@on_sqlite
@each_way
def test_by_mouse_and_the_pages_are_sound(window, tenant, sandbox, seen, way):
    page, kind = window.page, way.__name__.replace("_", " ")
    done = way(window, tenant, sandbox, look=lambda name: seen.extend(look_at(page, f"{kind} {name}")))
    assert done == documented(TITLES[way])
    account = page.url.rstrip("/")
    for name in ("set-up", "settings", "disconnect", "delete"):
        page.goto(f"{account}/{name}")
        seen.extend(look_at(page, f"{kind} saved {name}"))
    page.goto(account.replace("/alm-accounts/", "/profile/alm-credentials/"))
    seen.extend(look_at(page, f"{kind} my credential"))


@on_sqlite
def test_a_member_by_an_incoming_link(new_window, portal, tenant, sandbox):
    """The same clicks as by application link."""
    office = server_oauth2_office(portal, sandbox, tenant)
    hands = Hands(new_window("phone").sign_in(tenant.member))
    hands.page.goto(tenant.path("profile/alm-credentials/"))
    hands.click("Connect Jira")
    jira = Jira(hands.page, "ada")
    jira.sign_in()
    jira.answer("Allow")
    clean(hands.page, office.mine)
    expect(hands.page.get_by_text("Ada Lindqvist", exact=True)).to_be_visible()
    assert hands.done == documented("Member, from the profile")


@on_sqlite
@both_hands
def test_a_member_by_a_personal_access_token(window, portal, tenant, sandbox, hands_kind):
    token_office(portal, sandbox, tenant)
    hands = hands_kind(window.sign_in(tenant.member))
    hands.page.goto(tenant.path("profile/alm-credentials/"))
    hands.click("Connect Jira")
    hands.fill("Personal access token or password", canaries.add(sandbox.make_pat("ada")))
    hands.click("Test connection")
    expect(hands.page.get_by_role("heading", name="Connected as Ada Lindqvist")).to_be_visible()
    assert hands.done == documented("Member, from the profile, personal access token")
    assert len(hands.done) <= MEMBER_LIMIT


@on_sqlite
def test_a_members_pages_are_sound(new_window, portal, tenant, sandbox, seen):
    office = token_office(portal, sandbox, tenant)
    page = new_window().sign_in(tenant.member)
    page.goto(office.mine)
    seen.extend(look_at(page, "member token not connected"))
    office.connect(tenant.member)
    page.goto(office.mine)
    seen.extend(look_at(page, "member token connected"))
