"""The checklist as a page shows it: what every row said last, in words."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from portal.alm_accounts.account_views import AccountView
from portal.checklist import runs
from portal.checklist.outcome import State
from portal.checklist.outdated import settings_changed_at
from portal.checklist.row import Row
from portal.checklist.rows import BY_NAME, rows_of
from portal.checklist.runs import RunView
from portal.credentials.problem import Problem
from portal.store.tables import Check
from portal.store.work import Work

RUNNING, NEVER = "running", "never"


@dataclass(frozen=True)
class RowView:
    """One row. ``state`` is a :class:`State`, ``running`` while it is looked at, or ``never``; ``trouble`` is
    the problem of a row that has one, filled with ``evidence``; ``waits_for`` is the title of the row to be
    mended first, ``waits_for_row`` its name.

    While a row is looked at again the rest is what it said before. ``is_outdated``: what the account connects
    with was changed after it was looked at.
    """

    name: str
    title: str
    state: str
    said: str = ""
    tried: str = ""
    trouble: Problem | None = None
    waits_for: str | None = None
    looked_at: datetime | None = None
    since: datetime | None = None
    proved_at: datetime | None = None
    waits_for_row: str | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    is_outdated: bool = False


@dataclass(frozen=True)
class Checklist:
    """All rows in order, and the run that was begun last. ``wanted`` are the rows that run looks at;
    ``new_way`` is the title of the kind that the account changes to, meanwhile."""

    rows: tuple[RowView, ...]
    run: RunView | None
    wanted: frozenset[str] = frozenset()
    new_way: str = ""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows are in each state."""
        return Counter(row.state for row in self.rows)

    @property
    def is_under_way(self) -> bool:
        """Whether more is to come."""
        return self.run is not None and self.run.is_under_way

    @property
    def is_new(self) -> bool:
        """Whether nobody has asked for it yet."""
        return self.run is None and self.looked_at is None

    @property
    def looked_at(self) -> datetime | None:
        """When a row was last looked at."""
        return max((row.looked_at for row in self.rows if row.looked_at), default=None)

    def rows_in(self, state: str) -> list[RowView]:
        """The rows in this state, in order."""
        return [row for row in self.rows if row.state == state]


def checklist(work: Work, account: AccountView) -> Checklist:
    """What is known of this account's connection."""
    run = runs.latest(work, account.id)
    with work.read() as session:
        wanted = select(Check).where(Check.account_id == account.id)
        checks = {check.row: check for check in session.scalars(wanted)}
        changed_at = settings_changed_at(session, account.id)
    rows = rows_of(account)
    looked_at = _looked_at_by(run, rows)
    running = looked_at if run and run.is_under_way else frozenset()
    views = tuple(
        _view(row, checks.get(row.name), account, changed_at, run.id if run and row.name in running else None)
        for row in rows
    )
    new_way = "" if account.kind_in_set_up is account.kind else account.kind_in_set_up.title
    return Checklist(views, run, looked_at, new_way)


def _looked_at_by(run: RunView | None, rows: list[Row]) -> frozenset[str]:
    """The rows that a run looks at: what has to be refused is sent only where a person asks."""
    if run is None:
        return frozenset()
    by_person = run.why == runs.PERSON
    names = {row.name for row in rows if by_person or not row.control}
    return frozenset(names if run.rows is None else names & run.rows)


def _view(
    row: Row, check: Check | None, account: AccountView, changed_at: datetime | None, underway: UUID | None
) -> RowView:
    """``underway``: the run that is looking at this row, or has just done so."""
    if check is None:
        return RowView(row.name, row.title, RUNNING if underway else NEVER)
    waits_for = BY_NAME.get(check.waits_for or "")
    return RowView(
        name=row.name,
        title=row.title,
        state=RUNNING if underway and check.run_id != underway else str(State(check.state)),
        said=check.said,
        tried=check.tried,
        trouble=account.trouble(check.code, check.evidence) if check.code else None,
        waits_for=waits_for.title if waits_for else None,
        waits_for_row=waits_for.name if waits_for else None,
        looked_at=check.looked_at,
        since=check.since,
        proved_at=check.proved_at,
        evidence=check.evidence,
        is_outdated=changed_at is not None and changed_at > check.looked_at,
    )
