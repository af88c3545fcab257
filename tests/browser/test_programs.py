"""A key for a program is made, copied, replaced and revoked, as it looks and by the keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests.browser.looking import look_at
from tests.support.browsers import arrived
from tests.support.delivery_rows import delivering_account
from tests.support.samples import account

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def press(page, name):
    """A button, by the keyboard."""
    page.get_by_role("button", name=name).press("Enter")


def make(page):
    """Mistakes first, then a key for deliveries and the proxy. What is wrong with the pages on the way."""
    page.get_by_role("link", name="Make a program key").click()
    expect(page.get_by_label("Paths of Jira")).to_be_hidden()
    press(page, "Make the key")
    page.get_by_label("Read Jira through this portal").check()
    expect(page.get_by_label("Paths of Jira")).to_be_visible()
    page.get_by_label("Networks").fill("192.0.2.0/24\nhome")
    page.get_by_label("Acme Cloud").check()
    press(page, "Make the key")
    wrong = look_at(page, "programs mistakes")
    page.get_by_label("Name").fill("Jenkins")
    page.get_by_label("Networks").fill("192.0.2.0/24")
    page.get_by_label("Send builds").check()
    page.get_by_label("Acme Server").check()
    page.get_by_label("Acme Server").press("Enter")
    return wrong


def copy(page):
    """The key is there to be copied, at once and once."""
    copy = page.get_by_role("button", name="Copy Program key")
    copy.press("Enter")
    told = page.get_by_text("Press Ctrl+C").or_(page.get_by_text("Copied: Program key")).first
    told.wait_for(state="attached")
    arrived(page)
    for summary in page.locator("main summary").all()[1:]:
        summary.press("Enter")


def test_story(tenant, new_window):
    page, wrong = new_window().sign_in(tenant.admin), []
    delivering_account(tenant, "Acme Cloud"), account(tenant, "Acme Server")
    page.goto(tenant.path("programs/"))
    wrong += look_at(page, "programs none")
    wrong += make(page)
    copy(page)
    expect(page.get_by_label("A build from GitLab CI", exact=True)).to_be_visible()
    wrong += look_at(page, "programs made")
    page.get_by_role("link", name="the page of the key").click()
    page.get_by_role("link", name="Acme Server").click()
    page.locator("main summary").nth(1).press("Enter")
    example = page.get_by_label("Who am I in Jira, by jira", exact=True)
    assert 'token_auth=os.environ["ALMONER_KEY"]' in example.input_value()
    wrong += look_at(page, "programs key")
    page.get_by_role("link", name="Replace this key …").press("Enter")
    wrong += look_at(page, "programs replace")
    press(page, "Make the second key")
    copy(page)
    page.get_by_role("link", name="the page of the key").click()
    wrong += look_at(page, "programs two keys")
    page.get_by_role("link", name="Older").click()
    page.get_by_role("link", name="Revoke this key …").press("Enter")
    wrong += look_at(page, "programs revoke")
    press(page, "Revoke the key")
    expect(page.get_by_text("The key is revoked.")).to_be_visible()
    wrong += look_at(page, "programs list")
    assert not wrong, "\n".join(wrong)
