"""From *Add ALM account* to an account that may send, in a browser, with its effort (D1)."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cloud_ways import Atlassian
from tests.browser.looking import look_at
from tests.browser.ways import Hands, documented
from tests.support import canaries

LIMIT = 14
COPIES = {"App name": "name", "Server base URL": "server_url", "Logo URL": "logo_url"}


def make_credential(hands: Hands, tab: Page) -> tuple[str, str]:
    """Walk the site's pages as the guide says; returns client ID and secret, as they stand there."""
    atlassian = Atlassian(tab)
    atlassian.sign_in()
    atlassian.go("OAuth credentials")
    tab.get_by_role("link", name="Create credentials").click()
    for label, field in COPIES.items():
        hands.page.bring_to_front()
        hands.copy(label)
        atlassian.paste(field)
    for permission in ("Builds", "Deployments"):
        tab.get_by_label(permission, exact=True).check()
    tab.locator("#create").click()
    expect(tab.locator("#client_id")).to_be_visible()
    return tab.locator("#client_id").input_value(), canaries.add(tab.locator("#client_secret").input_value())


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_account_that_sends(new_window, tenant, sandbox):
    """Every page of it is looked at on a desk and on a phone."""
    window, wrong = new_window(), []
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    hands = Hands(window.sign_in(tenant.admin))
    hands.click("Add ALM account")
    hands.click("Set up Jira Cloud builds and deployments")
    hands.fill("Site URL", sandbox.sites["acme"])
    hands.click("Save")
    wrong += look_at(hands.page, "delivery set-up")
    tab = hands.click_out("Open your Jira site")
    client_id, secret = make_credential(hands, tab)
    tab.close()
    hands.page.bring_to_front()
    hands.fill("Client ID", client_id)
    hands.fill("Client secret", secret)
    hands.click("Test and save")
    expect(hands.page.get_by_text("Jira is saved: its credential was tried, and may send.")).to_be_visible()
    expect(hands.page.locator("main .chip").first).to_have_text("Connected")
    assert hands.done == documented("Tenant admin, Jira Cloud builds and deployments")
    assert len(hands.done) <= LIMIT
    wrong += look_at(hands.page, "delivery overview")
    hands.click("Test connection")
    expect(hands.page.get_by_text("The credential works")).to_be_visible()
    wrong += look_at(hands.page, "delivery tested")
    assert not wrong, "\n".join(wrong)
