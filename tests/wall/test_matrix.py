"""Every page and button as everybody, with their own ids, another tenant's, and ids that never were
(T01, T02, T04, T05, T06, T07)."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from portal.web.access import Access, access_of
from tests.house.test_routes import FOR_PEOPLE, WITH_IDS
from tests.support import routes
from tests.support.databases import Database
from tests.support.portals import Portal
from tests.support.routes import LOOKING, Ids, Route, ids_of, never, seen, writing
from tests.support.variants import variants
from tests.wall.conftest import Furnished, Town
from tests.wall.roles import ROLES, Role, expected

pytestmark = pytest.mark.own_database

# One for each standing; the first is the one that could do most.
FEW = {
    one.name: one
    for name in ("admin", "member", "stranger", "support on a visit", "nobody")
    for one in ROLES
    if one.name == name
}
EVERYBODY = [
    pytest.param(one, id=one.name, marks=() if one.name in FEW else (pytest.mark.variant,)) for one in ROLES
]
# What is no page, or leads on, or has nothing to show of what stands here; every other page is shown.
NOT_SHOWN = {
    "static": {404},
    "bootstrap.static": {404},
    "patterns.show": {404},  # in a developer's portal only
    "metrics.show": {404},  # where the operator set a token for it
    "signin.home": {200, 303},
    "signin.sign_in": {200, 303},
    "second_steps.code": {303},
    "second_factor.set_up": {303},
    "second_factor.switch_off": {200, 303},  # for who has one
    "proofs.confirm": {303},
    "signin.invitation": {409},
    "signin.reset": {409},
    "guide.show": {404},
    "emails.confirm": {409},
    "connections.callback": {303},
    "connections.shared_callback": {303},
    "connections.not_taken": {404},
    "connections.ended": {200, 404},  # a flow is its person's own
    "connections.leave": {200, 303},
    "conversion.cancel": {303},
    "conversion.end": {303},
    "set_up.identity": {303},
    "alm_accounts.token_end": {404},
    "tokens.connected": {303},
    "tokens.end": {404},
    "deliveries.confirm_replay": {303},
    "idea_pushes.push_again": {303},  # of a push in doubt
    "idea_links.unlink": {303},  # of an idea that is linked
    "support_searches.results": {404},  # a search is its person's own
    "support.tenant_audit": {200, 303},  # during a visit
    "support.tenant_line": {200, 303},
}


def mark_of(portal: Portal, route: Route) -> Access:
    mark = access_of(portal.app, route.rule.endpoint)
    assert mark is not None
    return mark


def shut_out(portal: Portal, role: Role) -> list[tuple[Route, int]]:
    """What the role is kept out of, and by which status."""
    found = [(route, expected(role.standing, mark_of(portal, route))) for route in FOR_PEOPLE]
    return [(route, status) for route, status in found if status is not None]


# PostgreSQL sees one of each standing: the others differ in what stands in their rows, and send nothing else.
@pytest.mark.parametrize("role", EVERYBODY)
def test_who_is_kept_out_changes_nothing_and_calls_nobody(
    role: Role, portal: Portal, database: Database, town: Town
) -> None:
    own = Furnished.fresh(portal) if role.name == "suspended tenant" else town.own
    caller = role.enter(portal, own.tenant)
    asked = [(route, status, own.of(route)) for route, status in shut_out(portal, role)]
    before = routes.rows(database, own.tenant)
    town.calls()
    for route, status, ids in asked:
        with writing(portal.store) as written:
            answer = caller.call(route, ids)
        assert answer.status_code == status, f"{route}: {answer.text[:500]}"
        assert status != 303 or answer.headers["Location"].partition("?")[0] == "/sign-in", route
        assert written <= LOOKING, route
    assert routes.rows(database, own.tenant) == before
    assert town.calls() == []


@pytest.mark.parametrize("name", variants(FEW))
def test_looking_changes_nothing(name: str, portal: Portal, database: Database, town: Town) -> None:
    """A page shows itself to who may see it, and nothing a person owns is other than it was."""
    role, own = FEW[name], town.own
    caller = role.enter(portal, own.tenant)
    kept_out = {str(route) for route, _ in shut_out(portal, role)}
    before = routes.rows(database, own.tenant)
    for route in FOR_PEOPLE:
        if route.method == "GET" and str(route) not in kept_out:
            answer = caller.call(route, own.of(route))
            wanted = NOT_SHOWN.get(route.rule.endpoint, {200})
            assert answer.status_code in wanted, f"{route}: {answer.text[:500]} (else say so in NOT_SHOWN)"
    assert routes.rows(database, own.tenant) == before


# PostgreSQL hears every button in tests/house/test_odd_input.py.
@pytest.mark.variant
@pytest.mark.parametrize("name", FEW)
def test_buttons_are_let_in(name: str, portal: Portal) -> None:
    """A form that says nothing is answered in words by every button the role may press."""
    role = FEW[name]
    for route in FOR_PEOPLE:
        if route.method == "GET" or expected(role.standing, mark_of(portal, route)) is not None:
            continue
        tenant = portal.world.tenant()
        answer = role.enter(portal, tenant).call(route, ids_of(route, tenant))
        assert answer.status_code < 500, f"{route}: {answer.text[:2000]}"
        assert answer.status_code != 403, route


# What the portal itself lets through, PostgreSQL still hides; so it is SQLite that finds a wall missing.
@pytest.mark.parametrize("name", variants(FEW))
def test_what_is_anothers_is_as_if_it_never_was(
    name: str, portal: Portal, database: Database, town: Town
) -> None:
    """Status, body and headers are the same; no row changes, and nobody's Jira is called."""
    role, own = FEW[name], town.own
    caller = role.enter(portal, own.tenant)
    before = routes.rows(database, own.tenant, town.other.tenant)
    town.calls()
    for route in WITH_IDS:
        if mark_of(portal, route) is Access.SUPPORT and role.standing == "support":
            continue  # they see every tenant
        for theirs, missing in pairs(route, own.of(route), town.other.of(route)):
            with writing(portal.store) as written:
                answers = [seen(caller.call(route, ids), ids) for ids in (theirs, missing)]
            assert answers[0] == answers[1], route
            assert written <= LOOKING, route
    assert routes.rows(database, own.tenant, town.other.tenant) == before
    assert town.calls() == []


def pairs(route: Route, own: Ids, theirs: Ids) -> Iterator[tuple[Ids, Ids]]:
    """Ids of another tenant with ids that never were: all of them, then each among one's own."""
    yield theirs, never(theirs)
    for name, value in theirs.items():
        if isinstance(value, UUID) and len(theirs) > 1:
            yield {**own, name: value}, {**own, name: never({name: value})[name]}


@pytest.mark.variant  # no database has to do with it
def test_other_methods_do_nothing(portal: Portal, town: Town) -> None:
    """What an address does not take is refused before anybody looks; HEAD is GET without its body."""
    caller = FEW["admin"].enter(portal, town.own.tenant)
    taken: dict[str, set[str]] = {}
    for route in FOR_PEOPLE:
        taken.setdefault(caller.path(route, town.own.of(route)), set()).add(route.method)
    for path, methods in taken.items():
        for method in {"GET", "POST", "PUT", "DELETE"} - methods:
            with writing(portal.store) as written:
                answer = caller.client.open(path, method=method)
            # Where another rule takes the same address for a link that never was, that is what is told.
            assert answer.status_code in (405, 409), f"{method} {path}"
            assert written == set(), f"{method} {path}"
        if "GET" in methods and not path.startswith("/t/"):
            shown, head = caller.client.get(path), caller.client.head(path)
            # A callback is not used up by whoever looks ahead.
            wanted = 200 if path.endswith("/callback") else shown.status_code
            assert (head.status_code, head.data) == (wanted, b""), path
