"""From SQLite to PostgreSQL: every row of every table, in one transaction, kept only if nothing differs.

Rows are compared by number and digest, table by table. A digest is the sum of the hashes of the rows, so that
the order in which a database gives them makes no difference.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, Table, make_url, select, text
from sqlalchemy.exc import DatabaseError

from portal.config import Settings
from portal.errors import Refused
from portal.store import backups, schema
from portal.store.base import Base
from portal.store.engine import make_engine
from portal.store.tables import PORTAL_WIDE, RootCanary, Tenant
from portal.store.vault import Vault, check_ring

AT_ONCE = 500  # rows
SQLITE = b"SQLite format 3\0"  # how such a file begins (sqlite.org, Database File Format, section 1.3)


@dataclass(frozen=True)
class Sum:
    """How many rows a table has, and their digest."""

    rows: int
    digest: str


def copy(settings: Settings, vault: Vault, file: Path) -> dict[str, Sum]:
    """Bring the SQLite database in ``file`` to the PostgreSQL database of the settings, which holds nothing.

    Raises :class:`Refused`, and leaves the target as empty as it was; :class:`StartRefused` where the root
    keys do not open what is in the file.
    """
    with file.open("rb") as opened:
        if opened.read(len(SQLITE)) != SQLITE:
            raise Refused(f"{file} is no SQLite database.")
    _check_target(settings)
    source = make_engine(f"sqlite:///{file.absolute()}")
    target = make_engine(settings.owner_database)
    try:
        with source.execution_options(writes=False).connect() as reads, target.begin() as writes:
            _check_source(reads, vault, file)
            _refuse_filled(writes, settings)
            return {table.name: _copy_table(reads, writes, table) for table in Base.metadata.sorted_tables}
    finally:
        source.dispose()
        target.dispose()


def sum_of(connection: Connection, table: Table) -> Sum:
    """Number and digest of the rows this connection sees."""
    count = total = 0
    for rows in _batches(connection, select(table)):
        count += len(rows)
        total += sum(_hash(row) for row in rows)
    return Sum(count, f"{total % 2**256:064x}")


def _check_target(settings: Settings) -> None:
    if make_url(settings.database).get_backend_name() != "postgresql":
        raise Refused("ALMONER_DATABASE_URL names no PostgreSQL database. Set it, and the owner's, first.")
    engine = make_engine(settings.owner_database)
    try:
        is_new = schema.is_empty(engine)
    finally:
        engine.dispose()
    if is_new:
        schema.migrate(settings.owner_database, settings.database)


def _refuse_filled(target: Connection, settings: Settings) -> None:
    filled = [name for name, count in backups.counts(target).items() if count]
    if filled:
        name = backups.database_name(settings)
        raise Refused(f"The database {name} holds rows of {', '.join(filled)}. Name an empty one.")


def _check_source(source: Connection, vault: Vault, file: Path) -> None:
    revision = schema.current_revision(source)
    if revision != schema.head():
        raise Refused(f"{file} is at version {revision} of the tables. Run on it first: almoner migrate")
    canaries = source.execute(select(RootCanary.root_key_id, RootCanary.sealed))
    check_ring(vault.ring, {row.root_key_id: row.sealed for row in canaries})


def _copy_table(source: Connection, target: Connection, table: Table) -> Sum:
    """Copy it and compare; a tenant's rows are written with that tenant set, as its wall demands."""
    try:
        if table.name in PORTAL_WIDE:
            _copy_rows(source, target, table, select(table))
        else:
            for tenant_id in source.scalars(select(Tenant.id)).all():
                own = text("SELECT set_config('app.tenant_id', :id, true)")
                target.execute(own, {"id": str(tenant_id)})
                _copy_rows(source, target, table, select(table).where(table.c.tenant_id == tenant_id))
    except DatabaseError as error:
        raise Refused(
            f"A row of {table.name} does not go into PostgreSQL: {type(error.orig).__name__}."
        ) from None
    here, there = sum_of(source, table), sum_of(target, table)
    if here != there:
        raise Refused(
            f"The rows of {table.name} are not the same in both databases ({here.rows}, {there.rows})."
        )
    return there


def _copy_rows(source: Connection, target: Connection, table: Table, wanted: Select[Any]) -> None:
    for rows in _batches(source, wanted):
        target.execute(table.insert(), rows)


def _batches(connection: Connection, wanted: Select[Any]) -> Iterator[list[dict[str, Any]]]:
    found = connection.execute(wanted, execution_options={"yield_per": AT_ONCE})
    for rows in found.mappings().partitions(AT_ONCE):
        yield [dict(row) for row in rows]


def _hash(row: dict[str, Any]) -> int:
    said = json.dumps(row, default=_plain, sort_keys=True, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(said.encode()).digest())


def _plain(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"a {type(value).__name__} has no digest")
