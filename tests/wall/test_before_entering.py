"""Who has to show something first is led there from every page that asks for it, and nothing is changed:
a proof that is fresh, a second factor (T05, T19, T21)."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock
from portal.store.tables import SignIn, Tenant
from portal.store.work import OPERATOR, Work
from portal.web.access import Access, access_of
from tests.house.test_routes import FOR_PEOPLE
from tests.support.portals import Portal
from tests.support.routes import LOOKING, Caller, Route, writing
from tests.support.world import Someone
from tests.wall.conftest import Furnished, Town

pytestmark = pytest.mark.own_database


def is_marked(portal: Portal, route: Route) -> bool:
    return getattr(portal.app.view_functions[route.rule.endpoint], "recently_proved", False)


def assert_led(caller: Caller, furnished: Furnished, route: Route, path: str) -> None:
    with writing(furnished.tenant.store) as written:
        answer = caller.call(route, furnished.of(route))
    assert (answer.status_code, answer.headers.get("Location", "").partition("?")[0]) == (303, path), route
    assert written <= LOOKING, route


def test_an_old_proof_is_not_enough(portal: Portal, town: Town) -> None:
    marked = [one for one in FOR_PEOPLE if is_marked(portal, one)]
    assert marked  # which they are is in tests/signin/test_proofs.py
    support = portal.world.support()
    people = {
        Access.SUPPORT: support,
        Access.SIGNED_IN: town.own.tenant.admin,
        Access.MEMBER: town.own.tenant.member,
    }
    for route in marked:
        mark = access_of(portal.app, route.rule.endpoint)
        someone = people.get(mark, town.own.tenant.admin)  # type: ignore[arg-type]
        assert_led(_long_ago(portal, someone), town.own, route, "/confirm")


def _long_ago(portal: Portal, someone: Someone) -> Caller:
    """Signed in, and last proved just too long ago for a form that was opened in time."""
    caller = Caller(portal, someone)
    with Work(portal.store, None, OPERATOR).write() as session:
        long_ago = {"proved_at": clock.now() - timedelta(hours=3, seconds=1)}
        session.execute(update(SignIn).where(SignIn.user_id == someone.user_id).values(**long_ago))
    return caller


def test_without_a_second_factor_nothing_that_asks_for_it_opens(portal: Portal) -> None:
    """Support always; members of a tenant whose admin says so."""
    furnished = Furnished.fresh(portal)
    with Work(portal.store, None, OPERATOR).write() as session:
        required = update(Tenant).where(Tenant.id == furnished.tenant.id).values(second_factor_required=True)
        session.execute(required)
    admin = Caller(portal, furnished.tenant.admin)
    support = Caller(portal, portal.world.person("Una Unready", is_support=True))
    for route in FOR_PEOPLE:
        mark = access_of(portal.app, route.rule.endpoint)
        if mark in (Access.MEMBER, Access.ADMIN, Access.SUPPORT):
            caller = support if mark is Access.SUPPORT else admin
            assert_led(caller, furnished, route, "/profile/second-factor")
