"""The way of a member: from a board or the profile through consent and back, and every other end (B1, B2)."""

import pytest
from playwright.sync_api import expect

from tests.browser.ways import Hands, Jira, clean, documented

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LIMIT_BOARD, LIMIT_PROFILE = 2, 4
CONNECT = "Connect to Jira"


@pytest.fixture
def hands(new_window, shop):
    """The member, signed in."""
    return Hands(new_window().sign_in(shop.tenant.member))


@pytest.fixture
def at_consent(hands, shop):
    """The member, brought from the board to the consent page and signed in there as Grace."""
    hands.page.goto(shop.board)
    hands.click(CONNECT)
    jira = Jira(hands.page, "grace")
    jira.sign_in()
    expect(hands.page.get_by_role("button", name="Allow")).to_be_visible()
    return jira


def assert_on_board(page, shop, name):
    clean(page, shop.board)
    expect(page.get_by_text(f"Acting as {name}. Not you?")).to_be_visible()
    expect(page.get_by_role("link", name="SHOP-5")).to_be_visible()


def test_from_the_board_and_back(hands, at_consent, shop):
    at_consent.answer("Allow")
    assert_on_board(hands.page, shop, "Grace Okafor")
    assert hands.done == documented("Member, from a board")
    assert len(hands.done) <= LIMIT_BOARD


def test_from_the_profile(hands, shop):
    hands.page.goto(shop.tenant.path("profile/alm-credentials/"))
    hands.click("Connect Jira")
    jira = Jira(hands.page, "ada")
    jira.sign_in()
    jira.answer("Allow")
    clean(hands.page, shop.credential)
    expect(hands.page.locator("main .chip").first).to_have_text("Connected")
    expect(hands.page.get_by_text("Ada Lindqvist", exact=True)).to_be_visible()
    assert hands.done == documented("Member, from the profile")
    assert len(hands.done) <= LIMIT_PROFILE


@on_sqlite
def test_who_is_not_meant_finds_the_way_out(hands, at_consent, shop):
    at_consent.answer("Allow")
    page = hands.page
    page.get_by_text("Acting as Grace Okafor. Not you?").click()
    out = hands.click_out("Sign out of Jira")
    expect(out.get_by_text("You are now logged out")).to_be_visible()
    out.close()
    hands.click("Connect again")
    linus = Jira(page, "linus")
    linus.sign_in()
    linus.answer("Allow")
    assert_on_board(page, shop, "Linus Bergmann")


@on_sqlite
def test_deny(hands, at_consent, shop):
    at_consent.answer("Deny")
    page = hands.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Not connected")
    expect(page.get_by_role("main")).to_contain_text("No new connection was made.")
    assert "oauth" not in page.url
    hands.click("Start again")
    at_consent.answer("Allow")
    assert_on_board(page, shop, "Grace Okafor")


@on_sqlite
def test_back_button_after_connecting(hands, at_consent, shop):
    at_consent.answer("Allow")
    assert_on_board(hands.page, shop, "Grace Okafor")
    hands.page.go_back()
    hands.page.go_back()
    hands.page.goto(shop.board)
    assert_on_board(hands.page, shop, "Grace Okafor")


@on_sqlite
def test_back_button_out_of_jira(hands, at_consent, shop):
    leave = hands.page.url
    hands.page.goto(shop.board)
    hands.click(CONNECT)
    hands.page.wait_for_url(lambda url: "authorize" in url and url != leave)
    at_consent.answer("Allow")
    assert_on_board(hands.page, shop, "Grace Okafor")


@on_sqlite
def test_two_tabs_both_end_on_the_board(hands, at_consent, shop):
    second = Hands(hands.page.context.new_page())
    second.page.goto(shop.board)
    second.click(CONNECT)
    Jira(second.page).answer("Allow")
    assert_on_board(second.page, shop, "Grace Okafor")
    at_consent.answer("Allow")
    assert_on_board(hands.page, shop, "Grace Okafor")


@on_sqlite
def test_the_answer_arrives_twice(hands, at_consent, shop):
    """What a double click on Allow comes to: the same callback two times, one after the other."""

    def twice(route):
        hands.page.context.request.get(route.request.url)
        route.continue_()

    hands.page.route("**/callback?**", twice)
    at_consent.answer("Allow")
    assert_on_board(hands.page, shop, "Grace Okafor")


@on_sqlite
def test_double_click_on_connect(hands, shop):
    hands.page.goto(shop.board)
    hands.page.get_by_role("button", name=CONNECT).dblclick(no_wait_after=True)
    jira = Jira(hands.page, "grace")
    jira.sign_in()
    jira.answer("Allow")
    assert_on_board(hands.page, shop, "Grace Okafor")


@on_sqlite
def test_the_answer_opened_again(hands, at_consent, shop):
    """The callback address, taken from the history and opened a second time."""
    with hands.page.expect_request("**/callback?**") as asked:
        at_consent.answer("Allow")
    assert_on_board(hands.page, shop, "Grace Okafor")
    hands.page.goto(asked.value.url)
    assert_on_board(hands.page, shop, "Grace Okafor")
