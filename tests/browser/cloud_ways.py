"""A person at the pages of the practice Atlassian: the developer console and the consent page."""

from collections.abc import Iterable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from portal.kinds.scopes import REPORT
from portal.sandbox.people import USERS
from tests.browser.ways import Hands
from tests.support import canaries

GRANULAR = "Jira API"


@dataclass
class Atlassian:
    """A person at Atlassian. ``tab`` is where they stand."""

    tab: Page
    user: str = "admin"

    def sign_in(self) -> None:
        """Sign in where asked."""
        self.tab.get_by_label("Email").fill(USERS[self.user].email)
        self.tab.get_by_label("Password").fill(USERS[self.user].password)
        self.tab.locator("#login-submit").click()

    def accept(self, site: str = "acme") -> None:
        """Choose the site and press Accept."""
        self.tab.locator(f"#site-{site}").check()
        self.tab.locator("#accept").click()

    def go(self, name: str) -> None:
        """Open a page of the console."""
        self.tab.get_by_role("link", name=name, exact=True).first.click()

    def paste(self, field_id: str) -> None:
        """Paste the clipboard into a field, in place of what stands there."""
        self.tab.bring_to_front()
        self.tab.locator(f"#{field_id}").focus()
        self.tab.keyboard.press("Control+A")
        self.tab.keyboard.press("Control+V")

    def tick(self, api: str, scopes: Iterable[str]) -> None:
        """Configure an API: tick its permissions and save."""
        self.tab.get_by_role("row", name=api).get_by_role("link", name="Configure").click()
        for scope in scopes:
            self.tab.locator(f"input[name=scope][value='{scope}']").check()
        self.tab.locator("#save").click()


def make_app(hands: Hands, atlassian: Atlassian, scopes: Iterable[str]) -> tuple[str, str]:
    """Walk the console as the guide says; returns client id and secret, as they stand there."""
    scopes, tab = list(scopes), atlassian.tab
    hands.page.bring_to_front()
    hands.copy("Name of the app")
    atlassian.paste("name")
    tab.locator("#create").click()
    for api in ("Personal data reporting API", "User Identity API", "Jira API"):
        tab.get_by_role("row", name=api).get_by_role("button", name="Add").click()
    atlassian.tick("User Identity API", [scope for scope in scopes if scope == "read:me"])
    atlassian.tick("Personal data reporting API", [REPORT])
    atlassian.tick("Jira API", [scope for scope in scopes if scope not in ("read:me", REPORT)])
    atlassian.go("Authorization")
    hands.page.bring_to_front()
    hands.copy("Callback URL")
    atlassian.paste("callback_url")
    tab.locator("#save").click()
    atlassian.go("Distribution")
    tab.locator("input[name=sharing][value=on]").check()
    tab.locator("#save").click()
    atlassian.go("Settings")
    expect(tab.locator("#client_id")).to_be_visible()
    secret = tab.locator("#client_secret").input_value()
    canaries.add(secret)
    return tab.locator("#client_id").input_value(), secret
