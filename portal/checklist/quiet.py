"""Runs that nobody asked for: each night, after a failure in use, and a second look at what may have passed.

None of them sends a spoiled credential, or renews a grant that need not be. At night every account has a
moment of its own, always the same, so that many do not begin at once.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from portal.checklist import drift, runs
from portal.credentials import failures_in_use
from portal.credentials.registry import Registry
from portal.errors import NotHere
from portal.store import due
from portal.store.due import DueRow
from portal.store.tables import AlmAccount, Tenant
from portal.store.work import Work, now_of

NIGHTLY = "check_night"  # the kind of due work; about an account, a tenant, or nothing: then it makes theirs
EVERY = timedelta(days=1)
# By UTC: a portal may serve every zone.
NIGHT_BEGINS, NIGHT_LASTS = time(0, 0), timedelta(hours=6)


def at_night(work: Work, registry: Registry, row: DueRow) -> None:
    """The row about nothing, which stays, makes one for each tenant, that one for each of its accounts; and
    what that one is about is gone through."""
    if work.tenant_id is None:
        _spread(work, row)
        return
    if row.subject_id != work.tenant_id:
        if _ran_tonight(work, row.subject_id) or _run(work, registry, row, runs.NIGHT):
            with work.write() as session:
                # Put by the run itself: one that is late must not be what the next night finds due already.
                again = moment(row.subject_id, now_of(session))
                due.put(session, NIGHTLY, row.subject_id, again, work.tenant)
        return
    with work.write() as session:
        now = now_of(session)
        for account_id in session.scalars(select(AlmAccount.id).where(AlmAccount.saved_at.is_not(None))):
            due.put_once(session, NIGHTLY, account_id, moment(account_id, now), work.tenant)


def _ran_tonight(work: Work, account_id: UUID) -> bool:
    """Whether this very night's run has ended: the row's own, which took longer than the row's lease."""
    last = runs.latest(work, account_id)
    if last is None or last.why != runs.NIGHT or last.ended_at is None:
        return False
    with work.read() as session:
        return now_of(session) - last.ended_at < failures_in_use.EVERY


def _spread(work: Work, row: DueRow) -> None:
    with work.write() as session:
        now = now_of(session)
        for tenant_id in session.scalars(select(Tenant.id).where(~Tenant.is_closed)):
            due.put(session, NIGHTLY, tenant_id, now, tenant_id)
        due.put(session, row.kind, row.subject_id, now + EVERY, None)


def moment(account_id: UUID, after: datetime) -> datetime:
    """When an account's turn comes next: the same time of every night, spread by its id."""
    begins = datetime.combine(after.date(), NIGHT_BEGINS, after.tzinfo)
    turn = begins + NIGHT_LASTS * (account_id.int % 10_000 / 10_000)
    return turn if turn > after else turn + EVERY


def after_failure(work: Work, registry: Registry, row: DueRow) -> None:
    """Look at an account that failed in use, at most once in a quarter of an hour."""
    with work.write() as session:
        if last := failures_in_use.whole_run_lately(session, row.subject_id):
            due.put(session, row.kind, row.subject_id, last + failures_in_use.EVERY, work.tenant)
            return
    _run(work, registry, row, runs.USE)


def second_look(work: Work, registry: Registry, row: DueRow) -> None:
    """Look whether what may have passed by itself did."""
    _run(work, registry, row, runs.USE)


def _run(work: Work, registry: Registry, row: DueRow, why: str) -> bool:
    """Go through an account's checklist, unless it is gone, or a draft again; whether it was.

    While another run is under way the row waits until that one has ended, or its process is gone.
    """
    with work.read() as session:
        account = session.get(AlmAccount, (work.tenant, row.subject_id))
        is_closed = session.get_one(Tenant, work.tenant).is_closed
        if account is None or account.saved_at is None or is_closed:
            return False
    try:
        run_id = runs.begin(work, row.subject_id, why)
    except NotHere:  # deleted meanwhile
        return False
    if run_id is not None:
        runs.perform(work, registry, run_id)
        return True
    under_way = runs.latest(work, row.subject_id)
    with work.write() as session:
        now = now_of(session)
        until = max(under_way.lease_until, now) if under_way else now
        due.put(session, row.kind, row.subject_id, until, work.tenant)
    return False


# What a worker does of each kind of due work.
KINDS: dict[str, Callable[[Work, Registry, DueRow], None]] = {
    NIGHTLY: at_night,
    failures_in_use.KIND: after_failure,
    drift.SECOND_LOOK: second_look,
}
