"""Appending to the audit, and checking its chain.

Each line's hash covers the line and the hash before it (SHA-256 over canonical JSON), so that an edit,
deletion, insertion or swap shows at its place. A tail cut off does not show: the chain alone cannot see it.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, TypedDict, cast
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy import event as orm_event
from sqlalchemy.orm import Session

from portal import clock, metrics
from portal.audit import events
from portal.store.adding import add_many
from portal.store.generations import raise_generation
from portal.store.prepared import Prepared, Statement
from portal.store.tables import AuditEvent, AuditIndex, AuditSegment, PortalAuditEvent, PortalAuditSegment
from portal.store.work import Actor, Work

START = bytes(32)
PORTAL_CHAIN_LOCK = 0x616C6D6F
QUEUE, WRITTEN = "audit_lines", "audit_lines_written"
CLOSED = "audit.closed"
# The state of a credential follows from what is told of it, and is remembered.
SAID_OF_CREDENTIALS = "credential."

# Asked for every line: the last one of the tenant, and of the portal.
_LAST = Prepared(
    select(AuditEvent.seq, AuditEvent.hash)
    .where(AuditEvent.tenant_id == bindparam("tenant"))
    .order_by(AuditEvent.seq.desc())
    .limit(1)
)
_LAST_OF_PORTAL = Statement(
    select(PortalAuditEvent.seq, PortalAuditEvent.hash).order_by(PortalAuditEvent.seq.desc()).limit(1)
)
_LOCK = Statement(select(func.pg_advisory_xact_lock(bindparam("lock", type_=BigInteger)).label("held")))
# What was closed last of a chain, asked where nothing is left behind it.
_CLOSED_LAST = Prepared(
    select(AuditSegment.last_seq, AuditSegment.last_hash)
    .where(AuditSegment.tenant_id == bindparam("tenant"))
    .order_by(AuditSegment.last_seq.desc())
    .limit(1)
)
_CLOSED_LAST_OF_PORTAL = Statement(
    select(PortalAuditSegment.last_seq, PortalAuditSegment.last_hash)
    .order_by(PortalAuditSegment.last_seq.desc())
    .limit(1)
)


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
    if event.startswith(SAID_OF_CREDENTIALS):
        raise_generation(session, tenant_id)
    line = _line(work.actor, event, outcome, account_id, subject_id, details)
    session.info.setdefault(QUEUE, []).append((tenant_id, line))


@orm_event.listens_for(Session, "before_commit")
def _append_queued(session: Session) -> None:
    """The last thing a transaction does; a tenant's chain before the portal's."""
    if session.in_nested_transaction():
        return
    queued: list[tuple[UUID | None, dict[str, Any]]] = session.info.pop(QUEUE, [])
    for tenant_id, line in sorted(queued, key=lambda entry: entry[0] is None):
        seq, previous = lock_head(session, tenant_id)
        line |= {"seq": seq + 1, "previous_hash": previous}
        if tenant_id is None:
            row = PortalAuditEvent(**line)
            row.hash = digest(row)
            session.add(row)
            session.flush()
            continue
        seal = digest(AuditEvent(tenant_id=tenant_id, **line))
        add_many(session, AuditEvent, [line | {"hash": seal}])
        add_many(session, AuditIndex, [line])
    session.info[WRITTEN] = [(line["event"], line["outcome"]) for _, line in queued]


@orm_event.listens_for(Session, "after_commit")
def _count(session: Session) -> None:
    for event, outcome in session.info.pop(WRITTEN, ()):
        metrics.AUDIT_LINES.labels(event, outcome).inc()


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
        "actor_id": actor.user_id or actor.key_id,
        "event": event,
        "outcome": outcome,
        "account_id": account_id,
        "subject_id": subject_id,
        "request_id": actor.request_id,
        "details": details,
    }


def lock_head(session: Session, tenant_id: UUID | None) -> tuple[int, bytes]:
    """Number and hash of the last line, held until the transaction ends so that two never share it."""
    if session.get_bind().dialect.name == "postgresql":
        # The tenant's first, whichever chain is asked for: two that write to both must not wait in a ring.
        own: UUID | None = session.info["tenant_id"]
        locks = [int.from_bytes(own.bytes[:8], "big", signed=True)] if own else []
        for lock in locks if tenant_id else [*locks, PORTAL_CHAIN_LOCK]:
            _LOCK.ask(session, lock=lock)
    last = (_LAST if tenant_id else _LAST_OF_PORTAL).ask(session).first()
    return (last.seq, last.hash) if last else _newest_part(session, of_tenant=tenant_id is not None)


def chain_of(session: Session) -> type[AuditEvent] | type[PortalAuditEvent]:
    """The table of the session's chain: its tenant's, or the portal's where it has none."""
    return AuditEvent if session.info["tenant_id"] else PortalAuditEvent


def closed_until(session: Session) -> tuple[int, bytes]:
    """Number and hash of the last line of the session's chain that was closed and taken out."""
    return _newest_part(session, of_tenant=session.info["tenant_id"] is not None)


def segments_of(session: Session) -> type[AuditSegment] | type[PortalAuditSegment]:
    """The table of what was closed of the session's chain."""
    return AuditSegment if session.info["tenant_id"] else PortalAuditSegment


def _newest_part(session: Session, *, of_tenant: bool) -> tuple[int, bytes]:
    found = (_CLOSED_LAST if of_tenant else _CLOSED_LAST_OF_PORTAL).ask(session).first()
    return (found.last_seq, found.last_hash) if found else (0, START)


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


def first_break(
    rows: Iterable[AuditEvent | PortalAuditEvent], after: tuple[int, bytes] = (0, START)
) -> int | None:
    """The number of the first line that does not fit, or None when the chain is whole.

    ``rows`` is a whole chain in order of ``seq``, or what comes ``after`` a line of this number and hash.
    """
    expected, previous = after[0] + 1, after[1]
    for row in rows:
        if row.seq != expected or row.previous_hash != previous or row.hash != digest(row):
            return expected
        expected, previous = expected + 1, row.hash
    return None


def verify(session: Session) -> tuple[int, int | None]:
    """How many lines of the session's chain are kept here, and the first that does not fit (None: whole).

    A part that is noted as closed must be named by a line of what is kept: else its beginning was taken out.
    """
    table = chain_of(session)
    count = session.scalar(select(func.count()).select_from(table)) or 0
    after = closed_until(session)
    if after[0] and not _is_told(session):
        return count, after[0] + 1
    rows = session.scalars(select(table).order_by(table.seq).execution_options(yield_per=500))
    return count, first_break(cast("Iterable[AuditEvent | PortalAuditEvent]", rows), after)


def _is_told(session: Session) -> bool:
    """Whether a line tells of the newest part that was closed, by its last line and its file's digest."""
    table, parts = chain_of(session), segments_of(session)
    part = session.execute(
        select(parts.last_seq, parts.digest).order_by(parts.last_seq.desc()).limit(1)
    ).one()
    wanted = (part.last_seq, f"SHA256:{part.digest.hex()}")
    told = session.scalars(select(table.details).where(table.event == CLOSED, table.seq > part.last_seq))
    return any((one["last"], one["digest"]) == wanted for one in told)


def last_line(session: Session) -> tuple[int, str] | None:
    """Number and seal (hexadecimal) of the newest line of the session's chain; None where there is none.

    Whoever has all rights to the database could write the end anew, with seals that fit: then the line of a
    number that was noted elsewhere carries another seal.
    """
    table = chain_of(session)
    found = session.execute(select(table.seq, table.hash).order_by(table.seq.desc()).limit(1)).first()
    return (found.seq, found.hash.hex()) if found else None
