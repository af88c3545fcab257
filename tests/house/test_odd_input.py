"""What no person types, in every query, form and address: told in words, never an error of the database
(T59)."""

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote_to_bytes

import pytest
from werkzeug.test import TestResponse

from portal.audit import visits
from portal.web.access import Access, access_of
from tests.house.test_routes import FOR_PEOPLE, FOR_PROGRAMS
from tests.support.page import Page
from tests.support.portals import Portal
from tests.support.programs import program_key
from tests.support.routes import Caller, Made, Program, Route, accounts_of, ids_of
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.own_database

# What is sent in the place of a value, as it goes over the wire.
ODD = {
    "nul": "%00",
    "nul inside": "a%00b",
    "lone surrogate": quote("\ud800", errors="surrogatepass"),
    "no text": "%ff%c3%28",
    "large number": "99999999999999999999",
    "long": "x" * 10_000,
    "turned around": quote("a\u202eb\u2066c\u2069"),
    "look-alikes": quote("\u0430dmin\u200b\u0300\ufeff"),
}
# Of these a database may think otherwise than another; the rest is text, which SQLite is sent for both.
STORED_OTHERWISE = ("nul", "nul inside", "large number", "long")
LONGEST = "x" * (1 << 20)
# Every name a page's query or form has, with something a person would give.
FIELDS = {
    "account": "", "account_id": "", "accounts": "", "base_url": "https://jira.example.org", "before": "5",
    "bits": "2048", "board_id": "", "ca_pem": "", "chosen": "all", "consumer_key": "almoner-2",
    "current": "old words", "email": "new.one@example.org", "ends_on": "2027-01-31", "event": "", "id": "",
    "issue": "ABC-12", "key": "", "kind": "server_oauth1", "max_concurrent": "3", "name": "A name",
    "next": "/profile/", "oauth_token": "t", "oauth_verifier": "v", "outcome": "",
    "password": "four words not together", "person": "", "private_key": "", "reason": "A ticket",
    "repeat": "four words not together", "request_id": "abc", "role": "member", "search": "shop",
    "since": "2026-03-01", "state": "", "then": "", "time_zone": "UTC", "type": "", "typed_name": "A name",
    "until": "2026-03-31", "words": "web",
}  # fmt: skip


def odd_for(portal: Portal) -> dict[str, str]:
    """What is tried on the portal's database."""
    return {name: ODD[name] for name in STORED_OTHERWISE} if portal.settings.database_url else ODD


Kept = dict[Access | None, tuple[TenantWorld, Caller, Made]]


class Typist:
    """Somebody who may enter a route, and sends it odd things."""

    def __init__(self, portal: Portal, route: Route, kept: Kept) -> None:
        """``kept``: whoever looked at other pages of this mark, and looks at this one too; what is sent by a
        form may end what there is, so that is somebody else's each time."""
        mark, here = access_of(portal.app, route.rule.endpoint), kept if route.method == "GET" else {}
        if mark not in here:
            tenant = portal.world.tenant()
            here[mark] = tenant, Caller(portal, _someone(portal, tenant, mark)), {}
        self.route = route
        self.tenant, self.caller, made = here[mark]
        self.ids = ids_of(route, self.tenant, made)

    def path(self, **odd: str) -> str:
        """The route's address, with other things, encoded already, in the place of some of its ids."""
        values = {name: quote(str(value), safe="") for name, value in self.ids.items()} | odd
        return re.sub(r"<[^>]*:(\w+)>", lambda found: values[found[1]], self.route.rule.rule)

    def forms(self, portal: Portal) -> Iterator[tuple[str, dict[str, str]]]:
        """Each form of the page: the endpoint it is sent to, and its fields with what a person would give."""
        path = self.path()
        for form in Page(self.caller.client.get(path).text).soup.select("main form[method=post]"):
            action = str(form.get("action") or path).partition("?")[0]
            endpoint, _ = portal.app.url_map.bind("").match(action, method="POST")
            found = {str(node["name"]): str(node.get("value", "")) for node in form.select("[name]")}
            found.pop("csrf_token", None)
            yield endpoint, {name: FIELDS.get(name, value) for name, value in found.items()}

    def send(self, fields: dict[str, str], **odd: str) -> TestResponse:
        """These fields hold what is odd, the others what they should."""
        good = [f"{name}={quote(value)}" for name, value in fields.items() if name not in odd]
        return self.sent("&".join([*good, *(f"{name}={value}" for name, value in odd.items())]))

    def sent(self, fields: str) -> TestResponse:
        """Send what is encoded already: as a query, or as a form that is in order otherwise."""
        if self.route.method == "GET":
            return self.caller.client.get(f"{self.path()}?{fields}")
        kind = "application/x-www-form-urlencoded"
        form = {"data": f"csrf_token={self.caller.token}&{fields}"}
        return self.caller.client.post(self.path(), content_type=kind, **form)


def _someone(portal: Portal, tenant: TenantWorld, mark: Access | None) -> Someone | None:
    if mark is not Access.SUPPORT:
        return None if mark is Access.PUBLIC else tenant.admin
    support = portal.world.support()
    visits.open_visit(tenant.work(support).within(None), tenant.id, "A question about it")
    return support


def assert_told(answer: TestResponse, what: object) -> None:
    assert answer.status_code < 500, f"{what}: {answer.status_code} {answer.text[:1500]}"


def test_odd_fields_are_told(portal: Portal) -> None:
    """All fields anybody knows at once, in every query and form; then a list, and more than one may send."""
    kept: Kept = {}
    for route in FOR_PEOPLE:
        typist = Typist(portal, route, kept)
        for name, odd in odd_for(portal).items():
            if name != "long":  # that is tried field by field, and a megabyte below
                assert_told(typist.send(FIELDS, **dict.fromkeys(FIELDS, odd)), f"{route}: {name}")
        lists = "&".join(f"{name}=a&{name}=b&{name}[]=c&{name}[d]=e" for name in FIELDS)
        assert_told(typist.sent(lists), f"{route}: lists")
        if route.method == "POST":
            assert_told(typist.send(FIELDS, name=LONGEST), f"{route}: a megabyte")


def test_one_odd_field_among_good_ones_is_told(portal: Portal) -> None:
    """In every form, by the fields it has today, wherever it stands."""
    forms: dict[str, dict[str, str]] = {}
    kept: Kept = {}
    for route in FOR_PEOPLE:
        if route.method == "GET":
            for endpoint, fields in Typist(portal, route, kept).forms(portal):
                forms.setdefault(endpoint, {}).update(fields)
    assert len(forms) > 30
    for route in FOR_PEOPLE:
        fields = forms.get(route.rule.endpoint, {}) if route.method == "POST" else {}
        if not fields:
            continue
        typist = Typist(portal, route, kept)
        for field in sorted(fields):
            for name, odd in odd_for(portal).items():
                assert_told(typist.send(fields, **{field: odd}), f"{route} {field}: {name}")


def test_odd_things_from_programs_are_told(portal: Portal) -> None:
    """In query and body, with a key that is right."""
    for route in FOR_PROGRAMS:
        tenant = portal.world.tenant()
        ids = ids_of(route, tenant)
        program = Program(portal, program_key(tenant, accounts_of(tenant)))
        path = program.adapter.build(route.rule.endpoint, ids, method=route.method)
        for name, odd in ODD.items():
            body = {"data": unquote_to_bytes(odd), "content_type": "application/json"}
            sent = body if route.method == "POST" else {}
            answer = program.client.open(
                f"{path}?a={odd}&{odd}=b", method=route.method, headers=program.headers, **sent
            )
            assert_told(answer, f"{route}: {name}")


def test_odd_addresses_are_told(portal: Portal) -> None:
    kept: Kept = {}
    for route in FOR_PEOPLE:
        typist = Typist(portal, route, kept)
        for name in sorted(route.parameters):
            for odd, text in odd_for(portal).items():
                form = None if route.method == "GET" else {"csrf_token": typist.caller.token}
                answer = typist.caller.client.open(
                    typist.path(**{name: text}), method=route.method, data=form
                )
                assert_told(answer, f"{route} {name}: {odd}")
