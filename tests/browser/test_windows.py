"""The windows of the tests: they hold what any browser would, and tell what went wrong in them."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support import browsers
from tests.support.browsers import Window, windows
from tests.support.portals import Portal
from tests.support.world import TenantWorld


def held_by(window: Window) -> dict[str, Any]:
    """What the browser holds of the session, but for its value."""
    (session,) = [dict(one) for one in window.context.cookies() if one["name"] == "almoner"]
    del session["value"]
    return session


def test_who_is_put_in_holds_what_who_walks_in_is_given(
    browser: Browser, portal: Portal, tenant: TenantWorld
) -> None:
    put_in = Window(browser, portal.base_url, cookie_of=portal.cookie_of)
    walked_in = Window(browser, portal.base_url)
    for window in (put_in, walked_in):
        window.sign_in(tenant.member)
    assert held_by(put_in) == held_by(walked_in)
    assert held_by(put_in)["httpOnly"]
    for window in (put_in, walked_in):
        window.close()


def test_a_window_whose_page_does_not_arrive_tells_what_the_console_said(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = Window(browser, "http://127.0.0.1")
    window.complaints.append("a script broke")

    def stuck(page: object) -> object:
        raise TimeoutError("the page did not arrive")

    monkeypatch.setattr(browsers, "arrived", stuck)
    with pytest.raises(AssertionError, match="a script broke"):
        window.close()
    assert window.context not in browser.contexts


def test_behind_a_window_that_fails_at_closing_the_others_are_closed(
    browser: Browser, portal: Portal
) -> None:
    with pytest.raises(AssertionError, match="a script broke"), windows(browser, portal.base_url) as open_one:
        opened = [open_one(), open_one("phone"), open_one()]
        opened[1].complaints.append("a script broke")
    assert not {window.context for window in opened} & set(browser.contexts)
