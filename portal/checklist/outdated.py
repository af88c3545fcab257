"""When what an account connects with was last changed: what a row said before that says nothing of today."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.store.tables import AuditEvent

CONFIRMED, ENDED, CHANGED = "credential.confirmed", "credential.ended", "account.changed"
EVENTS = (
    CONFIRMED,
    ENDED,
    CHANGED,
    "account.converted",
    "key.made",
    "key.switched",
    "app.changed",
    "site.pinned",
    "fields.mapped",
)
# What an account is called, and how many calls it makes at once, is nothing that a row looks at.
BESIDE = frozenset({"name", "max_concurrent"})
# Lines to look through for one that matters; the others are people's, or name nothing but the above.
FURTHEST = 20


def settings_changed_at(session: Session, account_id: UUID) -> datetime | None:
    """When the account itself was last changed in a way that rows depend on, as far as the audit tells."""
    wanted = select(AuditEvent).where(AuditEvent.account_id == account_id, AuditEvent.event.in_(EVENTS))
    lines = session.scalars(wanted.order_by(AuditEvent.seq.desc()).limit(FURTHEST)).all()
    own = _confirmed(session, {line.subject_id for line in lines if line.event == ENDED and line.subject_id})
    return next((line.at for line in lines if _matters(line, own)), None)


def _confirmed(session: Session, credential_ids: Collection[UUID]) -> set[UUID | None]:
    """Which of these credentials were an account's own: nobody else's is ever confirmed."""
    wanted = select(AuditEvent.subject_id).where(
        AuditEvent.subject_id.in_(credential_ids), AuditEvent.event == CONFIRMED
    )
    return set(session.scalars(wanted))


def _matters(line: AuditEvent, own: Collection[UUID | None]) -> bool:
    if line.event == CHANGED:
        return bool(set(line.details["changed"]) - BESIDE)
    return line.event != ENDED or line.subject_id in own
