"""Which rows the admins were mailed about, so that one that comes and goes is mailed once a day at most.

It is remembered in the audit alone, as ends are: a row that was well in between keeps no trace of it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.log import record
from portal.store.tables import AuditEvent
from portal.store.work import Work

EVENT = "checklist.told"
ONCE_IN = timedelta(days=1)


def told_lately(session: Session, account_id: UUID, now: datetime) -> Mapping[str, datetime]:
    """The rows of an account that were mailed within a day, each with when it was last."""
    row = AuditEvent.details["row"].as_string()
    lately = (AuditEvent.account_id == account_id, AuditEvent.event == EVENT, AuditEvent.at > now - ONCE_IN)
    found = session.execute(select(row, AuditEvent.at).where(*lately).order_by(AuditEvent.seq)).all()
    return dict(found)


def note_told(session: Session, work: Work, account_id: UUID, rows: Iterable[str]) -> None:
    """These are mailed in this transaction."""
    for row in rows:
        record(session, work, EVENT, account_id=account_id, row=row)
