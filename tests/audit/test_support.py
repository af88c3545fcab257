"""Support: a tenant's audit for an hour, for a reason, seen by the tenant (T05, T06)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from portal import clock
from portal.audit.visits import BAD_REASON, LASTS, visits_now
from portal.store.tables import AuditEvent, PortalAuditEvent, SupportVisit, User
from portal.store.work import OPERATOR, Work
from tests.support.person import Person
from tests.support.world import Someone, TenantWorld, World

SignIn = Callable[[Someone], Person]
REASON = "Ticket 4711, sign-in trouble"


@pytest.fixture
def sue(world: World) -> Someone:
    """One of the support staff."""
    return world.support()


@pytest.fixture
def support(sue: Someone, sign_in: SignIn) -> Person:
    """Her, signed in."""
    return sign_in(sue)


def visit(support: Person, tenant: TenantWorld, reason: str = REASON) -> Person:
    support.get("/support/")
    support.click(f"Open a visit to {tenant.name}")
    support.submit("Open the visit", reason=reason)
    return support


def test_a_visit_opens_the_record_and_nothing_else(support: Person, tenant: TenantWorld) -> None:
    visit(support, tenant)
    assert support.page.h1 == f"Record of {tenant.name}"
    assert REASON in support.page.text
    for rest in ("", "activity/", "people/", "boards", "alm-accounts/new", "profile/alm-credentials/"):
        support.get(tenant.path(rest))
        assert support.status == 404


def test_both_chains_tell_of_it(support: Person, sue: Someone, tenant: TenantWorld) -> None:
    visit(support, tenant)
    support.submit("End the visit")
    with tenant.work().read() as session:
        own = [(line.event, line.actor_kind, line.details) for line in session.scalars(select(AuditEvent))]
    mine = PortalAuditEvent.actor_id == sue.user_id
    with Work(tenant.store, None, OPERATOR).read() as session:
        portals = [line.event for line in session.scalars(select(PortalAuditEvent).where(mine))]
    assert own == [
        ("support.visit_opened", "support", {"reason": REASON}),
        ("support.visit_ended", "support", {}),
    ]
    assert portals[-2:] == ["support.visit_opened", "support.visit_ended"]


def test_the_tenants_admin_sees_it_while_it_lasts(
    support: Person, tenant: TenantWorld, sign_in: SignIn
) -> None:
    visit(support, tenant)
    admin = sign_in(tenant.admin)
    page = admin.get(tenant.path("activity/"))
    assert "Sue Support of support may read this record" in page.text
    assert REASON in page.text
    support.submit("End the visit")
    assert "may read this record" not in admin.get(tenant.path("activity/")).text


def test_without_a_visit_the_reason_is_asked_for(support: Person, tenant: TenantWorld) -> None:
    support.get(f"/support/tenants/{tenant.id}/audit")
    assert support.path == f"/support/tenants/{tenant.id}/visit"
    assert "say why first" in support.page.text


def test_an_hour_later_the_record_is_closed(support: Person, tenant: TenantWorld) -> None:
    visit(support, tenant)
    with Work(tenant.store, None, OPERATOR).write() as session:
        session.execute(
            update(SupportVisit).where(SupportVisit.tenant_id == tenant.id).values(ends_at=clock.now())
        )
    support.get(f"/support/tenants/{tenant.id}/audit")
    assert support.page.h1 == f"Open a visit to {tenant.name}"


def test_a_visit_lasts_an_hour(support: Person, tenant: TenantWorld) -> None:
    visit(support, tenant)
    with time_machine.travel(clock.now() + LASTS - timedelta(minutes=1)):
        assert len(visits_now(tenant.work())) == 1
    with time_machine.travel(clock.now() + LASTS + timedelta(seconds=1)):
        assert visits_now(tenant.work()) == []


@pytest.mark.parametrize("reason", ["", "   ", "help", "x" * 201, "look\u202e over there"])
def test_a_reason_that_says_nothing_is_refused(reason: str, support: Person, tenant: TenantWorld) -> None:
    visit(support, tenant, reason)
    assert support.status == 422
    assert BAD_REASON in support.page.errors()
    assert visits_now(tenant.work()) == []


def test_a_visit_is_for_one_tenant_and_one_person(
    support: Person, tenant: TenantWorld, world: World, sign_in: SignIn
) -> None:
    visit(support, tenant)
    assert tenant.other is not None
    support.get(f"/support/tenants/{tenant.other.id}/audit")
    assert support.path.endswith("/visit")
    colleague = sign_in(world.support())
    colleague.get(f"/support/tenants/{tenant.id}/audit")
    assert colleague.path.endswith("/visit")


def test_who_left_the_staff_has_no_visit(support: Person, sue: Someone, tenant: TenantWorld) -> None:
    visit(support, tenant)
    with Work(tenant.store, None, OPERATOR).write() as session:
        session.execute(update(User).where(User.id == sue.user_id).values(is_support=False))
    support.get(f"/support/tenants/{tenant.id}/audit")
    assert support.status == 404
    assert visits_now(tenant.work()) == []


def test_a_second_visit_takes_the_place_of_the_first(support: Person, tenant: TenantWorld) -> None:
    visit(support, tenant)
    support.get(f"/support/tenants/{tenant.id}/visit")
    support.submit("Open the visit", reason="Another ticket")
    assert [one.reason for one in visits_now(tenant.work())] == ["Another ticket"]


@pytest.mark.parametrize("who", ["admin", "member"])
def test_nobody_else_comes_in(who: str, tenant: TenantWorld, sign_in: SignIn) -> None:
    person = sign_in(getattr(tenant, who))
    person.get("/support/")
    assert person.status == 404


def test_the_record_shown_to_support_can_be_filtered(support: Person, tenant: TenantWorld) -> None:
    visit(support, tenant)
    support.submit("Show", outcome="failed")
    assert "Nothing fits this filter" in support.page.text
