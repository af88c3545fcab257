"""Every route, every method, everybody: marks, methods and the same answer to strangers (T01, T04, T07)."""

import re

import pytest
from flask import Flask

from portal.app import create_app
from portal.config import Settings
from portal.web.access import Access, access_of
from tests.support import routes
from tests.support.databases import Database
from tests.support.portals import Portal
from tests.support.routes import Caller, Route, callers, ids_of, never, seen
from tests.support.samples import SAMPLES

SEGMENT = re.compile(r"[a-z0-9-]+|<[a-z]+(\([a-z=0-9]+\))?:[a-z_]+>")
# Who comes in, by mark. A stranger is signed in and belongs to another tenant.
MAY = {
    Access.PUBLIC: set(routes.ACTORS),
    Access.SIGNED_IN: {"stranger", "member", "admin", "support"},
    Access.MEMBER: {"member", "admin"},
    Access.ADMIN: {"admin"},
    Access.SUPPORT: {"support"},
}


@pytest.fixture(scope="module")
def app(portal: Portal) -> Flask:
    """The application."""
    return portal.app


def rules() -> list[Route]:
    """The routes, read off an application that needs no database."""
    return routes.routes(create_app(Settings(), store=NoStore(), registry=object()))  # type: ignore[arg-type]


class NoStore:
    """As much of a store as an application asks for before its first request."""

    def __init__(self) -> None:
        self.vault = self

    def derive(self, purpose: str) -> list[bytes]:
        return [b"no key of anything"]


ROUTES = rules()


def test_every_endpoint_carries_a_mark(app: Flask) -> None:
    assert [one for one in app.view_functions if access_of(app, one) is None] == []


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_addresses_are_kebab_case_with_typed_parameters(route: Route) -> None:
    for segment in route.rule.rule.strip("/").split("/"):
        assert not segment or SEGMENT.fullmatch(segment), segment
    assert route.parameters <= set(SAMPLES), "tests/support/samples.py needs an example of each parameter"


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_who_may_enter(route: Route, portal: Portal, database: Database, app: Flask) -> None:
    tenant = portal.world.tenant()
    mark = access_of(app, route.rule.endpoint)
    assert mark is not None
    everybody, ids = list(callers(portal, tenant)), ids_of(route, tenant)
    before = routes.rows(database) if route.method == "GET" else None
    for name, caller in everybody:
        answer = caller.call(route, ids)
        assert answer.status_code < 500, f"{name}: {answer.text[:2000]}"
        assert_entered(name, mark, answer.status_code, answer.headers.get("Location", ""))
    if before is not None:
        assert routes.rows(database) == before, "a GET changed rows"


def assert_entered(name: str, mark: Access, status: int, location: str) -> None:
    if name in MAY[mark]:
        assert status != 403, f"{name} may enter"
    elif name == "nobody":
        assert (status, location.partition("?")[0]) == (303, "/sign-in")
    elif mark is Access.ADMIN and name == "member":
        assert status == 403
    else:
        assert status == 404, f"{name} is a stranger here"


@pytest.mark.parametrize("route", [route for route in ROUTES if route.parameters], ids=str)
def test_what_is_not_theirs_is_as_if_it_never_existed(
    route: Route, portal: Portal, database: Database, app: Flask
) -> None:
    tenant = portal.world.tenant()
    other = tenant.other
    assert other
    theirs = ids_of(route, other)
    before = routes.rows(database, other)
    for name, caller in callers(portal, tenant):
        if name == "stranger" or (
            access_of(app, route.rule.endpoint) is Access.SUPPORT and name == "support"
        ):
            continue  # the stranger is at home there, and support sees every tenant
        assert_same(caller, route, theirs, never(theirs))
        if "slug" in theirs and len(theirs) > 1:
            inside = {**theirs, "slug": tenant.slug}
            assert_same(caller, route, inside, {**never(inside), "slug": tenant.slug})
    assert routes.rows(database, other) == before


def assert_same(caller: Caller, route: Route, theirs: routes.Ids, missing: routes.Ids) -> None:
    answers = [seen(caller.call(route, ids), ids) for ids in (theirs, missing)]
    assert answers[0] == answers[1]
