"""A connection that failed while somebody used it: its checklist is to be gone through soon, in quiet."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.jira.answers import Code, JiraTrouble
from portal.store import due
from portal.store.tables import CheckRun, DueWork
from portal.store.work import Work, now_of

KIND = "check_use"  # the kind of due work
EVERY = timedelta(minutes=15)
# What concerns one board or one call, not the connection.
_OF_ONE_CALL = frozenset(
    {Code.NOT_FOUND, Code.FORBIDDEN, Code.BAD_REQUEST, Code.READ_ONLY, Code.TOO_LARGE, Code.TOKEN_LACKS_SCOPE}
)


def is_lasting(trouble: JiraTrouble) -> bool:
    """Whether something about the connection has to be mended by somebody."""
    return not trouble.retryable and trouble.code not in _OF_ONE_CALL


def look_soon(work: Work, account_id: UUID) -> None:
    """Have the checklist gone through, unless it is about to be; a quarter of an hour after it last was."""
    with work.read() as session:
        due_already = select(DueWork.id).where(DueWork.kind == KIND, DueWork.subject_id == account_id)
        if session.scalar(due_already.limit(1)):
            return
        last, now = whole_run_lately(session, account_id), now_of(session)
    with work.write() as session:
        due.put_once(session, KIND, account_id, last + EVERY if last else now, work.tenant)


def whole_run_lately(session: Session, account_id: UUID) -> datetime | None:
    """When a run of all rows was begun within a quarter of an hour, if one was."""
    since = now_of(session) - EVERY
    lately = select(CheckRun).where(CheckRun.account_id == account_id, CheckRun.started_at > since)
    return max((run.started_at for run in session.scalars(lately) if run.rows is None), default=None)
