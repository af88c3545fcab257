"""Work that is due later: one row per kind and subject, made in the transaction that makes it necessary.

The rows are the truth; whoever runs them (:mod:`portal.worker`) only looks for those that are due.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.store.tables import DueWork


def put(session: Session, kind: str, subject_id: UUID, due_at: datetime, tenant_id: UUID | None) -> None:
    """Have this done at ``due_at``, in place of the time it was due before."""
    same = select(DueWork).where(DueWork.kind == kind, DueWork.subject_id == subject_id)
    row = session.scalars(same.with_for_update()).first()
    if row is None:
        session.add(DueWork(kind=kind, tenant_id=tenant_id, subject_id=subject_id, due_at=due_at))
    else:
        row.due_at = due_at
    session.flush()


def drop(session: Session, kind: str, subject_id: UUID) -> None:
    """There is nothing to be done any more."""
    session.execute(delete(DueWork).where(DueWork.kind == kind, DueWork.subject_id == subject_id))
