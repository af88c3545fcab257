"""What changed from run to run, newest first, and who asked for the last runs; names are joined here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.resting import NAMELESS
from portal.checklist import runs
from portal.checklist.outcome import State
from portal.checklist.rows import ROWS, rows_of
from portal.people import users
from portal.store.tables import CheckChange, CheckRun
from portal.store.work import Work, now_of

RUNS_A_PAGE = 20
LAST_RUNS = 10
BY_ITSELF = {
    runs.NIGHT: "Almoner, at night",
    runs.USE: "Almoner, after a call had failed",
    runs.GUIDE: "Almoner, while a guide link was open",
}
_ORDER = {row.name: (place, row.title) for place, row in enumerate(ROWS)}
_TELLING = frozenset({State.FAILED, State.WARNING})


@dataclass(frozen=True)
class Change:
    """That a row said something else than before. ``problem`` and ``former`` are titles of the catalogue;
    ``is_here``: the account has this row still."""

    row: str
    title: str
    was: str | None
    now: str
    problem: str
    former: str
    is_here: bool


@dataclass(frozen=True)
class PastRun:
    """A run, and what changed with it. ``rows`` are titles, all where it is None; ``waits``, ``freed`` and
    ``first`` count rows that began to wait, waited no longer, and were looked at for the first time."""

    started_at: datetime
    asked_by: str
    rows: tuple[str, ...] | None
    counts: Mapping[str, int] | None
    is_lost: bool
    changes: tuple[Change, ...] = ()
    waits: int = 0
    freed: int = 0
    first: int = 0


@dataclass(frozen=True)
class History:
    """``changed`` are runs with which something changed, those after ``green_at`` first: the last run that
    left nothing broken, and every row looked at. ``older`` asks for the page after this one."""

    changed: tuple[PastRun, ...]
    last: tuple[PastRun, ...]
    green_at: datetime | None
    older: str | None


def history(work: Work, account: AccountView, before: str = "") -> History:
    """A page of it; ``before`` is what ``older`` of the page above said."""
    with work.read() as session:
        of_account = select(CheckRun).where(CheckRun.account_id == account.id)
        newest = of_account.order_by(CheckRun.started_at.desc())
        with_change = select(CheckChange.run_id).where(CheckChange.account_id == account.id)
        telling = newest.where(CheckRun.id.in_(with_change))
        if (moment := _moment(before)) is not None:
            telling = telling.where(CheckRun.started_at < moment)
        found = list(session.scalars(telling.limit(RUNS_A_PAGE + 1)))
        shown = found[:RUNS_A_PAGE]
        changes = _changes(session, account.id, shown)
        last = [] if moment else list(session.scalars(newest.limit(LAST_RUNS)))
        now, green_at = now_of(session), _green_at(session, account.id)
    names = users.names(work, {run.asked_by for run in (*shown, *last) if run.asked_by})
    here = {row.name for row in rows_of(account)}
    return History(
        tuple(_told(account, run, changes.get(run.id, []), names, now, here) for run in shown),
        tuple(_told(account, run, [], names, now, here) for run in last),
        green_at,
        shown[-1].started_at.isoformat() if len(found) > len(shown) else None,
    )


def asked_by(why: str, user_id: UUID | None, names: Mapping[UUID, str]) -> str:
    """Who asked for a run, in words."""
    if user_id is not None and why == runs.PERSON:
        return names.get(user_id, NAMELESS)
    return BY_ITSELF.get(why, "Almoner")


def _green_at(session: Session, account_id: UUID) -> datetime | None:
    nothing_broken = and_(*(CheckRun.counts[name].as_string().is_(None) for name in ("failed", runs.UNSEEN)))
    over = (CheckRun.account_id == account_id) & CheckRun.ended_at.is_not(None)
    return session.scalar(select(func.max(CheckRun.ended_at)).where(over, nothing_broken))


def _changes(session: Session, account_id: UUID, of: Sequence[CheckRun]) -> dict[UUID, list[CheckChange]]:
    found: dict[UUID, list[CheckChange]] = {}
    if not of:
        return found
    since = min(run.started_at for run in of)  # no change of a run is older: so their index serves
    lately = (CheckChange.account_id == account_id, CheckChange.at >= since)
    wanted = select(CheckChange).where(*lately, CheckChange.run_id.in_([run.id for run in of]))
    for change in session.scalars(wanted):
        found.setdefault(change.run_id, []).append(change)
    return found


def _told(
    account: AccountView,
    run: CheckRun,
    changes: Iterable[CheckChange],
    names: Mapping[UUID, str],
    now: datetime,
    here: Collection[str],
) -> PastRun:
    changes = sorted(changes, key=lambda change: _ORDER.get(change.row, (len(ROWS), "")))
    quiet = [change for change in changes if not _tells(change)]
    counts: dict[str, Any] | None = run.counts
    return PastRun(
        started_at=run.started_at,
        asked_by=asked_by(run.why, run.asked_by, names),
        rows=None if run.rows is None else tuple(_title(name) for name in sorted(run.rows, key=_place)),
        counts=counts,
        is_lost=run.ended_at is None and run.lease_until <= now,
        changes=tuple(_change(account, change, here) for change in changes if _tells(change)),
        waits=sum(change.now == State.WAITING and change.was is not None for change in quiet),
        freed=sum(change.was == State.WAITING for change in quiet),
        first=sum(change.was is None for change in quiet),
    )


def _tells(change: CheckChange) -> bool:
    """Whether it is told by itself; what only waited, or was looked at first and is well, is counted."""
    if change.now in _TELLING:
        return True
    return change.was not in (None, State.WAITING) and change.now != State.WAITING


def _change(account: AccountView, change: CheckChange, here: Collection[str]) -> Change:
    return Change(
        row=change.row,
        title=_title(change.row),
        was=change.was,
        now=change.now,
        problem=account.trouble(change.now_code).title if change.now_code else "",
        former=account.trouble(change.was_code).title if change.was_code else "",
        is_here=change.row in here,
    )


def _place(name: str) -> tuple[int, str]:
    return _ORDER.get(name, (len(ROWS), name))


def _title(name: str) -> str:
    """Of a row; one that no kind has any more is called by its name."""
    return _ORDER[name][1] if name in _ORDER else name.replace("_", " ")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
