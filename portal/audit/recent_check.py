"""The check of a tenant's record that a page can wait for: so many of the newest lines and uses.

All of it is checked by ``almoner verify-audit``, which may take as long as it takes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import log
from portal.audit.use_batches import UsesCheck, check_uses
from portal.store.tables import AuditEvent, Use
from portal.store.work import Work

MOST_LINES = 20_000  # a few seconds on a slow machine
MOST_USES = 50_000
USES_DAYS = 30


@dataclass(frozen=True)
class RecentCheck:
    """What was found. ``first``: the number of the oldest line that was looked at, of ``count``; ``older``:
    whether lines before it are kept here and were not. ``broken``: the first line that does not fit.

    ``closed``: the last line that is in a file of the operator (0: none); ``last``: number and seal of the
    newest. ``uses`` are those ``since``, 30 days ago or later.
    """

    first: int
    count: int
    older: bool
    broken: int | None
    closed: int
    last: tuple[int, str] | None
    uses: UsesCheck
    since: datetime


def check_recent(work: Work) -> RecentCheck:
    """Check the newest :data:`MOST_LINES` lines, and the uses of 30 days, or the newest :data:`MOST_USES`."""
    with work.read() as session:
        closed, _ = log.closed_until(session)
        before = _line_before(session)
        if before is None:
            count, broken = log.verify(session)
            first = closed + 1
        else:
            first, (count, broken) = before[0] + 1, _newest(session, before)
        since = _uses_since(session)
        uses, last = check_uses(session, since), log.last_line(session)
    return RecentCheck(first, count, before is not None, broken, closed, last, uses, since)


def _line_before(session: Session) -> tuple[int, bytes] | None:
    """Number and hash of the line before those that are checked; None where all of them are."""
    newest = select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc())
    found = session.execute(newest.offset(MOST_LINES).limit(1)).first()
    return (found.seq, found.hash) if found else None


def _newest(session: Session, before: tuple[int, bytes]) -> tuple[int, int | None]:
    lines = select(AuditEvent).where(AuditEvent.seq > before[0]).order_by(AuditEvent.seq)
    rows = session.scalars(lines.execution_options(yield_per=500))
    return MOST_LINES, log.first_break(rows, before)


def _uses_since(session: Session) -> datetime:
    """From when on uses are checked."""
    days = clock.now() - timedelta(days=USES_DAYS)
    newest = select(Use.at).where(Use.at >= days).order_by(Use.at.desc())
    return session.scalar(newest.offset(MOST_USES).limit(1)) or days
