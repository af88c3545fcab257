"""A form another site sends, or one from another sign-in, changes nothing at any address (T08)."""

from typing import Any

import pytest

from portal.web.access import Access, access_of
from tests.house.test_routes import FOR_PEOPLE
from tests.support.portals import Portal
from tests.support.routes import Caller, Route, writing
from tests.wall.conftest import Town

pytestmark = [pytest.mark.own_database, pytest.mark.variant]  # asked before a database is

BUTTONS = [route for route in FOR_PEOPLE if route.method == "POST"]
ELSEWHERE = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)


def caller_of(portal: Portal, town: Town, route: Route) -> Caller:
    """Who may press the button."""
    mark = access_of(portal.app, route.rule.endpoint)
    someone = portal.world.support() if mark is Access.SUPPORT else town.own.tenant.admin
    return Caller(portal, None if mark is Access.PUBLIC else someone)


def refused(caller: Caller, town: Town, route: Route, **sent: Any) -> None:
    with writing(caller.portal.store) as written:
        answer = caller.client.post(caller.path(route, town.own.of(route)), **sent)
    assert (answer.status_code, written) == (400, set()), f"{route} with {sent}"


def test_no_button_works_from_elsewhere(portal: Portal, town: Town) -> None:
    strange = Caller(portal, portal.world.person()).token
    for route in BUTTONS:
        caller = caller_of(portal, town, route)
        good = {"csrf_token": caller.token}
        for headers in ELSEWHERE:
            refused(caller, town, route, data=good, headers=headers)
        for bad in ({}, {"csrf_token": ""}, {"csrf_token": strange}, {"csrf_token": caller.token + "x"}):
            refused(caller, town, route, data=bad)
        refused(caller, town, route, data=f"csrf_token={caller.token}", content_type="text/plain")
        refused(caller, town, route, json=good)


def test_no_address_takes_a_method_from_the_request(portal: Portal, town: Town) -> None:
    """What another site can have a browser open is GET, whatever the query or a header says."""
    admin = Caller(portal, town.own.tenant.admin)
    looks = {one.rule.rule for one in FOR_PEOPLE if one.method == "GET"}
    for route in BUTTONS:
        if route.rule.rule not in looks:
            path = f"{admin.path(route, town.own.of(route))}?_method=POST&csrf_token={admin.token}"
            with writing(portal.store) as written:
                answer = admin.client.get(path, headers={"X-HTTP-Method-Override": "POST"})
            assert answer.status_code >= 400, route
            assert written == set(), route
