"""Pages that no address alone leads to: answers to forms, questions on the way, refusals."""

from functools import partial

import pytest

from tests.browser.looking import look_at
from tests.browser.ways import Hands, Jira

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def look(seen):
    """Look at the page as it stands: ``look(page, "refused key")``."""
    return lambda page, name: seen.extend(look_at(page, f"way {name}"))


def test_set_up(new_window, shop, sandbox, look):
    hands = Hands(new_window().sign_in(shop.tenant.admin))
    page = hands.page
    see = partial(look, page)
    page.goto(shop.tenant.path("alm-accounts/new"))
    hands.click("Set up Jira Server OAuth")
    page.get_by_text("Use your own private key instead").click()
    page.get_by_label("Own private key (optional)").fill(
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"
    )
    hands.fill("Base URL of your Jira", "jira.example.org")
    hands.click("Get auth token")
    see("set-up with mistakes")
    page.get_by_label("Base URL of your Jira").fill(sandbox.url)
    hands.click("Get auth token")
    see("consumer key unknown")


def test_authorise_again(new_window, shop, sandbox, look):
    hands = Hands(new_window().sign_in(shop.tenant.admin))
    page = hands.page
    see = partial(look, page)
    overview = shop.tenant.path(f"alm-accounts/{shop.account_id}")
    page.goto(overview)
    hands.click("Reauthorise")
    jira = Jira(page)
    jira.sign_in()
    jira.answer("Allow")
    see("whose identity")
    page.goto(f"{overview}/set-up")
    see("identity not yet confirmed")
    hands.click("No, erase it")
    see("identity erased")
    page.goto(overview)
    hands.click("Test connection")
    see("test passed")
    sandbox.state(user_disabled=["admin"])
    hands.click("Test again")
    see("test failed")
    page.goto(f"{overview}/fields")
    see("no fields")
    page.goto(shop.tenant.path("boards/new"))
    see("no boards to choose")


def test_next_key(new_window, shop, sandbox, look):
    hands = Hands(new_window().sign_in(shop.tenant.admin))
    hands.page.goto(shop.tenant.path(f"alm-accounts/{shop.account_id}/key/replace"))
    hands.click("Make the next key")
    look(hands.page, "next key made")
    hands.click("Try the new key")
    look(hands.page, "next key refused")


def test_member(new_window, shop, sandbox, look):
    hands = Hands(new_window().sign_in(shop.tenant.member))
    page = hands.page
    see = partial(look, page)
    page.goto(shop.board)
    see("not connected")
    hands.click("Connect to Jira")
    jira = Jira(page, "ada")
    jira.sign_in()
    jira.answer("Deny")
    see("denied")
    hands.click("Start again")
    jira.answer("Allow")
    page.get_by_text("Not you?").click()
    see("not you")
    sandbox.state(user_disabled=["ada"])
    page.goto(shop.board)
    see("board refused")
    page.goto(shop.credential)
    see("credential refused")
    hands.click("Disconnect")
    page.get_by_role("main").get_by_role("button", name="Disconnect").click()
    see("disconnected")


def test_links_shown_once(new_window, tenant, look):
    hands = Hands(new_window().sign_in(tenant.admin))
    page = hands.page
    page.goto(tenant.path("people/invite"))
    page.get_by_role("button", name="Make the link").click()
    look(page, "invitation with a mistake")
    page.get_by_label("E-mail address").fill("new.person@example.org")
    page.get_by_role("button", name="Make the link").click()
    look(page, "invitation")
    page.goto(tenant.path(f"people/{tenant.second.user_id}"))
    page.get_by_role("button", name="Make a reset link").click()
    look(page, "reset link")


def test_menus(new_window, world, tenant, look):
    world.join(tenant.admin, tenant.other.id)
    page = new_window().sign_in(tenant.admin)
    page.goto(tenant.path())
    page.get_by_role("button", name="Organisation:").click()
    look(page, "menu of organisations")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="profile and sign-out").click()
    look(page, "menu of the person")
    page.goto("/")
    look(page, "several tenants")
