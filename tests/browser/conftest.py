"""Windows of a real Chromium on the portal, some of them without JavaScript."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browsers import Window
from tests.support.portals import Portal

Opener = Callable[..., Window]


@pytest.fixture
def open_window(browser: Browser, portal: Portal) -> Iterator[Opener]:
    """Opens windows: ``open_window("phone", java_script_enabled=False)``."""
    opened: list[Window] = []

    def open_one(width: str = "desktop", **options: object) -> Window:
        opened.append(Window(browser, portal.base_url, width, **options))
        return opened[-1]

    yield open_one
    for window in opened:
        window.close()
