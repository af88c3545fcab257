"""A real Chromium: pages at two widths, with every message of the console and every broken rule caught."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from http.cookies import SimpleCookie
from typing import Any

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.support import canaries, factors
from tests.support.needs import missing
from tests.support.world import Someone

CookieOf = Callable[[Someone], SimpleCookie]
WIDTHS = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}
AXE = Axe().axe_script
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine; the test is skipped where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        missing("browser", "no chromium on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


class Window:
    """One browser window with its own cookies. Leaving the test with a console error in it fails."""

    def __init__(
        self,
        browser: Browser,
        base_url: str,
        width: str = "desktop",
        cookie_of: CookieOf | None = None,
        **options: Any,
    ) -> None:
        """``cookie_of``: what the browser holds of somebody who has signed in; without it they walk through
        the page. ``options``: what else a context of Chromium is to be: ``java_script_enabled=False``."""
        self._base_url, self._cookie_of = base_url, cookie_of
        self.context = browser.new_context(viewport=WIDTHS[width], base_url=base_url, **options)  # type: ignore[arg-type]
        self.context.set_default_timeout(10_000)
        self.complaints: list[str] = []
        self.page = self.context.new_page()
        self.watch(self.page)

    def watch(self, page: Page) -> None:
        """Note what the console of a page says."""
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        text = message.text
        # Chromium reports every answer of 4xx and 5xx here; those are pages of ours.
        if message.type in ("error", "warning") and not text.startswith("Failed to load resource"):
            self.complaints.append(text)

    def sign_in(self, someone: Someone) -> Page:
        """Somebody signed in, at home."""
        if self._cookie_of:
            self.hold(self._cookie_of(someone))
            self.page.goto("/")
        else:
            self._walk_in(someone)
        return self.page

    def hold(self, cookie: SimpleCookie) -> None:
        """Have the browser hold what the portal gave, and treat it as the portal said."""
        for name, given in cookie.items():
            said: Any = {"httpOnly": bool(given["httponly"]), "sameSite": given["samesite"]}
            self.context.add_cookies([{"name": name, "value": given.value, "url": self._base_url, **said}])

    def _walk_in(self, someone: Someone) -> None:
        self.page.goto("/sign-in")
        self.page.get_by_label("E-mail").fill(someone.email)
        self.page.get_by_label("Password", exact=True).fill(someone.password)
        self.page.get_by_role("main").get_by_role("button", name="Sign in").click()
        if someone.totp:
            self.page.get_by_label("Code", exact=True).fill(factors.next_code(someone.totp))
            self.page.get_by_role("main").get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def close(self) -> None:
        """Close, and fail on what the console said or when the page holds a secret."""
        try:
            pages = [arrived(page) for page in self.context.pages]
            html = "".join(page.content() for page in pages if "/sign-in" not in page.url)
        finally:  # what the console said may be why a page did not arrive
            self.context.close()
            assert not self.complaints, f"the console said: {self.complaints}"
        canaries.assert_none_in(html, "a page in the browser")


@contextmanager
def windows(
    browser: Browser, base_url: str, cookie_of: CookieOf | None = None
) -> Iterator[Callable[..., Window]]:
    """Opens windows on a portal: ``open_one("phone", java_script_enabled=False)``. In the end all are closed,
    also behind one that fails at it."""
    with ExitStack() as opened:

        def open_one(width: str = "desktop", **options: Any) -> Window:
            window = Window(browser, base_url, width, cookie_of, **options)
            opened.callback(window.close)
            return window

        yield open_one


def arrived(page: Page) -> Page:
    """The page, when all of it is there.

    A click goes on when the next page has begun: what looks at once, and waits for nothing by itself, may
    find half of it or none. A key pressed by ``page.keyboard`` waits for nothing at all, that of a locator
    as a click does.
    """
    page.wait_for_load_state()
    return page


def axe(page: Page, but: Iterable[str] = ()) -> None:
    """Fail on any violation axe finds, but for the rules named. It is put into a page once, and tells of
    nothing but violations: both take longer than looking."""
    arrived(page)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    rules = {rule: {"enabled": False} for rule in but}
    violations = page.evaluate(
        "(rules) => axe.run({resultTypes: ['violations'], rules}).then((found) => found.violations)", rules
    )
    assert not violations, AxeResults({"violations": violations}).generate_report()


def fits(page: Page) -> None:
    """Fail when the page scrolls sideways."""
    arrived(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"
