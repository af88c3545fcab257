"""Support: a tenant's audit for an hour, for a reason, seen by the tenant (T05, T06)."""

from collections.abc import Callable
from datetime import timedelta
from secrets import token_hex

import pytest
import time_machine
from sqlalchemy import select, update

from portal import clock
from portal.audit import visitable
from portal.audit.visits import BAD_REASON, LASTS, visits_now
from portal.days import NO_DAY
from portal.people import second_factor, users
from portal.store.tables import AuditEvent, PortalAuditEvent, SupportVisit, User
from portal.store.work import OPERATOR, Work
from tests.support import samples
from tests.support.person import Person
from tests.support.variants import variants
from tests.support.world import Someone, TenantWorld, World

pytestmark = pytest.mark.own_database

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
    support.submit("Find organisations", search=tenant.slug)
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
        own = [
            (line.event, line.actor_kind, line.details.get("reason"))
            for line in session.scalars(select(AuditEvent).order_by(AuditEvent.seq))
        ]
    mine = PortalAuditEvent.actor_id == sue.user_id
    with Work(tenant.store, None, OPERATOR).read() as session:
        portals = [
            line.event
            for line in session.scalars(select(PortalAuditEvent).where(mine).order_by(PortalAuditEvent.seq))
        ]
    assert own == [
        ("support.visit_opened", "support", REASON),
        ("support.visit_ended", "support", None),
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
    assert support.path.startswith(f"/support/tenants/{tenant.id}/visit?")
    assert "say why first" in support.page.text


def test_an_hour_later_the_record_is_closed(support: Person, tenant: TenantWorld) -> None:
    visit(support, tenant)
    with Work(tenant.store, None, OPERATOR).write() as session:
        session.execute(
            update(SupportVisit).where(SupportVisit.tenant_id == tenant.id).values(ends_at=clock.now())
        )
    support.get(f"/support/tenants/{tenant.id}/audit")
    assert support.page.h1 == f"Open a visit to {tenant.name}"


def test_a_visit_lasts_an_hour(support: Person, tenant: TenantWorld, sign_in: SignIn) -> None:
    """It ends by itself, without a line of its own; the one that tells of its beginning says when."""
    visit(support, tenant)
    [going_on] = visits_now(tenant.work())
    page = sign_in(tenant.admin).get(tenant.path("activity/"))
    assert f"until: {going_on.ends_at.day} {going_on.ends_at:%b %Y, %H:%M} UTC" in page.text
    with time_machine.travel(clock.now() + LASTS - timedelta(minutes=1)):
        assert len(visits_now(tenant.work())) == 1
    with time_machine.travel(clock.now() + LASTS + timedelta(seconds=1)):
        assert visits_now(tenant.work()) == []


@pytest.mark.parametrize("reason", variants(["", "   ", "help", "x" * 201, "look\u202e over there"]))
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
    assert "/visit?" in support.path
    colleague = sign_in(world.support())
    colleague.get(f"/support/tenants/{tenant.id}/audit")
    assert "/visit?" in colleague.path


def test_the_operator_takes_one_off_the_staff(support: Person, sue: Someone, tenant: TenantWorld) -> None:
    visit(support, tenant)
    users.end_support(Work(tenant.store, None, OPERATOR), sue.email)
    assert visits_now(tenant.work()) == []
    with tenant.work().read() as session:
        own = [line.event for line in session.scalars(select(AuditEvent).order_by(AuditEvent.seq))]
        assert (
            session.scalars(select(SupportVisit.ends_at).where(SupportVisit.tenant_id == tenant.id)).one()
            <= clock.now()
        )
    assert own == ["support.visit_opened", "support.visit_ended"]
    support.get(f"/support/tenants/{tenant.id}/audit")
    assert support.path.startswith("/sign-in")
    with Work(tenant.store, None, OPERATOR).read() as session:
        lines = session.scalars(
            select(PortalAuditEvent)
            .where(PortalAuditEvent.subject_id == sue.user_id)
            .order_by(PortalAuditEvent.seq)
        )
        assert {"support.left", "sign_in.ended"} <= {line.event for line in lines}


def test_a_lost_second_factor_ends_the_visit_in_both_chains(
    support: Person, sue: Someone, tenant: TenantWorld
) -> None:
    visit(support, tenant)
    second_factor.reset(Work(tenant.store, None, OPERATOR), sue.email)
    with tenant.work().read() as session:
        own = [line.event for line in session.scalars(select(AuditEvent).order_by(AuditEvent.seq))]
    assert own == ["support.visit_opened", "support.visit_ended"]


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        ({"is_support": False}, (404, "/audit")),
        ({"disabled_at": clock.now()}, (200, "/sign-in")),
        ({"totp_since": None, "totp_secret": None}, (200, "/profile/second-factor")),
    ],
)
def test_who_left_the_staff_has_no_visit(
    lost: dict[str, object], told: tuple[int, str], support: Person, sue: Someone, tenant: TenantWorld
) -> None:
    """Nor who is disabled or has no second factor any more: from the next request on."""
    visit(support, tenant)
    with Work(tenant.store, None, OPERATOR).write() as session:
        session.execute(update(User).where(User.id == sue.user_id).values(**lost))
    support.get(f"/support/tenants/{tenant.id}/audit")
    assert (support.status, told[1] in support.path) == (told[0], True)
    assert visits_now(tenant.work()) == []


def test_a_second_visit_takes_the_place_of_the_first(support: Person, tenant: TenantWorld) -> None:
    visit(support, tenant)
    support.get(f"/support/tenants/{tenant.id}/visit")
    support.submit("Open the visit", reason="Another ticket")
    assert [one.reason for one in visits_now(tenant.work())] == ["Another ticket"]


def test_tenants_are_found_by_name_or_slug_and_page_by_page(
    support: Person, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tenants of one name follow each other by slug; none is shown twice or left out."""
    monkeypatch.setattr(visitable, "TENANTS_A_PAGE", 2)
    word = token_hex(4)
    mine = [world.tenant(f"Wood{word}") for _ in range(5)]
    slugs = sorted((one.name, one.slug) for one in mine)
    support.get("/support/")
    support.submit("Find organisations", search=f"wOOd{word.upper()}")
    seen = [listed(support)]
    while support.page.has("Next organisations"):
        support.click("Next organisations")
        seen.append(listed(support))
    assert [len(one) for one in seen] == [2, 2, 1]
    assert [one for page in seen for one in page] == slugs
    support.click("Back to the first")
    assert listed(support) == seen[0]
    support.submit("Find organisations", search=slugs[3][1])
    assert listed(support) == [slugs[3]]
    for wild in ("%", f"{word}%", "_" * 3):
        support.submit("Find organisations", search=wild)
        assert not set(listed(support)) & set(slugs)
    for odd in ("\0", "x\u2028y\0", "x" * 300):  # what no name can be is not looked for
        support.get("/support/", params={"search": odd, "after": odd})
        assert support.status == 200
        assert listed(support)
    persian = world.tenant(f"\u0645\u06cc\u200c\u0634\u0627 {word}")
    support.submit("Find organisations", search=persian.name)
    assert listed(support) == [(persian.name, persian.slug)]
    support.get("/support/", params={"search": f"{word}-none"})
    assert "No other organisation has this in its name or short name" in support.page.text
    support.click("Show all")
    assert support.path == "/support/"


def listed(support: Person) -> list[tuple[str, str]]:
    """Name and slug of the tenants on the page that can be visited."""
    rows = support.page.soup.select("main tr:has(a[href$='/visit'])")
    return [tuple(cell.get_text() for cell in row.select("td")[:2]) for row in rows]  # type: ignore[misc]


def test_a_visit_that_goes_on_stands_above_all(support: Person, tenant: TenantWorld) -> None:
    """On every page, whatever is looked for, and no second time among the others."""
    visit(support, tenant)
    support.get("/support/", params={"search": tenant.slug})
    assert (tenant.name, tenant.slug) not in listed(support)
    support.click(f"Read the record of {tenant.name}")
    assert support.page.h1 == f"Record of {tenant.name}"
    support.get("/support/")
    support.submit(f"End the visit of {tenant.name}")
    support.get("/support/", params={"search": tenant.slug})
    assert listed(support) == [(tenant.name, tenant.slug)]


@pytest.mark.parametrize("who", ["admin", "member"])
def test_nobody_else_comes_in(who: str, tenant: TenantWorld, sign_in: SignIn) -> None:
    person = sign_in(getattr(tenant, who))
    person.get("/support/")
    assert person.status == 404


def test_the_record_is_read_as_admins_read_it_and_not_taken_away(
    support: Person, tenant: TenantWorld, world: World, sign_in: SignIn
) -> None:
    samples.line(tenant)
    path = f"/support/tenants/{tenant.id}/audit"
    support.get(f"{path}/1")
    assert "/visit?" in support.path and "say why first" in support.page.text
    visit(support, tenant)
    assert not support.page.has("Export as CSV")
    support.submit("Show", outcome="failed")
    assert "Nothing fits this filter" in support.page.text
    support.click("Clear all filters")
    support.click("line 1")
    assert (support.path, support.page.h1) == (f"{path}/1", "ALM account saved")
    support.click("Ada Admin (all lines)")
    assert support.path == f"{path}?person={tenant.admin.user_id}"
    support.get(f"{path}?since=soon")
    assert support.status == 422 and support.page.errors() == [NO_DAY]
    support.get(f"{path}/99")
    assert support.status == 404
    colleague = sign_in(world.support())
    colleague.get(f"{path}/1")
    assert "/visit?" in colleague.path
