"""Sealing again, by the root key that seals now, what older root keys sealed: tenants' data keys, and the
values of rows that belong to no tenant.

Each few rows are a transaction of their own, and what is left to do is seen in the rows alone: whoever was
stopped begins again where it stopped, and others go on reading and writing meanwhile.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.store import sealing
from portal.store.base import Base, Sealed
from portal.store.tables import PORTAL_WIDE, RootCanary, Tenant, TenantKey
from portal.store.vault import Vault, place_of
from portal.store.work import Work

AT_ONCE = 50  # rows of a transaction: others who want to write them wait for it
KEY_ID_AT, KEY_ID_BYTES = 2, 8  # where an envelope names its key, as SQL counts (portal.store.sealing)


def sealed_columns() -> list[tuple[type[Any], str]]:
    """Every column that is sealed by a root key itself: of tables of no tenant, canaries aside."""
    return [
        (mapper.class_, column.key)
        for mapper in Base.registry.mappers
        if mapper.local_table.name in PORTAL_WIDE and mapper.class_ is not RootCanary  # type: ignore[attr-defined]
        for column in mapper.columns
        if isinstance(column.type, Sealed)
    ]


def count(work: Work) -> Counter[str]:
    """How many values each root key has sealed, by its id."""
    found: Counter[str] = Counter()
    for place, table, column in _places(work):
        sealed = getattr(table, column)
        named = func.substr(sealed, KEY_ID_AT, KEY_ID_BYTES)
        with place.read() as session:
            by_key = select(named, func.count()).select_from(table).where(sealed.is_not(None)).group_by(named)
            for identifier, rows in session.execute(by_key):
                found[bytes(identifier).hex()] += rows
    return found


def rewrap(work: Work) -> int:
    """Seal again whatever the active root key has not sealed; how many values that were."""
    return sum(_rewrap_all(place, table, column) for place, table, column in _places(work))


def _places(work: Work) -> Iterator[tuple[Work, type[Any], str]]:
    portal = work.within(None)
    for table, column in sealed_columns():
        yield portal, table, column
    with portal.read() as session:
        tenants: list[UUID] = list(session.scalars(select(Tenant.id)))
    for tenant_id in tenants:
        yield work.within(tenant_id), TenantKey, "wrapped"


def _rewrap_all(work: Work, table: type[Any], column: str) -> int:
    done = 0
    while some := _rewrap_some(work, table, column):
        done += some
    return done


def _rewrap_some(work: Work, table: type[Any], column: str) -> int:
    with work.write() as session:
        vault: Vault = session.info["vault"]
        active, key = vault.sealing_key(session)
        rows = session.scalars(_older(table, getattr(table, column), active)).all()
        for row in rows:
            _seal_again(session, row, column, active, key)
    return len(rows)


def _older(table: type[Any], sealed: InstrumentedAttribute[Any], active: str) -> Select[Any]:
    other = func.substr(sealed, KEY_ID_AT, KEY_ID_BYTES) != bytes.fromhex(active)
    return select(table).where(sealed.is_not(None), other).limit(AT_ONCE).with_for_update()


def _seal_again(session: Session, row: Any, column: str, active: str, key: bytes) -> None:
    vault: Vault = session.info["vault"]
    envelope, where = getattr(row, column), place_of(row, column)
    plain = sealing.unseal(vault.root_key(sealing.key_id_of(envelope)), where, envelope)
    setattr(row, column, sealing.seal(key, active, where, plain))
    if isinstance(row, TenantKey):
        row.root_key_id = active
