"""The whole way of a tenant admin: from Home to a saved account, through Jira's own dialogs (A1)."""

import pytest
from playwright.sync_api import expect

from tests.browser.ways import Hands, Jira, Keys, documented, make_link
from tests.support.sandbox import SandboxProcess

LIMIT = 14
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def walk(window, tenant, sandbox, hands_kind=Hands, *, before_9=False):
    """From Home to "saved"; the actions it took on our side."""
    hands = hands_kind(window.sign_in(tenant.admin))
    hands.click("Add ALM account")
    hands.click("Set up Jira Server OAuth")
    hands.fill("Base URL of your Jira", sandbox.url)
    hands.click("Save")
    jira = Jira(hands.click_out("Open the application links of your Jira"))
    jira.sign_in()
    make_link(hands, jira, before_9=before_9)
    jira.sign_out()
    jira.tab.close()
    hands.click("Get auth token")
    consent = Jira(hands.page)
    consent.sign_in()
    consent.answer("Allow")
    expect(hands.page.get_by_text("Avery Admin")).to_be_visible()
    expect(hands.page.get_by_text("admin@example.com")).to_be_visible()
    hands.click("Yes, use this identity and test it")
    hands.click("Save")
    expect(hands.page.get_by_text("Jira is saved.")).to_be_visible()
    expect(hands.page.locator("main .chip").first).to_have_text("Connected")
    return hands.done


@pytest.fixture
def window(new_window):
    opened = new_window()
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return opened


def assert_effort(done):
    assert done == documented("Tenant admin, Jira Server OAuth")
    assert len(done) <= LIMIT


def test_connect_a_jira_server(window, tenant, sandbox):
    assert_effort(walk(window, tenant, sandbox))


@on_sqlite
def test_connect_a_jira_before_9(window, tenant, sandbox):
    sandbox.state(jira_version="8.20.30")
    assert_effort(walk(window, tenant, sandbox, before_9=True))


@on_sqlite
def test_connect_with_the_keyboard_only(window, tenant, sandbox):
    assert_effort(walk(window, tenant, sandbox, Keys))


@on_sqlite
def test_connect_with_single_sign_on_in_front(window, tenant, sandbox):
    sandbox.state(sso=True)
    assert_effort(walk(window, tenant, sandbox))


@on_sqlite
def test_connect_a_jira_below_a_path(window, tenant):
    with SandboxProcess(context_path="/jira") as below:
        assert below.url.endswith("/jira")
        assert_effort(walk(window, tenant, below))
