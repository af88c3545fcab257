"""Looking at one page: axe, width, keyboard, and a picture where one is wanted."""

import os
import re
from functools import partial
from pathlib import Path

from playwright.sync_api import Page

from tests.support.browsers import WIDTHS, arrived, axe, fits

FIND = """() => {
  // Begin at the top, wherever the page or the last click has put the focus.
  document.documentElement.tabIndex = -1;
  document.documentElement.focus();
  document.documentElement.removeAttribute("tabindex");
  const inside = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  window.reached = new Set();
  window.unseen = new Set();
  const name = (one) => (one.getAttribute("aria-label") || one.innerText || one.name || one.id || one.tagName)
    .trim().slice(0, 60);
  document.addEventListener("focusin", (event) => {
    if (window.reached.has(event.target)) return;
    const style = getComputedStyle(event.target), box = event.target.getBoundingClientRect();
    window.reached.add(event.target);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    if (!ring || box.bottom + scrollY <= 0 || box.right + scrollX <= 0) window.unseen.add(name(event.target));
  });
  window.wanted = [...document.querySelectorAll(inside)].filter((one) =>
    one.checkVisibility({ checkVisibilityCSS: true }) && !one.disabled
    && !(one.type === "radio" && !one.checked));
  window.left = () => window.wanted.filter((one) => !window.reached.has(one)).map(name);
  const many = (selector) => document.querySelectorAll(selector).length;
  return [window.wanted.length, many("header a, header button"), many("input[type=datetime-local]")];
}"""


# In Chromium a field for a day and a time has so many more places to stop at.
TIME_PARTS = 7
# Contrast takes three quarters of axe's time, and the stylesheets change colours by width in the open menu
# alone, which is there on a desk.
AXE = {"desktop": axe, "phone": partial(axe, but=("color-contrast",))}


def look_at(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it stands, on a desk and on a phone; ``name`` names its pictures."""
    wrong = []
    arrived(page)
    for width, size in WIDTHS.items():
        page.set_viewport_size(size)  # type: ignore[arg-type]
        take_picture(page, f"{name} {width}")
        for rule in (AXE[width], fits, keyboard):
            try:
                rule(page)
            except AssertionError as error:
                wrong.append(f"{name} {width}: {error}")
    return wrong


def take_picture(page: Page, name: str) -> None:
    """The whole page as a picture in the folder that ``TEST_SCREENSHOTS`` names, if it does."""
    folder = os.environ.get("TEST_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        file = re.sub("[^a-z0-9]+", "-", name.lower())
        page.screenshot(path=Path(folder) / f"{file}.png", full_page=True)


def keyboard(page: Page) -> None:
    """Tab goes to the skip link first, reaches everything, and always shows where it is."""
    count, in_header, times = page.evaluate(FIND)
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.className")
    if in_header > 1:  # one link needs nothing to skip it
        assert first == "skip-link", f"the first Tab stops at {first!r}, not at the skip link"
    # Told in one go, and let go at the end: each by itself takes three times as long, and moves nothing else.
    page.keyboard.press("+".join(["Tab"] * (count + TIME_PARTS * times + 2)))
    left, unseen = page.evaluate("[window.left(), [...window.unseen]]")
    assert not left, f"Tab does not reach {left}"
    assert not unseen, f"the focus cannot be seen on {unseen}"
