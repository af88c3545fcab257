"""Runs of the checklist: begun, gone through, stored row by row, and shown while they are under way."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alm_accounts.accounts import get_account
from portal.audit.log import record
from portal.checklist import drift
from portal.checklist.calls import Calls
from portal.checklist.going import go_through
from portal.checklist.hosts_named import with_port
from portal.checklist.leases import LEASE, kept
from portal.checklist.outcome import Outcome, State, is_unseen
from portal.checklist.row import Row
from portal.checklist.rows import asks_who_it_is, rows_of
from portal.checklist.scene import read_scene
from portal.credentials.registry import Registry
from portal.errors import NotHere
from portal.store.tables import Check, CheckChange, CheckRun
from portal.store.work import Work, now_of

PERSON, NIGHT, USE, GUIDE = "person", "night", "use", "guide"
# Nobody looks at them while they run, so what got worse is mailed.
QUIET = frozenset({NIGHT, USE})
UNSEEN = "unseen"  # among the counts of a run: rows of which nothing was known when it was over


@dataclass(frozen=True)
class RunView:
    """A run as pages show it: ``rows`` are those looked at, all where it is None. ``is_lost``: it never
    ended, and its process is gone."""

    id: UUID
    why: str
    asked_by: UUID | None
    rows: frozenset[str] | None
    started_at: datetime
    lease_until: datetime
    ended_at: datetime | None
    is_lost: bool

    @property
    def is_under_way(self) -> bool:
        """Whether more is to come."""
        return self.ended_at is None and not self.is_lost


class Superseded(Exception):
    """Another run took the place of this one, or its account is gone."""


def begin(work: Work, account_id: UUID, why: str, rows: Collection[str] | None = None) -> UUID | None:
    """Begin a run of all rows, or of some; its id, or None while another one is under way.

    A person does not wait for a run on behalf of a guide's page: theirs takes its place.
    Raises :class:`NotHere` for an account that is gone.
    """
    with work.write() as session:
        get_account(session, account_id, hold=True)
        latest = _latest(session, account_id)
        now = now_of(session)
        if latest is not None and latest.ended_at is None and latest.lease_until > now:
            if why != PERSON or latest.why != GUIDE:
                return None
            _end_early(session, latest, now)
        run_id = uuid4()
        session.add(
            CheckRun(
                id=run_id,
                account_id=account_id,
                why=why,
                asked_by=work.actor.user_id,
                rows=sorted(rows) if rows is not None else None,
                started_at=now,
                lease_until=now + LEASE,
            )
        )
        return run_id


def perform(work: Work, registry: Registry, run_id: UUID) -> None:
    """Go through a run that was begun, and store every outcome as it comes. Blocks until it is over.

    Each is written in a transaction of its own, with none open while a Jira is called. An account that is
    deleted meanwhile ends it in silence, and so does another run that was begun when this one seemed lost.
    """
    with work.write() as session:
        run = _live(session, work, run_id)
        if run is None:
            return
        account_id, why, wanted, started_at = run.account_id, run.why, run.rows, run.started_at
    try:
        scene = read_scene(work, account_id, registry.portal_url, started_at, by_person=why == PERSON)
        scene = replace(scene, asks_who_it_is=asks_who_it_is(wanted, scene.account))
    except NotHere:
        return
    rows = [row for row in rows_of(scene.account) if scene.by_person or not row.control]
    looked_at = rows if wanted is None else [row for row in rows if row.name in wanted]
    calls = Calls(work, registry, scene)
    known = _known(work, account_id, {row.name for row in rows})
    try:
        with kept(work, run_id):
            tell = lambda row, found: _store(work, run_id, row, with_port(row, calls, found))  # noqa: E731
            go_through(looked_at, calls, known, tell)
    except Superseded:
        return
    _end(work, run_id, {row.name for row in rows_of(scene.account)})


def _live(session: Session, work: Work, run_id: UUID) -> CheckRun | None:
    """The run, its lease begun anew and its account held; None where it ended, or another took its place."""
    run = session.get(CheckRun, (work.tenant, run_id))
    if run is None or run.ended_at is not None:
        return None
    try:
        get_account(session, run.account_id, hold=True)
    except NotHere:
        return None
    latest = _latest(session, run.account_id)
    if latest is None or latest.id != run_id:
        return None
    run.lease_until = now_of(session) + LEASE
    return run


def _known(work: Work, account_id: UUID, names: Collection[str]) -> dict[str, State]:
    """What the rows say that the account has still: by https there was one more than there is by http."""
    with work.read() as session:
        rows = session.scalars(select(Check).where(Check.account_id == account_id, Check.row.in_(names)))
        return {row.row: State(row.state) for row in rows}


def _store(work: Work, run_id: UUID, row: Row, found: Outcome) -> None:
    """Raises :class:`Superseded` where nobody waits for this run any more."""
    with work.write() as session:
        run = _live(session, work, run_id)
        if run is None:
            raise Superseded
        now = now_of(session)
        check = session.get(Check, (work.tenant, run.account_id, row.name))
        was = (check.state, check.code) if check else (None, None)
        if was != (str(found.state), found.code):
            session.add(_change(run, row.name, now, was, found))
        if check is None:
            check = Check(account_id=run.account_id, row=row.name, since=now)
            session.add(check)
        elif was != (str(found.state), found.code):
            check.since = now
        _fill(check, run_id, found, now)
        drift.note(session, work, check, was[0], found, now)


def _change(
    run: CheckRun, row: str, now: datetime, was: tuple[str | None, str | None], found: Outcome
) -> CheckChange:
    return CheckChange(
        account_id=run.account_id,
        run_id=run.id,
        row=row,
        at=now,
        was=was[0],
        was_code=was[1],
        now=str(found.state),
        now_code=found.code,
    )


def _fill(check: Check, run_id: UUID, found: Outcome, now: datetime) -> None:
    check.run_id, check.looked_at = run_id, now
    check.state, check.code, check.waits_for = str(found.state), found.code, found.waits_for
    check.said, check.tried, check.evidence = found.said, found.tried, dict(found.evidence)
    if found.state is State.PROVED:
        check.proved_at = now


def _end(work: Work, run_id: UUID, rows: Collection[str]) -> None:
    """The run is over: count what the rows of the account say now, and forget rows it has no more."""
    with work.write() as session:
        run = _live(session, work, run_id)
        if run is None:
            return
        checks = list(session.scalars(select(Check).where(Check.account_id == run.account_id)))
        for check in checks:
            if check.row not in rows:
                session.delete(check)
        if run.why == GUIDE and not _changed_anything(session, run):
            session.delete(run)  # it comes every few seconds: what is as it was leaves no trace
            return
        counts: dict[str, Any] = dict(Counter(check.state for check in checks if check.row in rows))
        if unseen := sum(is_unseen(check.state, check.code) for check in checks if check.row in rows):
            counts[UNSEEN] = unseen
        run.ended_at, run.counts = now_of(session), counts
        shown = [check for check in checks if check.row in rows]
        drift.tell(session, work, run, shown, run.ended_at, is_quiet=run.why in QUIET)
        outcome = "failed" if counts.get(State.FAILED) else "ok"
        told = {
            "why": run.why,
            "failed": counts.get(State.FAILED, 0),
            "warnings": counts.get(State.WARNING, 0),
        }
        record(session, work, "checklist.ran", outcome=outcome, account_id=run.account_id, **told)


def _end_early(session: Session, run: CheckRun, now: datetime) -> None:
    """Another takes its place; what it found until now stays."""
    if not _changed_anything(session, run):
        session.delete(run)
        return
    states = session.scalars(select(Check.state).where(Check.account_id == run.account_id))
    run.ended_at, run.counts = now, dict(Counter(states))


def _changed_anything(session: Session, run: CheckRun) -> bool:
    lately = (CheckChange.account_id == run.account_id, CheckChange.at >= run.started_at)  # by their index
    changes = select(CheckChange.id).where(*lately, CheckChange.run_id == run.id).limit(1)
    return session.scalars(changes).first() is not None


def latest(work: Work, account_id: UUID) -> RunView | None:
    """The run that was begun last, if there was one."""
    with work.read() as session:
        found, now = _latest(session, account_id), now_of(session)
        return _view(found, now) if found else None


def _latest(session: Session, account_id: UUID) -> CheckRun | None:
    wanted = select(CheckRun).where(CheckRun.account_id == account_id)
    return session.scalars(wanted.order_by(CheckRun.started_at.desc()).limit(1)).first()


def _view(run: CheckRun, now: datetime) -> RunView:
    is_lost = run.ended_at is None and run.lease_until <= now
    rows = None if run.rows is None else frozenset(run.rows)
    return RunView(
        run.id, run.why, run.asked_by, rows, run.started_at, run.lease_until, run.ended_at, is_lost
    )
