"""The two sides of a way through the browser: our pages, where every action counts, and Jira's."""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from portal.sandbox.people import USERS
from tests.support.browsers import arrived

DOCS = Path(__file__).parents[2] / "docs" / "effort.md"
MOST_TABS = 80


@dataclass
class Hands:
    """A person with a mouse on our pages. ``done`` holds one line per action: a click, or a filled field."""

    page: Page
    done: list[str] = field(default_factory=list)

    def click(self, name: str) -> None:
        """Click the one button or link of this name."""
        self.done.append(f"Click {name}")
        self._reach(_button(self.page, name))
        arrived(self.page)

    def copy(self, label: str) -> None:
        """Click the copy button of a value; pasting it is done on the other side."""
        self.done.append(f"Copy {label}")
        self._reach(self.page.get_by_role("button", name=f"Copy {label}", exact=True))
        expect(self.page.locator("#announcements")).to_have_text(f"Copied: {label}")

    def fill(self, label: str, value: str) -> None:
        """Fill a field."""
        self.done.append(f"Fill {label}")
        self._type(self.page.get_by_label(label, exact=True), value)

    def click_out(self, name: str) -> Page:
        """Click a link that opens another tab; that tab."""
        with self.page.expect_popup() as opened:
            self.click(f"{name} (opens a new tab)")
        self.done[-1] = f"Click {name}"
        return opened.value

    def _reach(self, target: Locator) -> None:
        target.click()

    def _type(self, target: Locator, value: str) -> None:
        target.fill(value)


class Keys(Hands):
    """The same person without a mouse: everything is reached by Tab, pressed by Enter."""

    def _reach(self, target: Locator) -> None:
        self._tab_to(target)
        target.press("Enter")

    def _type(self, target: Locator, value: str) -> None:
        self._tab_to(target)
        if target.get_attribute("type") == "date":  # Chromium takes it as its language writes it: month first
            value = date.fromisoformat(value).strftime("%m%d%Y")
        self.page.keyboard.type(value)

    def choose(self, name: str) -> None:
        """Choose one of several by the arrows."""
        self.done.append(f"Click {name}")
        wanted = self.page.get_by_role("radio", name=name, exact=True)
        group = self.page.get_by_role("group").filter(has=wanted)
        self._tab_to(group.get_by_role("radio", checked=True))
        for _ in range(group.get_by_role("radio").count()):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        expect(wanted).to_be_checked()

    def _tab_to(self, target: Locator) -> None:
        self.page.bring_to_front()
        wanted = target.element_handle()  # looked for once: by its role and name that takes longer than a Tab
        for _ in range(MOST_TABS):
            if wanted.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{MOST_TABS} times Tab do not reach {target} on {self.page.url}")


def _button(page: Page, name: str) -> Locator:
    link = page.get_by_role("link", name=name, exact=True)
    return page.get_by_role("button", name=name, exact=True).or_(link)


def documented(title: str) -> list[str]:
    """The actions listed under a heading of ``docs/effort.md``, in order."""
    part = DOCS.read_text().split(f"\n### {title}\n", 1)[1].split("\n#", 1)[0]
    return [line.replace("**", "") for line in re.findall(r"^\d+\. (.+)$", part, re.MULTILINE)]


@dataclass
class Jira:
    """A Jira user at the pages of the practice Jira. ``tab`` is where they stand."""

    tab: Page
    user: str = "admin"

    def sign_in(self) -> None:
        """Sign in at Jira's own page, or at the single sign-on host in front of it."""
        user, sso = USERS[self.user], self.tab.locator("#username")
        name = sso.or_(self.tab.locator("#os_username"))
        expect(name).to_be_visible()
        name.fill(user.name)
        self.tab.get_by_label("Password").fill(user.password)
        self.tab.locator("main form button").click()

    def sign_out(self) -> None:
        """Sign out of Jira."""
        self.tab.get_by_role("link", name="Log out").click()

    def answer(self, button: str) -> None:
        """Press Allow or Deny on the consent page."""
        self.tab.get_by_role("button", name=button, exact=True).click()

    def paste(self, field_id: str) -> None:
        """Paste the clipboard into a field, in place of what stands there."""
        self.tab.bring_to_front()
        self.tab.locator(f"#{field_id}").focus()
        self.tab.keyboard.press("Control+A")
        self.tab.keyboard.press("Control+V")

    def go_on(self, button_id: str = "continue") -> None:
        """Press the button that leads on."""
        self.tab.locator(f"#{button_id}").click()


def make_link(hands: Hands, jira: Jira, *, before_9: bool = False) -> None:
    """Carry every value over to Jira's application-link dialogs, one copy button and one paste each."""

    def carry(label: str, field_id: str) -> None:
        hands.page.bring_to_front()
        hands.copy(label)
        jira.paste(field_id)

    if not before_9:
        jira.go_on("create-link")
        jira.tab.locator("#atlassian").check()
    carry("Application URL", "applicationUrl")
    jira.go_on("create-link" if before_9 else "continue")
    carry("Application name", "applicationName")
    jira.tab.locator("#createIncomingLink").check()
    jira.go_on()
    carry("Consumer Key", "consumerKey")
    carry("Consumer Name", "consumerName")
    carry("Public Key", "publicKey")
    carry("Consumer Callback URL", "consumerCallbackUrl")
    jira.go_on("save")
    expect(jira.tab.get_by_role("heading", name="Application links")).to_be_visible()


def clean(page: Page, path: str) -> None:
    """Stand on ``path`` with nothing of OAuth left in the address."""
    expect(page).to_have_url(re.compile(re.escape(path) + "$"))
