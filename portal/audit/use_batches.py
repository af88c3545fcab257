"""Batches of the use ledger: written in one transaction with the line of the audit that closes them, so that
the chain covers every use (mission row E1).

The line names its batch, how many uses it has and their digest: a use that is changed, taken out or put in
shows like a changed line of the audit. What has grown old goes a batch at a time, and a line says up to when.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from portal.audit.key_stamps import stamp_keys
from portal.audit.log import About, record
from portal.store.adding import add_many
from portal.store.tables import AuditEvent, AuditSegment, Tenant, Use
from portal.store.work import Actor, Work

EVENT = "uses.batch"
FAILED = "uses.failed"
AGED_OUT = "uses.aged_out"
ERASED = "tenant.deleted"
NEARLY = timedelta(minutes=1)  # lines of one moment may be numbered in another order than they were begun
AT_ONCE = 100  # batches that are looked up together
GO_AT_ONCE = 5  # batches that are deleted together: who writes in the tenant waits meanwhile
# Of a use, in the order in which the digest covers them.
COVERED = (
    "position",
    "at",
    "actor_kind",
    "actor_id",
    "account_id",
    "credential_id",
    "holder_id",
    "calls",
    "code",
    "request_id",
)
# What a use of a program knows besides. Covered only in rows that have any of it, so that batches fit that
# were written before it was known.
OF_REQUESTS = ("method", "template", "status", "millis")
_NO_REQUEST = dict.fromkeys(OF_REQUESTS)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class UsesCheck:
    """What a check of a tenant's ledger found. ``aged_out``: batches that are not kept any more.

    ``wrong``: the first batch that does not fit, and ``line``, the number of the line that closes it; None
    for a batch that no line closes.
    """

    uses: int
    aged_out: int
    wrong: UUID | None = None
    line: int | None = None

    def __str__(self) -> str:
        """In words, for the page and the command."""
        if self.wrong is not None:
            whose = f"closed by line {self.line}" if self.line else "closed by no line"
            return f"do not fit from batch {self.wrong} on, {whose}"
        aged_out = f"; {self.aged_out} batches are old and not kept any more" if self.aged_out else ""
        return f"whole, {self.uses} kept{aged_out}"


@dataclass(frozen=True)
class _Kept:
    """Of a batch: its rows, those of them in the days that are checked, and the digest of all; None without
    rows."""

    count: int
    since: int
    digest: str | None


_NONE = _Kept(0, 0, None)


def write_batch(work: Work, batch_id: UUID, taken: Sequence[Row], lost: int) -> None:
    """Write uses, in their order, and the line that closes their batch.

    ``taken`` name every column of :data:`COVERED` but the position. ``lost``: how many of the tenant's could
    not be kept before. The keys of the programs among them are stamped as used.
    """
    place = {"batch_id": batch_id}
    rows = [{**_NO_REQUEST, **row, **place, "position": number} for number, row in enumerate(taken)]
    seal = digest(work.tenant, batch_id, rows)
    with work.write() as session:
        if rows:
            add_many(session, Use, rows)
        stamp_keys(session, rows)
        _tell_failures(session, work, rows)
        record(session, work, EVENT, subject_id=batch_id, count=len(rows), digest=seal, lost=lost)


def _tell_failures(session: Session, work: Work, rows: Iterable[Row]) -> None:
    """A line for each request that met trouble: by its id, which the page of the trouble showed, an admin
    finds it, and support across tenants. What is done by the clock shows nobody an id."""
    met = {
        (row["request_id"], row["credential_id"]): row for row in rows if row["code"] and row["request_id"]
    }
    for row in met.values():
        who = Actor(row["actor_kind"], row["actor_id"], request_id=row["request_id"])
        about = About(account_id=row["account_id"], subject_id=row["credential_id"])
        record(session, replace(work, actor=who), FAILED, outcome="failed", **about, code=row["code"])


def is_missing(work: Work, batch_id: UUID) -> bool:
    """Whether no line closes this batch, though its tenant is there."""
    closing = select(AuditEvent.seq).where(AuditEvent.subject_id == batch_id, AuditEvent.event == EVENT)
    with work.read() as session:
        tenant = session.get(Tenant, work.tenant)
        return tenant is not None and not tenant.is_erased and session.scalar(closing) is None


def digest(tenant_id: UUID, batch_id: UUID, rows: Iterable[Row]) -> str:
    """SHA-256 over the canonical JSON of a batch, as the line that closes it holds it."""
    covered = [[_plain(row[name]) for name in _covered(row)] for row in rows]
    canonical = json.dumps([str(tenant_id), str(batch_id), covered], separators=(",", ":"), ensure_ascii=True)
    return f"SHA256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _covered(row: Row) -> Sequence[str]:
    is_request = any(row[name] is not None for name in OF_REQUESTS)
    return COVERED + OF_REQUESTS if is_request else COVERED


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def check_uses(session: Session, since: datetime | None = None) -> UsesCheck:
    """Compare the ledger of the session's tenant with the lines of its audit: all of it, or the batches that
    were closed ``since``. Of a tenant that was deleted nothing is kept but the lines."""
    if session.scalar(_of(ERASED)):
        return UsesCheck(0, session.scalar(_of(EVENT)) or 0)
    seen, aged_out, after, aged = 0, 0, 0, _aged_until(session)
    while lines := _lines(session, after, since):
        kept = _kept(session, [line.subject_id for line in lines], since)
        for line in lines:
            found = kept.get(line.subject_id, _NONE)
            if not found.count and line.details["count"] and aged is not None and line.at < aged:
                aged_out += 1
            elif line.details["digest"] != (found.digest or digest(_tenant(session), line.subject_id, ())):
                return UsesCheck(seen, aged_out, line.subject_id, line.seq)
            seen += found.since
        after = lines[-1].seq
    in_all = session.scalar(_since(select(func.count(Use.position)), since)) or 0
    return UsesCheck(in_all, aged_out, _without_line(session, since) if in_all != seen else None)


def _tenant(session: Session) -> UUID:
    tenant_id: UUID = session.info["tenant_id"]
    return tenant_id


def _since(query: Select[Any], since: datetime | None) -> Select[Any]:
    return query if since is None else query.where(Use.at >= since)


def _of(event: str) -> Select[Any]:
    """How many lines there are of an event."""
    return select(func.count(AuditEvent.seq)).where(AuditEvent.event == event)


def _aged_until(session: Session) -> datetime | None:
    """Batches that were closed before may be gone."""
    newest = select(AuditEvent.details).where(AuditEvent.event == AGED_OUT).order_by(AuditEvent.seq.desc())
    details = session.scalars(newest.limit(1)).first()
    return datetime.fromisoformat(details["closed_before"]) if details else None


def _lines(session: Session, after: int, since: datetime | None) -> Sequence[Any]:
    columns = AuditEvent.seq, AuditEvent.at, AuditEvent.subject_id, AuditEvent.details
    closing = select(*columns).where(AuditEvent.event == EVENT, AuditEvent.seq > after)
    if since is not None:
        closing = closing.where(AuditEvent.at >= since - NEARLY)
    return session.execute(closing.order_by(AuditEvent.seq).limit(AT_ONCE)).all()


def _kept(session: Session, batch_ids: Sequence[UUID], since: datetime | None) -> dict[UUID, _Kept]:
    """What is kept of these batches; read as a stream, so that one batch at a time is held."""
    columns = [getattr(Use, name) for name in ("batch_id", *COVERED, *OF_REQUESTS)]
    wanted = select(*columns).where(Use.batch_id.in_(batch_ids)).order_by(Use.batch_id, Use.position)
    found: Iterable[Any] = session.execute(wanted, execution_options={"yield_per": 500}).mappings()
    kept = {}
    for batch_id, stream in groupby(found, key=lambda row: row["batch_id"]):
        rows = list(stream)
        younger = sum(since is None or row["at"] >= since for row in rows)
        kept[batch_id] = _Kept(len(rows), younger, digest(_tenant(session), batch_id, rows))
    return kept


def _without_line(session: Session, since: datetime | None) -> UUID | None:
    """A batch that no line closes, of those whose line would still stand here."""
    closing = select(AuditEvent.seq).where(AuditEvent.subject_id == Use.batch_id, AuditEvent.event == EVENT)
    strange = _since(select(Use.batch_id).where(~closing.exists()).order_by(Use.at.desc()), since)
    closed_until = session.scalar(select(func.max(AuditSegment.last_at)))
    if closed_until is not None:
        strange = strange.where(Use.at > closed_until + NEARLY)
    return session.scalars(strange.limit(1)).first()


def age_out(work: Work, before: datetime) -> None:
    """Delete the batches that were closed before, and say so in the audit."""
    late = select(AuditEvent.seq).where(
        AuditEvent.subject_id == Use.batch_id, AuditEvent.event == EVENT, AuditEvent.at >= before
    )
    old = select(Use.batch_id).where(Use.at < before, ~late.exists()).distinct().limit(AT_ONCE)
    is_told = False
    while batch_ids := _found(work, old):
        for begin in range(0, len(batch_ids), GO_AT_ONCE):
            some = batch_ids[begin : begin + GO_AT_ONCE]
            with work.write() as session:
                session.execute(delete(Use).where(Use.batch_id.in_(some)))
                if not is_told:  # with the first that goes: after a crash the others are old all the same
                    record(session, work, AGED_OUT, closed_before=before.isoformat())
                    is_told = True


def _found(work: Work, batches: Select[UUID]) -> list[UUID]:
    with work.read() as session:
        return list(session.scalars(batches))
