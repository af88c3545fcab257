"""The file of a closed part of a chain: its lines as JSON, one object on a line, compressed.

Everything the hash of a line covers is there, so that the file proves itself.
"""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.log import chain_of
from portal.errors import Refused
from portal.store.disk import sync_folder
from portal.store.tables import AuditEvent, PortalAuditEvent

Line = AuditEvent | PortalAuditEvent
# The columns of a line, as they stand in a file; what is bytes, in hexadecimal digits.
COLUMNS = (
    "seq", "at", "actor_kind", "actor_id", "event", "outcome", "account_id", "subject_id", "request_id",
    "details", "previous_hash", "hash",
)  # fmt: skip


def write(path: Path, rows: Iterable[Line]) -> Line:
    """Write the lines, each an object of JSON, so that they survive a power cut; the last of them.

    Raises ``OSError``, and :class:`Refused` where there are none.
    """
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    last: Line | None = None
    try:
        with os.fdopen(descriptor, "wb") as file:
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                for last in rows:
                    packed.write(f"{json.dumps(_facts(last), sort_keys=True)}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    if last is None:
        raise Refused("There are no lines to close.")
    sync_folder(path.parent)
    return last


def _facts(row: Line) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in COLUMNS}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def read(session: Session, path: Path) -> Iterator[Line]:
    """The lines of a file, as rows of no database. Raises ``ValueError`` or ``KeyError`` for what is none."""
    table, tenant_id = chain_of(session), session.info["tenant_id"]
    of_tenant = {"tenant_id": tenant_id} if tenant_id else {}
    with gzip.open(path, "rt", encoding="utf-8") as packed:
        for line in packed:
            facts = json.loads(line)
            for name in ("actor_id", "account_id", "subject_id"):
                facts[name] = UUID(facts[name]) if facts[name] else None
            for name in ("previous_hash", "hash"):
                facts[name] = bytes.fromhex(facts[name])
            facts["at"] = datetime.fromisoformat(facts["at"])
            yield table(**of_tenant, **facts)
