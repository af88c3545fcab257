"""The same ways in a browser that runs no scripts: nothing but the copy buttons is missing."""

import pytest
from playwright.sync_api import expect

from tests.browser.ways import Hands, Jira, clean

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

CARRIED = {
    "applicationUrl": "link-url",
    "applicationName": "link-name",
    "consumerKey": "consumer-key",
    "consumerName": "consumer-name",
    "publicKey": "public-key",
    "consumerCallbackUrl": "callback-url",
}


@pytest.fixture
def plain(new_window):
    """A window without JavaScript."""
    return new_window(java_script_enabled=False)


def carry(page, jira, *field_ids):
    for field_id in field_ids:
        value = page.locator(f"#{CARRIED[field_id]}").input_value()
        jira.tab.locator(f"#{field_id}").fill(value)


def link_by_hand(page, jira):
    """The dialogs of Jira 9 and later, each value selected on our page and typed in there."""
    jira.go_on("create-link")
    jira.tab.locator("#atlassian").check()
    carry(page, jira, "applicationUrl")
    jira.go_on()
    carry(page, jira, "applicationName")
    jira.tab.locator("#createIncomingLink").check()
    jira.go_on()
    carry(page, jira, "consumerKey", "consumerName", "publicKey", "consumerCallbackUrl")
    jira.go_on("save")


def test_the_admins_way(plain, tenant, sandbox):
    hands = Hands(plain.sign_in(tenant.admin))
    hands.click("Add ALM account")
    hands.click("Set up Jira Server OAuth")
    expect(hands.page.get_by_role("button", name="Copy Public Key")).to_be_hidden()
    hands.fill("Base URL of your Jira", sandbox.url)
    hands.click("Save")
    jira = Jira(hands.click_out("Open the application links of your Jira"))
    jira.sign_in()
    link_by_hand(hands.page, jira)
    hands.click("Get auth token")
    Jira(hands.page).answer("Allow")
    hands.click("Yes, use this identity and test it")
    hands.click("Save")
    expect(hands.page.get_by_text("Jira is saved.")).to_be_visible()


def test_the_members_way(plain, shop):
    hands = Hands(plain.sign_in(shop.tenant.member))
    hands.page.goto(shop.board)
    hands.click("Connect to Jira")
    jira = Jira(hands.page, "grace")
    jira.sign_in()
    jira.answer("Allow")
    clean(hands.page, shop.board)
    hands.page.get_by_text("Acting as Grace Okafor. Not you?").click()
    expect(hands.page.get_by_role("button", name="Connect again")).to_be_visible()


def test_menus_open(plain, tenant):
    page = plain.sign_in(tenant.admin)
    page.get_by_role("button", name="Ada Admin: profile and sign-out").click()
    page.get_by_role("link", name="ALM credentials").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ALM credentials")
