"""Every route carries a mark and a plain address. Who comes in where is tested in tests/wall."""

import re

import pytest
from flask import Flask

from portal.app import create_app
from portal.config import Settings
from portal.web.access import FOR_PROGRAMS as MARKS_OF_PROGRAMS
from portal.web.access import Access, access_of
from portal.web.doors import is_of_programs
from portal.web.layout import BOARDS
from tests.support import routes
from tests.support.portals import Portal
from tests.support.routes import Route
from tests.support.samples import SAMPLES

pytestmark = pytest.mark.own_database

UNDER_BOARDS = "/t/<slug:slug>/boards/"
SEGMENT = re.compile(r"[a-z0-9-]+(\.json)?|<[a-z]+(\([a-z=0-9',-]+\))?:[a-z_]+>")


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
FOR_PEOPLE = [one for one in ROUTES if not is_of_programs(one.rule.rule)]
WITH_IDS = [one for one in FOR_PEOPLE if one.parameters]
FOR_PROGRAMS = [one for one in ROUTES if is_of_programs(one.rule.rule)]


def test_every_endpoint_carries_a_mark(app: Flask) -> None:
    assert [one for one in app.view_functions if access_of(app, one) is None] == []
    for route in ROUTES:
        mark = access_of(app, route.rule.endpoint)
        assert mark in MARKS_OF_PROGRAMS if route in FOR_PROGRAMS else mark is not Access.PROGRAM, route


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_addresses_are_kebab_case_with_typed_parameters(route: Route) -> None:
    for segment in route.rule.rule.strip("/").split("/"):
        assert not segment or SEGMENT.fullmatch(segment), segment
    assert route.parameters <= set(SAMPLES), "tests/support/samples.py needs an example of each parameter"


def test_every_page_of_boards_is_marked_in_the_menu() -> None:
    ways = {one.rule.endpoint.partition(".")[0] for one in ROUTES if one.rule.rule.startswith(UNDER_BOARDS)}
    assert {"boards", "sprints", "statuses"} <= ways <= BOARDS
