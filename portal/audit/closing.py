"""Closing the older part of a chain: its lines go to a file, and out of the database; the chain goes on.

What is noted of a part (its numbers, its last hash, the digest of its file) is what the check of the chain
begins from, so that it is as strong as before; with the files at hand it covers them too.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import closed_files
from portal.audit.closed_files import Line
from portal.audit.log import (
    CLOSED,
    START,
    chain_of,
    closed_until,
    first_break,
    lock_head,
    record,
    segments_of,
)
from portal.errors import Refused
from portal.store import triggers
from portal.store.tables import AuditIndex, AuditSegment, PortalAuditSegment
from portal.store.work import Work

READ_AT_ONCE = 500


@dataclass(frozen=True)
class Part:
    """A part of a chain that was closed: its first and last line, and its file's name and SHA-256."""

    first: int
    last: int
    last_at: datetime
    last_hash: bytes
    file: str
    digest: bytes


def close(work: Work, before: datetime, folder: Path) -> Part | None:
    """Close the chain of ``work`` up to the last line before a moment; None where there is none to close.

    ``work`` is of the owner of the tables: nobody else can take a line out. The file is on the disk before
    anything is deleted. Raises :class:`Refused` where the chain is not whole, or the file cannot be written.
    """
    with work.read() as session:
        start, _ = closed_until(session)
        last = _last_before(session, before)
        if last is None or last <= start:
            return None
        part = _write_file(session, last, folder)
    with work.write() as session:
        head = lock_head(session, work.tenant_id)
        if head[0] < last or closed_until(session)[0] != start:
            raise Refused("Somebody else is closing parts of the audit. Run this again.")
        session.add(_segment(work, part))
        _take_out(session, part.last)
        seal = f"SHA256:{part.digest.hex()}"
        record(session, work, CLOSED, first=part.first, last=part.last, digest=seal)
    return part


def parts_of(session: Session) -> Sequence[AuditSegment | PortalAuditSegment]:
    """The closed parts of the session's chain, oldest first."""
    table: Any = segments_of(session)
    found: Sequence[AuditSegment | PortalAuditSegment] = session.scalars(
        select(table).order_by(table.last_seq)
    ).all()
    return found


def check_files(session: Session, folder: Path) -> tuple[int, str | None]:
    """How many closed parts fit, and what is wrong with the first file that does not (None: nothing)."""
    after, count = (0, START), 0
    for part in parts_of(session):
        if why := _why_wrong(session, part, folder / part.file, after):
            return count, f"the file {part.file} (lines {part.first_seq} to {part.last_seq}) {why}"
        after, count = (part.last_seq, part.last_hash), count + 1
    return count, None


def _why_wrong(
    session: Session, part: AuditSegment | PortalAuditSegment, path: Path, after: tuple[int, bytes]
) -> str | None:
    try:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").digest() != part.digest:
                return "was changed"
        broken, ends = None, after
        for row in closed_files.read(session, path):
            broken = broken or first_break([row], ends)
            ends = row.seq, row.hash
    except FileNotFoundError:
        return "is not there"
    except (OSError, EOFError, ValueError, KeyError):
        return "cannot be read"
    if broken is not None:
        return f"does not fit from line {broken} on"
    return None if ends == (part.last_seq, part.last_hash) else "does not end as was noted"


def _last_before(session: Session, before: datetime) -> int | None:
    """The last line such that it and all before it are older."""
    table = chain_of(session)
    newer = session.scalar(select(func.min(table.seq)).where(table.at >= before))
    older = select(func.max(table.seq))
    return session.scalar(older if newer is None else older.where(table.seq < newer))


def _write_file(session: Session, last: int, folder: Path) -> Part:
    after = closed_until(session)
    tenant_id: UUID | None = session.info["tenant_id"]
    name = f"{tenant_id or 'portal'}-{after[0] + 1:09}-{last:09}.jsonl.gz"
    try:
        ends = closed_files.write(folder / name, _checked(_lines(session, last), after))
    except OSError as error:
        raise Refused(f"The lines cannot be written to {folder}: {error.strerror}.") from None
    with (folder / name).open("rb") as file:
        seal = hashlib.file_digest(file, "sha256").digest()
    return Part(after[0] + 1, last, ends.at, ends.hash, name, seal)


def _checked(rows: Iterator[Line], after: tuple[int, bytes]) -> Iterator[Line]:
    """The same lines; raises :class:`Refused` at the first that does not fit."""
    for row in rows:
        if (broken := first_break([row], after)) is not None:
            raise Refused(f"The audit does not fit from line {broken} on, so it was not closed.")
        after = row.seq, row.hash
        yield row


def _lines(session: Session, last: int) -> Iterator[Line]:
    table = chain_of(session)
    rows = select(table).where(table.seq <= last).order_by(table.seq)
    found: Iterator[Line] = iter(session.scalars(rows.execution_options(yield_per=READ_AT_ONCE)))
    return found


def _segment(work: Work, part: Part) -> AuditSegment | PortalAuditSegment:
    columns: dict[str, Any] = {
        "first_seq": part.first,
        "last_seq": part.last,
        "last_at": part.last_at,
        "last_hash": part.last_hash,
        "file": part.file,
        "digest": part.digest,
        "closed_at": clock.now(),
    }
    return (
        AuditSegment(tenant_id=work.tenant_id, **columns) if work.tenant_id else PortalAuditSegment(**columns)
    )


def _take_out(session: Session, last: int) -> None:
    """Delete lines up to the last, with the trigger that refuses it away for this transaction alone."""
    table = chain_of(session)
    name = table.__tablename__
    with triggers.without(session, name, f"{name}_no_delete"):
        session.execute(delete(table).where(table.seq <= last))
    tenant_id = session.info["tenant_id"]
    if tenant_id:
        session.execute(delete(AuditIndex).where(AuditIndex.tenant_id == tenant_id, AuditIndex.seq <= last))
