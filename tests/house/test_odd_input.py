"""What no person types, in every query, form and address: told in words, never an error of the database
(T59)."""

import re
from collections.abc import Iterable
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from portal.audit import visits
from portal.web.access import Access, access_of
from tests.house.test_routes import ROUTES
from tests.support.page import Page
from tests.support.portals import Portal
from tests.support.routes import Caller, Route, ids_of
from tests.support.world import Someone

ODD = ("\0", "a\0b", "\ud800", "99999999999999999999", "x" * 10_000)
# Every name a page's query or form has, with something a person would give.
FIELDS = {
    "account_id": "", "base_url": "https://jira.example.org", "before": "5", "bits": "2048", "board_id": "",
    "ca_pem": "", "consumer_key": "almoner-2", "current": "old words", "email": "new.one@example.org",
    "event": "", "kind": "server_oauth1", "max_concurrent": "3", "name": "A name", "next": "/profile/",
    "oauth_token": "t", "oauth_verifier": "v", "outcome": "", "password": "four words not together",
    "person": "", "private_key": "", "reason": "A ticket", "repeat": "four words not together",
    "request_id": "abc", "role": "member", "search": "shop", "then": "", "time_zone": "UTC",
    "typed_name": "A name",
}  # fmt: skip


class Typist:
    """Somebody who may enter a route, and sends it odd things."""

    def __init__(self, portal: Portal, route: Route) -> None:
        self.route, self.tenant = route, portal.world.tenant()
        self.caller = Caller(portal, self._someone(portal))
        self.token = self.caller.token()

    def _someone(self, portal: Portal) -> Someone | None:
        mark = access_of(portal.app, self.route.rule.endpoint)
        if mark is not Access.SUPPORT:
            return None if mark is Access.PUBLIC else self.tenant.admin
        support = portal.world.support()
        visits.open_visit(self.tenant.work(support).within(None), self.tenant.id, "A question about it")
        return support

    def path(self, **odd: str) -> str:
        """The route's address, with other things in the place of some of its ids."""
        values = {**ids_of(self.route, self.tenant), **odd}
        return re.sub(r"<[^>]*:(\w+)>", lambda found: escaped(str(values[found[1]])), self.route.rule.rule)

    def form_fields(self) -> set[str]:
        """Names in the forms of the page at the same address."""
        soup = Page(self.caller.client.get(self.path()).text).soup
        return {str(node["name"]) for node in soup.select("main form [name]")} & set(FIELDS)

    def send(self, odd: str, names: Iterable[str]) -> TestResponse:
        """These fields hold ``odd``, the others what they should."""
        fields = "&".join(
            f"{name}={escaped(odd if name in names else good)}" for name, good in FIELDS.items()
        )
        if self.route.method == "GET":
            return self.caller.client.get(f"{self.path()}?{fields}")
        form = {"data": f"csrf_token={self.token}&{fields}"}
        kind = "application/x-www-form-urlencoded"
        return self.caller.client.post(self.path(), content_type=kind, **form)


def escaped(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def assert_told(answer: TestResponse, what: str) -> None:
    assert answer.status_code < 500, f"{what}: {answer.status_code} {answer.text[:1500]}"


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_odd_fields_are_told(route: Route, portal: Portal) -> None:
    typist = Typist(portal, route)
    for odd in ODD:
        assert_told(typist.send(odd, FIELDS), f"all: {odd[:20]!a}")


@pytest.mark.parametrize("route", [one for one in ROUTES if one.method == "POST"], ids=str)
def test_one_odd_field_among_good_ones_is_told(route: Route, portal: Portal) -> None:
    typist = Typist(portal, route)
    for name in sorted(typist.form_fields()):
        for odd in ODD:
            assert_told(typist.send(odd, {name}), f"{name}: {odd[:20]!a}")


@pytest.mark.parametrize("route", [one for one in ROUTES if one.parameters], ids=str)
def test_odd_addresses_are_told(route: Route, portal: Portal) -> None:
    typist = Typist(portal, route)
    for name in sorted(route.parameters):
        for odd in ODD:
            path, form = typist.path(**{name: odd}), {"csrf_token": typist.token}
            answer = typist.caller.client.open(
                path, method=route.method, data=None if route.method == "GET" else form
            )
            assert_told(answer, f"{name}: {odd[:20]!a}")
