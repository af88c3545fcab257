"""The ways on Jira Cloud in a browser: admin's by both apps, member's, with their effort (C1 to C4)."""

import pytest
from playwright.sync_api import expect

from portal.boards import boards
from portal.kinds.scopes import PRESET
from tests.browser.cloud_ways import Atlassian, make_app
from tests.browser.looking import look_at
from tests.browser.ways import Hands, Keys, clean, documented
from tests.support.cloud import cloud_office
from tests.support.cloud_people import shared_app

OWN_LIMIT, SHARED_LIMIT, BOARD_LIMIT, PROFILE_LIMIT = 14, 8, 2, 4
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def window(new_window):
    opened = new_window()
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return opened


def by_an_app_of_our_own(window, tenant, sandbox, hands_kind=Hands, look=lambda name: None):
    """From Home to "saved" through the whole console; the actions it took on our side."""
    hands = hands_kind(window.sign_in(tenant.admin))
    hands.click("Add ALM account")
    hands.click("Set up with an app of your own")
    look("set-up")
    atlassian = Atlassian(hands.click_out("Open the developer console"))
    atlassian.sign_in()
    client_id, secret = make_app(hands, atlassian, PRESET)
    atlassian.tab.close()
    hands.page.bring_to_front()
    hands.fill("Site URL", sandbox.sites["acme"])
    hands.fill("Client ID", client_id)
    hands.fill("Client secret", secret)
    hands.click("Get auth token")
    Atlassian(hands.page).accept()
    expect(hands.page.get_by_text("Avery Admin")).to_be_visible()
    look("identity")
    hands.click("Yes, use this identity and test it")
    look("fields off")
    hands.click("Save")
    expect(hands.page.get_by_text("Jira is saved.")).to_be_visible()
    expect(hands.page.locator("main .chip").first).to_have_text("Connected")
    look("overview")
    return hands.done


def test_an_app_of_our_own_by_keyboard(window, tenant, sandbox):
    done = by_an_app_of_our_own(window, tenant, sandbox, Keys)
    assert done == documented("Tenant admin, Jira Cloud, own app")
    assert len(done) <= OWN_LIMIT


@on_sqlite
def test_by_mouse_and_its_pages_are_sound(window, tenant, sandbox, seen):
    page = window.page
    done = by_an_app_of_our_own(
        window, tenant, sandbox, look=lambda name: seen.extend(look_at(page, f"cloud {name}"))
    )
    assert done == documented("Tenant admin, Jira Cloud, own app")
    for name in ("set-up", "settings", "disconnect", "delete"):
        page.goto(page.url.split("/alm-accounts/")[0] + f"/alm-accounts/{account_in(page.url)}/{name}")
        seen.extend(look_at(page, f"cloud saved {name}"))


def account_in(url):
    return url.split("/alm-accounts/")[1].split("/")[0]


def test_the_operators_app(portal, window, tenant, sandbox):
    shared_app(portal, sandbox)
    hands = Hands(window.sign_in(tenant.admin))
    hands.click("Add ALM account")
    hands.click("Set up with the app of this portal")
    hands.fill("Site URL", sandbox.sites["acme"])
    hands.click("Get auth token")
    atlassian = Atlassian(hands.page, "grace")
    atlassian.sign_in()
    atlassian.accept()
    hands.click("Yes, use this identity and test it")
    hands.click("Save")
    expect(hands.page.get_by_text("Jira is saved.")).to_be_visible()
    assert hands.done == documented("Tenant admin, Jira Cloud, operator's app")
    assert len(hands.done) <= SHARED_LIMIT


@on_sqlite
def test_the_pages_of_the_operators_app_are_sound(portal, window, tenant, sandbox, seen):
    shared_app(portal, sandbox)
    hands = Hands(window.sign_in(tenant.admin))
    hands.click("Add ALM account")
    seen.extend(look_at(hands.page, "cloud new"))
    hands.click("Set up with the app of this portal")
    hands.fill("Site URL", sandbox.url)
    hands.click("Get auth token")
    seen.extend(look_at(hands.page, "cloud shared server url"))
    hands.fill("Site URL", sandbox.sites["globex"])
    hands.click("Get auth token")
    atlassian = Atlassian(hands.page)
    atlassian.sign_in()
    atlassian.accept("acme")
    seen.extend(look_at(hands.page, "cloud site not among those"))
    hands.page.get_by_label("acme").check()
    hands.click("Yes, use this identity and test it")
    hands.click("Save")
    seen.extend(look_at(hands.page, "cloud shared overview"))


def test_a_member_from_a_board_and_from_the_profile(portal, window, new_window, sandbox, tenant, seen):
    office = cloud_office(portal, sandbox, tenant)
    board_id = boards.add_board(office.work, office.registry, office.account_id, 1, "Web shop")
    board = tenant.path(f"boards/{board_id}")
    hands = Hands(window.sign_in(tenant.member))
    hands.page.goto(board)
    hands.click("Connect to Jira")
    atlassian = Atlassian(hands.page, "grace")
    atlassian.sign_in()
    atlassian.accept()
    clean(hands.page, board)
    assert hands.done == documented("Member, from a board")
    assert len(hands.done) <= BOARD_LIMIT
    profile = Hands(new_window("desktop").sign_in(tenant.second))
    profile.page.goto(tenant.path("profile/alm-credentials/"))
    from_profile(profile, tenant)
    atlassian = Atlassian(profile.page, "linus")
    atlassian.sign_in()
    atlassian.accept()
    expect(profile.page.get_by_text("You act as")).to_be_visible()
    seen.extend(look_at(profile.page, "cloud my credential"))
    assert profile.done == documented("Member, from the profile")
    assert len(profile.done) <= PROFILE_LIMIT


def from_profile(hands, tenant):
    hands.click("Connect Jira")
