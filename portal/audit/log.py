"""Appending to the audit, and checking its chain.

Each line's hash covers the line and the hash before it (SHA-256 over canonical JSON), so that an edit,
deletion, insertion or swap shows at its place. A tail cut off does not show: the chain alone cannot see it.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, TypedDict, cast
from uuid import UUID

from sqlalchemy import event as orm_event
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import events
from portal.store.tables import AuditEvent, PortalAuditEvent
from portal.store.work import Actor, Work

START = bytes(32)
PORTAL_CHAIN_LOCK = 0x616C6D6F
QUEUE = "audit_lines"


class About(TypedDict):
    """What a line is about: the account, and the row (flow, credential, key) it names."""

    account_id: UUID | None
    subject_id: UUID | None


def record(
    session: Session,
    work: Work,
    event: str,
    *,
    in_portal: bool = False,
    outcome: str = "ok",
    account_id: UUID | None = None,
    subject_id: UUID | None = None,
    **details: Any,
) -> None:
    """Append one line to the tenant's chain (or, in a work without tenant, to the portal's).

    The line is written at the end of the transaction: whoever writes a chain holds it until then, and must
    not wait for a row that another holds who wants to write the same chain.

    ``in_portal``: to the portal's chain although the session is a tenant's, so that what concerns both is
    recorded in the transaction that does it. ``outcome``: ``ok`` or ``failed``. Raises ``KeyError`` for an
    unknown event and ``ValueError`` when the details are not exactly those the event declares.
    """
    tenant_id = None if in_portal else session.info["tenant_id"]
    known = events.TENANT if tenant_id else events.PORTAL
    if known[event].details != frozenset(details):
        raise ValueError(f"{event} needs exactly the details {sorted(known[event].details)}")
    line = _line(work.actor, event, outcome, account_id, subject_id, details)
    session.info.setdefault(QUEUE, []).append((tenant_id, line))


@orm_event.listens_for(Session, "before_commit")
def _append_queued(session: Session) -> None:
    """The last thing a transaction does; a tenant's chain before the portal's."""
    if session.in_nested_transaction():
        return
    queued: list[tuple[UUID | None, dict[str, Any]]] = session.info.pop(QUEUE, [])
    for tenant_id, line in sorted(queued, key=lambda entry: entry[0] is None):
        head = _lock_head(session, tenant_id)
        row = AuditEvent(tenant_id=tenant_id, **line) if tenant_id else PortalAuditEvent(**line)
        row.seq = head[0] + 1
        row.previous_hash = head[1]
        row.hash = digest(row)
        session.add(row)
        session.flush()


def _line(
    actor: Actor,
    event: str,
    outcome: str,
    account_id: UUID | None,
    subject_id: UUID | None,
    details: dict[str, Any],
) -> dict[str, Any]:
    return {
        "at": clock.now(),
        "actor_kind": actor.kind,
        "actor_id": actor.user_id,
        "event": event,
        "outcome": outcome,
        "account_id": account_id,
        "subject_id": subject_id,
        "request_id": actor.request_id,
        "details": details,
    }


def _lock_head(session: Session, tenant_id: UUID | None) -> tuple[int, bytes]:
    """Number and hash of the last line, held until the transaction ends so that two never share it."""
    if session.get_bind().dialect.name == "postgresql":
        # The tenant's first, whichever chain is asked for: two that write to both must not wait in a ring.
        own: UUID | None = session.info["tenant_id"]
        locks = [int.from_bytes(own.bytes[:8], "big", signed=True)] if own else []
        for lock in locks if tenant_id else [*locks, PORTAL_CHAIN_LOCK]:
            session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
    table = AuditEvent if tenant_id else PortalAuditEvent
    last = session.execute(select(table.seq, table.hash).order_by(table.seq.desc()).limit(1)).first()
    return (last.seq, last.hash) if last else (0, START)


def digest(row: AuditEvent | PortalAuditEvent) -> bytes:
    """The hash a line must carry, given the one before it."""
    content = {
        "tenant": str(getattr(row, "tenant_id", None)),
        "seq": row.seq,
        "at": row.at.isoformat(),
        "actor": [row.actor_kind, str(row.actor_id)],
        "event": [row.event, row.outcome],
        "about": [str(row.account_id), str(row.subject_id)],
        "request": row.request_id,
        "details": row.details,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(row.previous_hash + canonical.encode()).digest()


def first_break(rows: Iterable[AuditEvent | PortalAuditEvent]) -> int | None:
    """The number of the first line that does not fit, or None when the chain is whole.

    ``rows`` is a whole chain in order of ``seq``.
    """
    expected, previous = 1, START
    for row in rows:
        if row.seq != expected or row.previous_hash != previous or row.hash != digest(row):
            return expected
        expected, previous = expected + 1, row.hash
    return None


def verify(session: Session) -> tuple[int, int | None]:
    """Length of the session's chain, and the first line that does not fit (None: whole)."""
    table: type[AuditEvent] | type[PortalAuditEvent]
    table = AuditEvent if session.info["tenant_id"] else PortalAuditEvent
    count = session.scalar(select(func.count()).select_from(table)) or 0
    rows = session.scalars(select(table).order_by(table.seq).execution_options(yield_per=500))
    return count, first_break(cast("Iterable[AuditEvent | PortalAuditEvent]", rows))
