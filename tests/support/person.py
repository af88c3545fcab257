"""A person at a browser without JavaScript: opens pages, clicks links, fills forms, over real HTTP."""

from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import Tag
from requests import Response

from tests.support.page import Page, lint
from tests.support.portals import Portal
from tests.support.world import Someone

MAX_REDIRECTS = 6
SKIPPED_TYPES = frozenset({"submit", "button", "image", "reset", "file"})


class Person:
    """Somebody at the portal. ``response`` is the last answer, ``page`` its HTML, ``path`` where it is.

    Follows redirects inside the portal; one that leaves it stays in ``left_for``, not followed.
    """

    def __init__(self, portal: Portal, email: str = "", password: str = "") -> None:
        self.base_url = portal.base_url
        # The pages of both databases come of the same templates: strict parsing, which takes longer than
        # making a page, is for one of them.
        self._parses = not portal.settings.database_url
        self.email = email
        self.password = password
        self.session = requests.Session()
        self.session.trust_env = False
        self._response: Response | None = None
        self._parsed: tuple[Response | None, Page] = (None, Page(""))
        self.left_for: str | None = None

    @classmethod
    def of(cls, portal: Portal, someone: Someone) -> "Person":
        """That person, signed in without walking there: most stories begin after it."""
        person = cls(portal, someone.email, someone.password)
        for name, value in portal.cookies_of(someone).items():
            person.session.cookies.set(name, value, domain=urlsplit(portal.base_url).hostname, path="/")
        return person

    def sign_in(self) -> "Person":
        """Sign in through the page."""
        self.get("/sign-in")
        self.submit("Sign in", email=self.email, password=self.password)
        assert not self.path.startswith("/sign-in"), f"not signed in: {self.page.text[:300]}"
        return self

    @property
    def response(self) -> Response:
        """The last answer; of the first page, before anything was asked for."""
        if self._response is None:
            self.get("/")
        return cast(Response, self._response)

    @property
    def told(self) -> str:
        """The last answer but for the id of its request: what one can tell two answers apart by."""
        return self.response.text.replace(self.response.headers["X-Request-Id"], "")

    @property
    def status(self) -> int:
        """Status of the last answer."""
        return self.response.status_code

    @property
    def path(self) -> str:
        """Path and query of the last answer."""
        return self.response.request.path_url

    @property
    def page(self) -> Page:
        """The page of the last answer, parsed once."""
        parsed_of, page = self._parsed
        if parsed_of is not self.response:
            page = Page(self.response.text)
            self._parsed = self.response, page
        return page

    def get(self, path: str, **options: Any) -> Page:
        """Open a path, or a whole address of the portal."""
        return self._go("GET", path, **options)

    def click(self, label: str, within: str = "body") -> Page:
        """Follow the link with this text."""
        return self.get(self.page.link(label, within))

    def submit(self, target: str, within_: str = "body", **fields: Any) -> Page:
        """Press the button with this text (or send the form of a CSS selector) with these fields.

        A field that the form does not have fails the test. Files are ``(name, bytes)``; boxes True or False.
        """
        form, button = self._form(target, within_)
        data, files = _filled(form, fields)
        if button is not None and button.get("name"):
            data.append((str(button["name"]), str(button.get("value", ""))))
        action = str((button.get("formaction") if button else None) or form.get("action") or self.path)
        if form.get("method", "get").lower() == "get":
            return self.get(action, params=data)
        return self._go("POST", action, data=data, files=files or None)

    def post(self, path: str, **fields: Any) -> Page:
        """Send fields to a path without a form, with the token of the page: what a script would forge."""
        return self._go("POST", path, data={"csrf_token": self.csrf_token(), **fields})

    def csrf_token(self) -> str:
        """The token of the last page."""
        return str(self.page.soup.select("input[name=csrf_token]")[0]["value"])

    def _form(self, target: str, within: str) -> tuple[Tag, Tag | None]:
        if target.startswith(("#", ".", "form", "[")):
            return self.page.find(target), None
        return self.page.button(target, within)

    def _go(self, method: str, target: str, **options: Any) -> Page:
        url = urljoin(self.base_url + self._here(), target)
        assert url.startswith(self.base_url + "/"), f"{url} is not the portal; see left_for"
        self.left_for = None
        for _ in range(MAX_REDIRECTS):
            self._response = self.session.request(
                method, url, headers=self._headers(method), allow_redirects=False, timeout=30, **options
            )
            location = self._response.headers.get("Location")
            if location is None:
                return self._arrived()
            url, method, options = urljoin(url, location), "GET", {}
            if not url.startswith(self.base_url + "/"):
                self.left_for = url
                return self.page
        raise AssertionError(f"more than {MAX_REDIRECTS} redirects, last to {urlsplit(url).path}")

    def _here(self) -> str:
        return self.path if self._response is not None else "/"

    def _headers(self, method: str) -> dict[str, str]:
        headers = {"Referer": self.base_url + self._here(), "Sec-Fetch-Site": "same-origin"}
        return {**headers, "Origin": self.base_url} if method == "POST" else headers

    def _arrived(self) -> Page:
        if self.response.headers.get("Content-Type", "").startswith("text/html"):
            lint(self.response, self.page, parses=self._parses)
        return self.page


Pairs = list[tuple[str, str]]


def _filled(form: Tag, fields: dict[str, Any]) -> tuple[Pairs, list[tuple[str, tuple[str, bytes]]]]:
    """What a browser sends: the form's own values, changed by ``fields``."""
    controls = _controls(form)
    known = {str(node["name"]): node for node in controls}
    unknown = set(fields) - set(known)
    assert not unknown, f"the form has no fields {sorted(unknown)}; it has {sorted(known)}"
    data: Pairs = []
    for node in controls:
        if node.name != "button" and str(node["name"]) not in fields:
            data += _own_value(node)
    files = []
    for name, value in fields.items():
        if known[name].get("type") == "file":
            files.append((name, value))
        elif value not in (False, None):
            given = value if isinstance(value, list | tuple) else [value]
            data += [(name, _typed(known[name], one)) for one in given]
    return data, files


def _controls(form: Tag) -> list[Tag]:
    """What belongs to a form: what stands in it, and what says so from elsewhere on the page."""
    kinds = ("input", "select", "textarea", "button")
    inside = [node for node in form.select("[name]") if node.name in kinds]
    page = list(form.parents)[-1]
    named = page.select(f'[form="{form["id"]}"][name]') if form.has_attr("id") else []
    return [*inside, *named]


def _typed(node: Tag, value: Any) -> str:
    return str(node.get("value", "on")) if value is True else str(value)


def _own_value(node: Tag) -> Pairs:
    name, kind = str(node["name"]), node.get("type")
    if kind in SKIPPED_TYPES or node.has_attr("disabled"):
        return []
    if kind in ("checkbox", "radio"):
        return [(name, str(node.get("value", "on")))] if node.has_attr("checked") else []
    if node.name == "select":
        options = node.find_all("option")
        chosen = [option for option in options if option.has_attr("selected")]
        if not chosen and not node.has_attr("multiple"):
            chosen = options[:1]
        return [(name, str(option.get("value", option.get_text()))) for option in chosen]
    return [(name, node.get_text() if node.name == "textarea" else str(node.get("value", "")))]
