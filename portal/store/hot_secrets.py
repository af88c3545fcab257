"""Opening sealed columns of rows that were read by :mod:`portal.store.hot`."""

from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select

from portal.errors import SecretUnreadable
from portal.secret import Secret
from portal.store import sealing
from portal.store.hot import HotRead
from portal.store.tables import TenantKey
from portal.store.work import Store

KEPT_KEYS = 16_384


def _key(tenant: ColumnElement[UUID]) -> Select[bytes]:
    return select(TenantKey.wrapped).where(
        TenantKey.tenant_id == tenant, TenantKey.key_id == bindparam("key")
    )


_KEY = HotRead(_key)


class HotSecrets:
    """Opens what is sealed by tenants' data keys, which are remembered: a data key never changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._data_key = lru_cache(maxsize=KEPT_KEYS)(self._data_key_once)

    def open(self, tenant_id: UUID, table: str, row_id: UUID, column: str, envelope: bytes | None) -> Secret:
        """What a column of a row with this id holds. Raises :class:`SecretUnreadable`, also for nothing."""
        if envelope is None:
            raise SecretUnreadable
        key = self._data_key(tenant_id, sealing.key_id_of(envelope))
        where = sealing.place(tenant_id, table, str(row_id), column)
        return Secret(sealing.unseal(key, where, envelope).decode())

    def _data_key_once(self, tenant_id: UUID, identifier: str) -> bytes:
        rows = _KEY.rows(self._store.hot, tenant_id, key=identifier)
        if not rows:
            raise SecretUnreadable
        return self._store.vault.unwrapped(tenant_id, identifier, rows[0][0])
