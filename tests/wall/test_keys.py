"""Program keys of every sort at every address, and people at the door for programs (T01, T06, T07, T42)."""

import pytest

from portal.web.access import Access, access_of
from tests.house.test_routes import FOR_PEOPLE, FOR_PROGRAMS
from tests.support import routes
from tests.support.databases import Database
from tests.support.delivery_rows import delivering_account
from tests.support.portals import Portal
from tests.support.programs import program_key
from tests.support.routes import LOOKING, Caller, Program, ids_of, never, seen, writing
from tests.wall.conftest import Town
from tests.wall.roles import expected

pytestmark = pytest.mark.own_database

# Which keys come in where a key is asked for: everything else is told with this status.
KEYS = {
    "no key": 401,
    "revoked": 401,
    "ended": 401,
    "without the operation": 403,
    "of another account": 404,
    "of another tenant": 404,
}


def test_which_keys_open(portal: Portal, database: Database) -> None:
    for route in FOR_PROGRAMS:
        tenant = portal.world.tenant()
        mark, ids = access_of(portal.app, route.rule.endpoint), ids_of(route, tenant)
        everybody = list(routes.programs(portal, tenant, route, ids))
        before = routes.rows(database, tenant)
        for name, program in everybody:
            answer = program.call(route, ids)
            wanted = KEYS.get(name) if mark is Access.PROGRAM else 200
            if wanted == 404 and not ids:  # where nothing is asked for by its id, each key sees its own
                wanted = 200
            if wanted:
                assert answer.status_code == wanted, f"{route}, {name}: {answer.text}"
            else:
                assert answer.status_code not in (401, 403, 404, 500), f"{route}, {name}: {answer.text}"
            assert "Set-Cookie" not in answer.headers
        assert routes.rows(database, tenant) == before, f"{route}: an empty request changed rows"


def test_what_is_not_the_keys_is_as_if_it_never_was(portal: Portal, town: Town) -> None:
    town.calls()
    own = program_key(town.own.tenant, [delivering_account(town.own.tenant)])
    for route in FOR_PROGRAMS:
        theirs = town.other.of(route)
        for program in (Program(portal, own), Program(portal, None)):
            told = [seen(program.call(route, ids), ids) for ids in (theirs, never(theirs))]
            assert told[0] == told[1], route
    assert town.calls() == []


def test_a_key_opens_no_page_of_people(portal: Portal, database: Database, town: Town) -> None:
    """It counts as nobody there, and has no form to send."""
    tenant = town.own.tenant
    program = Program(portal, program_key(tenant, routes.accounts_of(tenant)))
    before = routes.rows(database, tenant)
    for route in FOR_PEOPLE:
        mark = access_of(portal.app, route.rule.endpoint)
        assert mark
        with writing(portal.store) as written:
            answer = program.call(route, town.own.of(route))
        assert written <= LOOKING, route
        if route.method == "POST":
            assert answer.status_code == 400, route
        elif expected("nobody", mark):
            assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/sign-in")
    assert routes.rows(database, tenant) == before


def test_a_person_is_nobody_at_the_door_for_programs(portal: Portal, town: Town) -> None:
    """No cookie counts there: another site could send it (T08)."""
    admin = Caller(portal, town.own.tenant.admin)
    for route in FOR_PROGRAMS:
        mark = access_of(portal.app, route.rule.endpoint)
        with writing(portal.store) as written:
            answer = admin.call(route, town.own.of(route))
        assert answer.status_code == (401 if mark is Access.PROGRAM else 200), route
        assert written == set(), route
