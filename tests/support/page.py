"""A page as a person sees it, and what every page of the portal must keep to."""

import hashlib
import re
from collections import Counter
from functools import cached_property

import html5lib
from bs4 import BeautifulSoup, Tag
from requests import Response

from tests.support import canaries

ERROR_SELECTOR = ".invalid-feedback, .field-error"
# What differs from one test to the next: ids, tokens, ports, times.
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_VARIABLE = re.compile(
    rf"{_UUID}|(?<![&#0-9a-zA-Z])(?:[0-9a-f]{{6,}}|[0-9]{{2,}})(?![a-zA-Z])|(?<=value=\")[\w.-]{{40,}}"
)
_TENANT = re.compile(r"/t/[\w-]+")
_WORDS = re.compile(r"(?<=>)[^<>&]+(?=<)")
_VALUES = re.compile(r"\b(href|value|title|datetime|content|aria-label|alt)=\"[^\"&<]+\"")
_TITLE = re.compile(r"<title>([^<]*)</title>")
_ID = re.compile(r"<[^>]*\sid=\"([^\"]*)\"")
_H1 = re.compile(r"<h1[ >].*?</h1>", re.DOTALL)
_sound: set[bytes] = set()
NAMED_INPUTS = "input:not([type=hidden]):not([type=submit]), select, textarea"


class Page:
    """Parsed HTML with the words of a person: heading, text, errors, links, forms."""

    def __init__(self, html: str) -> None:
        self.html = html

    @cached_property
    def soup(self) -> BeautifulSoup:
        """Parsed when it is looked at."""
        return BeautifulSoup(self.html, "html.parser")

    @property
    def h1(self) -> str:
        """The heading."""
        return _words(self.soup.h1)

    @property
    def title(self) -> str:
        """What the browser's tab says."""
        return _words(self.soup.title)

    @property
    def text(self) -> str:
        """What the page says, without its header and footer."""
        return _words(self.soup.main or self.soup.body)

    def errors(self) -> list[str]:
        """What the fields complain about."""
        return [_words(node).removeprefix("Error: ") for node in self.soup.select(ERROR_SELECTOR)]

    def find(self, selector: str) -> Tag:
        """The one element of a CSS selector."""
        found = self.soup.select(selector)
        assert len(found) == 1, f"{len(found)} elements are {selector!r} on {self.h1!r}"
        return found[0]

    def value(self, selector: str) -> str:
        """What stands in a field or a value to copy."""
        node = self.find(selector)
        return node.get_text() if node.name == "textarea" else str(node.get("value", ""))

    def link(self, label: str, within: str = "body") -> str:
        """Where the link with this text leads."""
        found = {str(node["href"]) for node in self.soup.select(f"{within} a[href]") if _is(node, label)}
        assert len(found) == 1, f"{len(found)} links say {label!r} on {self.h1!r}: {self.text[:300]}"
        return found.pop()

    def has(self, label: str) -> bool:
        """Whether a link or a button says this."""
        return any(_is(node, label) for node in self.soup.select("a[href], button"))

    def button(self, label: str, within: str = "body") -> tuple[Tag, Tag]:
        """The form and the button with this text."""
        buttons = self.soup.select(f"{within} form button, {within} form input[type=submit]")
        found = [node for node in buttons if _is(node, label)]
        assert len(found) == 1, f"{len(found)} buttons say {label!r} on {self.h1!r}: {self.text[:300]}"
        form = found[0].find_parent("form")
        assert form is not None
        return form, found[0]


def _is(node: Tag, label: str) -> bool:
    return label in (_words(node), node.get("aria-label"), node.get("value"))


def _words(node: Tag | None) -> str:
    return " ".join(node.get_text(" ").split()) if node else ""


def lint(response: Response, page: Page | None = None, *, parses: bool = True) -> None:
    """Fail unless the page is sound: valid, one heading, labelled, no inline code, no secret.

    ``page`` spares parsing it once more; without ``parses`` its structure is not looked at.
    """
    where = f"{response.request.method} {response.request.path_url.partition('?')[0]}"
    faults = [*_heading(response.text), *_ids(response.text)]
    shape = _shape(response.text) if parses else None
    if shape is not None and shape not in _sound:
        faults += _structure(page or Page(response.text))
    policy = response.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy:
        faults.append("no strict Content-Security-Policy")
    assert not faults, f"{where}: {faults}"
    if shape is not None:
        _sound.add(shape)
    canaries.assert_none_in(response.text, where)


def _shape(html: str) -> bytes:
    """What is alike in pages that differ in ids, names and words only: strict parsing takes longer than
    making the page, so of those one is parsed."""
    masked = _TENANT.sub("/t/x", _VARIABLE.sub("x", html))
    return hashlib.sha256(_WORDS.sub("x", _VALUES.sub(r'\1="x"', masked)).encode()).digest()


def _structure(page: Page) -> list[str]:
    html5lib.HTMLParser(strict=True).parse(page.html)
    return [*_forms(page), *_labels(page), *_inline(page)]


def _heading(html: str) -> list[str]:
    faults = []
    headings = _H1.findall(html)
    if len(headings) != 1 or not re.sub(r"<[^>]*>", "", headings[0]).strip():
        faults.append("not exactly one h1")
    title = " ".join(_TITLE.findall(html)).strip()
    if not title.endswith("· Almoner") or title.removeprefix("Error: ").startswith(("Page ·", "None", "·")):
        faults.append(f"title {title!r}")
    return faults


def _ids(html: str) -> list[str]:
    counted = Counter(_ID.findall(html))
    return [f"id {name!r} stands {count} times" for name, count in counted.items() if count > 1]


def _forms(page: Page) -> list[str]:
    faults = []
    for form in page.soup.find_all("form"):
        action = str(form.get("action") or "/")
        if not action.startswith("/") or action.startswith("//"):
            faults.append(f"a form leaves for {action!r}")
        if form.get("method", "get").lower() == "post" and not form.select("input[name=csrf_token]"):
            faults.append(f"no csrf_token in the form of {action!r}")
    return faults


def _labels(page: Page) -> list[str]:
    named = {str(label["for"]) for label in page.soup.select("label[for]") if _words(label)}
    return [
        f"no label for {field.get('name') or field.get('id')!r}"
        for field in page.soup.select(NAMED_INPUTS)
        if field.get("id") not in named and not field.get("aria-label") and not field.find_parent("label")
    ]


def _inline(page: Page) -> list[str]:
    faults = [f"inline {node.name}" for node in page.soup.select("style, script:not([src]), [style]")]
    for node in page.soup.find_all(True):
        faults += [f"{name} on {node.name}" for name in node.attrs if name.startswith("on")]
    return faults
