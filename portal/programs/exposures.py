"""Keys that were sent where others may read them: noted, so that an admin replaces the key (T42)."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError

from portal import clock
from portal.audit.log import record
from portal.people.tokens import digest
from portal.programs import key_texts
from portal.store.tables import AuditEvent, ProgramKey
from portal.store.work import Actor, Store, Work

log = structlog.get_logger("almoner.programs")

EVENT = "program_key.exposed"
NOTED_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Exposure:
    """When a key was sent in a wrong place for the last time that was noted. ``place``: address or body."""

    at: datetime
    place: str


def note(store: Store, sent: bytes, place: str, request_id: str) -> None:
    """Put the first key that stands in ``sent`` on its tenant's record, if there is such a key.

    Only its right secret counts: who knows no more than how a key begins writes nothing. A database that is
    away does not change what the program is told.
    """
    found = key_texts.first_in(sent)
    if found is None:
        return
    text, named = found
    work = Work(store, named.tenant_id, Actor("portal", request_id=request_id))
    try:
        with work.read() as session:
            kept = session.scalar(select(ProgramKey.token_hash).where(ProgramKey.id == named.key_id))
            last = session.scalar(_last(named.key_id))
        is_right = kept is not None and hmac.compare_digest(kept, digest(text))
        if is_right and (last is None or last.at <= clock.now() - NOTED_EVERY):
            with work.write() as session:
                record(session, work, EVENT, subject_id=named.key_id, place=place)
    except SQLAlchemyError as error:
        log.error("exposed_key_not_noted", key_id=str(named.key_id), error=type(error).__name__)


def last_exposure(work: Work, key_id: UUID) -> Exposure | None:
    """The last time this key was noted to have been sent in a wrong place; None if it never was."""
    with work.read() as session:
        line = session.scalar(_last(key_id))
        return Exposure(line.at, line.details["place"]) if line else None


def _last(key_id: UUID) -> Select[AuditEvent]:
    same = (AuditEvent.subject_id == key_id, AuditEvent.event == EVENT)
    return select(AuditEvent).where(*same).order_by(AuditEvent.seq.desc()).limit(1)
