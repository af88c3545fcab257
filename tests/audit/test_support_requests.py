"""Support on request: asking, yes for a time, no, taking it back; in both chains and by mail (T05, T06)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import func, select, update

from portal import clock
from portal.audit import visitable
from portal.audit.permits import ALWAYS, ON_REQUEST, WAITS_FOR
from portal.audit.visits import ASK_FIRST, LASTS, open_visit, visits_now
from portal.errors import FieldErrors, NotHere, Refused
from portal.people import support_access
from portal.people.support_access import (
    ANSWERED,
    ASK_AGAIN_AFTER,
    NO_SO_SOON,
    access_of,
    allow,
    ask,
    decline,
    set_access,
    take_back,
)
from portal.store.tables import AuditEvent, DueWork, PortalAuditEvent, SupportRequest, SupportVisit, User
from portal.store.work import OPERATOR, Work
from tests.audit.support_desk import REASON, visit, work_of
from tests.support.person import Person
from tests.support.world import Someone, TenantWorld, World

pytestmark = pytest.mark.own_database

SignIn = Callable[[Someone], Person]
A_DAY = "24"
AT_ONCE = 4


@pytest.fixture
def sue(world: World) -> Someone:
    """One of the support staff."""
    return world.support()


@pytest.fixture
def closed(tenant: TenantWorld) -> TenantWorld:
    """A tenant that lets support in on request."""
    set_access(tenant.work(tenant.admin), ON_REQUEST)
    return tenant


def admins(tenant: TenantWorld) -> Work:
    return tenant.work(tenant.admin)


def asked(sue: Someone, tenant: TenantWorld) -> UUID:
    ask(work_of(sue, tenant), tenant.id, REASON)
    return access_of(admins(tenant)).asking[-1].id


def chains(tenant: TenantWorld) -> tuple[list[str], list[str]]:
    """What both chains say of support and this tenant."""
    with tenant.work().read() as session:
        own = [line.event for line in session.scalars(select(AuditEvent).order_by(AuditEvent.seq))]
    about = PortalAuditEvent.details["tenant_id"].as_string() == str(tenant.id)
    with Work(tenant.store, None, OPERATOR).read() as session:
        lines = session.scalars(select(PortalAuditEvent).where(about).order_by(PortalAuditEvent.seq))
        return own, [line.event for line in lines]


def test_support_asks_an_admin_says_yes_and_takes_it_back(
    sue: Someone, tenant: TenantWorld, sign_in: SignIn
) -> None:
    """The story, page by page, from both sides."""
    admin, support, member = sign_in(tenant.admin), sign_in(sue), sign_in(tenant.member)
    admin.get(tenant.path("settings/"))
    admin.click("Support…")
    admin.submit("Save", access=ON_REQUEST)
    assert "holds from now on" in admin.page.text
    support.get("/support/", params={"search": tenant.slug})
    assert "Lets support in on request" in support.page.text
    support.click(f"Ask to visit to {tenant.name}")
    support.submit("Ask its admins", reason="why")
    assert support.status == 422
    support.submit("Ask its admins", reason=REASON)
    assert "You have asked; nobody has answered yet" in support.page.text
    assert not support.page.has("Ask its admins")
    support.get(f"/support/tenants/{tenant.id}/audit")
    assert support.page.h1 == f"Ask to visit {tenant.name}"

    for page in ("", "activity/"):
        assert "Sue Support of support asks to look in" in admin.get(tenant.path(page)).text
        assert "asks to look in" not in member.get(tenant.path(page)).text
    admin.click("Answer Sue Support")
    assert REASON in admin.page.text
    admin.submit("Allow", hours="72")
    assert "Support was let in" in admin.page.text

    support.get("/support/")
    assert "You were let in until" in support.page.text
    visit(support, tenant)
    assert support.page.h1 == f"Record of {tenant.name}"
    assert "Sue Support of support may read this record" in admin.get(tenant.path("")).text
    admin.get(tenant.path("support/"))
    admin.submit("Take back what Sue Support was allowed")
    support.get(f"/support/tenants/{tenant.id}/audit")
    assert support.page.h1 == f"Ask to visit {tenant.name}"
    assert "may read this record" not in admin.get(tenant.path("activity/")).text
    events = ("access_changed", "asked", "allowed", "visit_opened", "visit_ended", "taken_back")
    assert chains(tenant) == ([f"support.{one}" for one in events],) * 2
    shown = admin.get(tenant.path("activity/")).text
    for words in (
        "Support asked to visit",
        "Support allowed to visit",
        "Leave of support to visit taken back",
    ):
        assert words in shown
    admin.get(tenant.path("activity/1"))
    assert "When support may visit" in admin.page.text and "on request" in admin.page.text


def test_no_is_no_until_asked_again(sue: Someone, closed: TenantWorld, sign_in: SignIn) -> None:
    first = asked(sue, closed)
    admin, support = sign_in(closed.admin), sign_in(sue)
    admin.get(closed.path("support/"))
    admin.submit("Decline Sue Support")
    assert "Nothing was shown to support" in admin.page.text
    with pytest.raises(Refused, match=ASK_FIRST[:20]):
        open_visit(work_of(sue, closed), closed.id, REASON)
    support.get(f"/support/tenants/{closed.id}/visit")
    assert "An admin declined" in support.page.text
    support.submit("Ask its admins", reason=REASON)
    assert NO_SO_SOON in support.page.text and access_of(admins(closed)).asking == []
    with Work(closed.store, None, OPERATOR).write() as session:
        answer = session.get_one(SupportRequest, first)
        answer.answered_at = answer.asked_at = clock.now() - ASK_AGAIN_AFTER
    second = asked(sue, closed)
    assert second != first
    with pytest.raises(Refused, match="asked already"):
        ask(work_of(sue, closed), closed.id, REASON)
    admin.post(closed.path(f"support/requests/{first}/allow"), hours=A_DAY)
    assert ANSWERED in admin.page.text
    assert visits_now(admins(closed)) == [] and access_of(admins(closed)).let_in == []


def test_a_yes_is_one_persons_for_a_time(
    sue: Someone, closed: TenantWorld, world: World, sign_in: SignIn
) -> None:
    allow(admins(closed), asked(sue, closed), A_DAY)
    with pytest.raises(Refused, match="nothing to ask"):
        ask(work_of(sue, closed), closed.id, REASON)
    with pytest.raises(Refused):
        open_visit(work_of(world.support(), closed), closed.id, REASON)
    with Work(closed.store, None, OPERATOR).write() as session:  # as if it had been given long ago
        mine = SupportRequest.tenant_id == closed.id
        assert (
            session.scalars(select(SupportRequest.holds_until).where(mine)).one() - clock.now() > LASTS * 23
        )
        half = update(SupportRequest).where(mine).values(holds_until=clock.now() + LASTS / 2)
        session.execute(half)
    open_visit(work_of(sue, closed), closed.id, REASON)
    (going_on,) = visits_now(admins(closed))
    assert going_on.ends_at - clock.now() < LASTS * 0.6, "no visit lasts longer than the yes"
    with time_machine.travel(clock.now() + LASTS / 2 + timedelta(minutes=1)):
        assert visits_now(admins(closed)) == []
        with pytest.raises(Refused):
            open_visit(work_of(sue, closed), closed.id, REASON)


def test_what_nobody_answers_is_over_after_a_week(sue: Someone, closed: TenantWorld) -> None:
    one = asked(sue, closed)
    with time_machine.travel(clock.now() + WAITS_FOR + timedelta(minutes=1)):
        assert access_of(admins(closed)).asking == []
        with pytest.raises(Refused, match="answered this already, or it was asked too long ago"):
            allow(admins(closed), one, A_DAY)
        assert asked(sue, closed) != one


def test_what_is_asked_twice_at_once_is_answered_once(sue: Someone, closed: TenantWorld) -> None:
    one = asked(sue, closed)
    with Work(closed.store, None, OPERATOR).write() as session:
        row = session.get_one(SupportRequest, one)
        same = {"user_id": row.user_id, "tenant_id": row.tenant_id, "reason": row.reason}
        session.add(SupportRequest(asked_at=row.asked_at, **same))
    allow(admins(closed), one, A_DAY)
    assert access_of(admins(closed)).asking == []
    take_back(admins(closed), one)
    assert access_of(admins(closed)).let_in == []
    with pytest.raises(Refused):
        open_visit(work_of(sue, closed), closed.id, REASON)


def test_the_switch_ends_visits_of_whom_nobody_let_in(
    sue: Someone, tenant: TenantWorld, world: World
) -> None:
    colleague = world.support()
    set_access(admins(tenant), ON_REQUEST)
    allow(admins(tenant), asked(colleague, tenant), A_DAY)
    set_access(admins(tenant), ALWAYS)
    for someone in (sue, colleague):
        open_visit(work_of(someone, tenant), tenant.id, REASON)
    set_access(admins(tenant), ON_REQUEST)
    set_access(admins(tenant), ON_REQUEST)
    assert [one.user_id for one in visits_now(admins(tenant))] == [colleague.user_id]
    own, portals = chains(tenant)
    assert own == portals and own[-2:] == ["support.visit_ended", "support.access_changed"]
    with pytest.raises(FieldErrors):
        set_access(admins(tenant), "never")


def test_a_visit_is_over_without_a_yes_whoever_wrote_it_down(sue: Someone, closed: TenantWorld) -> None:
    """The yes is asked for with each request, not only when a visit is opened."""
    allow(admins(closed), asked(sue, closed), A_DAY)
    open_visit(work_of(sue, closed), closed.id, REASON)
    with Work(closed.store, None, OPERATOR).write() as session:
        session.execute(update(SupportRequest).values(holds_until=clock.now()))
        assert session.scalar(
            select(func.count(SupportVisit.id)).where(
                SupportVisit.tenant_id == closed.id, SupportVisit.ends_at > clock.now()
            )
        )
    assert visits_now(admins(closed)) == []


def sent(person: Person, path: str) -> None:
    """A form from a page of their own, sent elsewhere."""
    person.get("/profile/")
    person.post(path, hours=A_DAY)


def test_nobody_answers_for_another_tenant(sue: Someone, closed: TenantWorld, sign_in: SignIn) -> None:
    """The stranger is told what is told of what never existed, and a member may not; nothing changes."""
    one = asked(sue, closed)
    assert closed.other
    stranger, member, support = (sign_in(who) for who in (closed.stranger, closed.member, sue))
    theirs = closed.other.path("support/requests/")
    for deed in ("allow", "decline", "take-back"):
        answers = []
        for request_id in (one, uuid4()):
            sent(stranger, f"{theirs}{request_id}/{deed}")
            answers.append((stranger.status, stranger.page.h1))
        assert answers[0] == answers[1] and answers[0][0] == 404
        for person, told in ((member, 403), (support, 404), (stranger, 404)):
            sent(person, closed.path(f"support/requests/{one}/{deed}"))
            assert person.status == told
    assert [question.id for question in access_of(admins(closed)).asking] == [one]
    for does in (decline, take_back, lambda work, one: allow(work, one, A_DAY)):
        with pytest.raises(NotHere):
            does(admins(closed.other), one)
    with pytest.raises(FieldErrors):
        allow(admins(closed), one, "8760")


def test_who_left_the_staff_asks_nothing_and_was_allowed_nothing(sue: Someone, closed: TenantWorld) -> None:
    allow(admins(closed), asked(sue, closed), A_DAY)
    open_visit(work_of(sue, closed), closed.id, REASON)
    with Work(closed.store, None, OPERATOR).write() as session:
        session.execute(update(User).where(User.id == sue.user_id).values(is_support=False))
    found = access_of(admins(closed))
    assert (found.asking, found.let_in, found.visits) == ([], [], [])


def test_the_admins_are_told_by_the_worker(sue: Someone, closed: TenantWorld) -> None:
    """Support writes no mail: a row of due work says that there is one to write."""
    one = asked(sue, closed)
    with Work(closed.store, None, OPERATOR).read() as session:
        row = session.scalars(select(DueWork).where(DueWork.subject_id == one)).one()
        assert (row.kind, row.tenant_id) == (support_access.KIND, closed.id)


def test_nobody_is_mailed_what_needs_no_answer_any_more(
    sue: Someone, closed: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was answered, is too old, its asker left the staff, or the tenant lets support in always by now."""
    mailed: list[str] = []
    monkeypatch.setattr(support_access.mail, "queue", lambda session, key, to, *letter: mailed.append(to))
    monkeypatch.setattr(support_access.mail, "link", lambda session, path: path)
    one = asked(sue, closed)
    there = Work(closed.store, closed.id, OPERATOR)

    def set_staff(is_support: bool) -> None:
        with Work(closed.store, None, OPERATOR).write() as session:
            session.execute(update(User).where(User.id == sue.user_id).values(is_support=is_support))

    set_staff(False)
    support_access.tell_admins(there, one)
    set_staff(True)
    set_access(admins(closed), ALWAYS)
    support_access.tell_admins(there, one)
    set_access(admins(closed), ON_REQUEST)
    with time_machine.travel(clock.now() + WAITS_FOR + timedelta(minutes=1)):
        support_access.tell_admins(there, one)
    assert closed.other
    support_access.tell_admins(Work(closed.store, closed.other.id, OPERATOR), one)
    assert mailed == []
    support_access.tell_admins(there, one)
    assert mailed == [closed.admin.email]
    decline(admins(closed), one)
    mailed.clear()
    support_access.tell_admins(there, one)
    assert mailed == []


def test_a_yes_that_holds_counts_whatever_was_asked_later(sue: Someone, closed: TenantWorld) -> None:
    """On her pages as in the rule that lets her in."""
    allow(admins(closed), asked(sue, closed), A_DAY)
    with Work(closed.store, None, OPERATOR).write() as session:
        now = clock.now()
        same = {"user_id": sue.user_id, "tenant_id": closed.id, "reason": REASON}
        session.add(SupportRequest(asked_at=now, granted=False, answered_at=now, **same))
    (shown,) = visitable.list_asked(work_of(sue, closed))
    assert shown.standing.may_visit
    open_visit(work_of(sue, closed), closed.id, REASON)
    assert [one.user_id for one in visits_now(admins(closed))] == [sue.user_id]


def test_of_two_windows_one_is_first(sue: Someone, closed: TenantWorld) -> None:
    """Asked and opened several times in the same moment: one question, then one visit."""
    work = work_of(sue, closed)

    def at_once(does: Callable[[Work, UUID, str], None]) -> int:
        gate = Barrier(AT_ONCE)

        def call(_: int) -> bool:
            gate.wait()
            try:
                does(work, closed.id, REASON)
            except Refused:
                return False
            return True

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return sum(pool.map(call, range(AT_ONCE)))

    assert at_once(ask) == 1
    (question,) = access_of(admins(closed)).asking
    allow(admins(closed), question.id, A_DAY)
    assert at_once(open_visit) == AT_ONCE
    assert len(visits_now(admins(closed))) == 1
