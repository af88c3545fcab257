"""Tenants' data keys, and the two functions through which every secret goes in and out of a row.

put_secret(session, row, "private_key", Secret(...))
get_secret(session, row, "private_key") -> Secret
"""

import os
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from portal import clock
from portal.errors import SecretUnreadable, StartRefused
from portal.secret import Secret
from portal.store import sealing
from portal.store.base import TenantOwned
from portal.store.ring import KEY_BYTES, RootRing, key_id
from portal.store.tables import RootCanary, TenantKey

CANARY = b"almoner"


class Vault:
    """The root ring and the data keys it has unwrapped for this process."""

    def __init__(self, ring: RootRing) -> None:
        self._ring = ring
        self._unwrap = lru_cache(maxsize=4096)(self._unwrap_once)

    def add_tenant_key(self, session: Session, tenant_id: UUID) -> None:
        """Make and wrap the data key of a new tenant. The session must be that tenant's."""
        key = os.urandom(KEY_BYTES)
        identifier = key_id(key)
        where = sealing.place(tenant_id, "tenant_keys", identifier, "wrapped")
        root = self._ring.active_id
        wrapped = sealing.seal(self._ring.key(root), root, where, key)
        row = TenantKey(
            tenant_id=tenant_id, key_id=identifier, root_key_id=root, wrapped=wrapped, created_at=clock.now()
        )
        session.add(row)

    def newest_key(self, session: Session) -> tuple[str, bytes]:
        """Id and data key that seal for the session's tenant now."""
        row = session.scalars(select(TenantKey).order_by(TenantKey.created_at.desc()).limit(1)).first()
        if row is None:
            raise SecretUnreadable
        return row.key_id, self._unwrap(row.tenant_id, row.key_id, row.wrapped)

    def key(self, session: Session, tenant_id: UUID, identifier: str) -> bytes:
        """The tenant's data key with this id."""
        row = session.get(TenantKey, (tenant_id, identifier))
        if row is None:
            raise SecretUnreadable
        return self._unwrap(row.tenant_id, row.key_id, row.wrapped)

    def root_key(self, identifier: str = "") -> tuple[str, bytes]:
        """Id and key for what belongs to no tenant: the root key named, or the active one."""
        identifier = identifier or self._ring.active_id
        if identifier not in self._ring:
            raise SecretUnreadable
        return identifier, self._ring.key(identifier)

    def _unwrap_once(self, tenant_id: UUID, identifier: str, wrapped: bytes) -> bytes:
        root = sealing.key_id_of(wrapped)
        if root not in self._ring:
            raise SecretUnreadable
        where = sealing.place(tenant_id, "tenant_keys", identifier, "wrapped")
        return sealing.unseal(self._ring.key(root), where, wrapped)

    def derive(self, purpose: str) -> list[bytes]:
        """One key per root key for another purpose, the newest first; tells nothing about the root keys."""
        return [
            HKDF(SHA256(), length=KEY_BYTES, salt=None, info=b"almoner " + purpose.encode()).derive(key)
            for key in self._ring.all()
        ]

    def leave_canary(self, session: Session) -> None:
        """Note that the active root key is in use, so that a wrong ring is noticed at the next start."""
        root = self._ring.active_id
        if session.get(RootCanary, root) is None:
            sealed = sealing.seal(self._ring.key(root), root, _canary_place(root), CANARY)
            session.add(RootCanary(root_key_id=root, sealed=sealed))

    def check_canaries(self, session: Session) -> None:
        """Refuse to start when a root key that sealed something is missing or another one."""
        for row in session.scalars(select(RootCanary)):
            if row.root_key_id not in self._ring:
                raise StartRefused(
                    f"The root key {row.root_key_id} is not in the ring, and this database was sealed with "
                    "it. Put back the root key file that belongs to this database."
                )
            try:
                sealing.unseal(self._ring.key(row.root_key_id), _canary_place(row.root_key_id), row.sealed)
            except SecretUnreadable:
                raise StartRefused(
                    f"The root key {row.root_key_id} does not open this database. Put back the right file."
                ) from None


def _canary_place(root_key_id: str) -> bytes:
    return sealing.place(None, "root_canaries", root_key_id, "sealed")


def _place_of(row: Any, column: str) -> bytes:
    state = inspect(row)
    keys = [getattr(row, name.key) for name in state.mapper.primary_key if name.key != "tenant_id"]
    tenant_id = row.tenant_id if isinstance(row, TenantOwned) else None
    return sealing.place(tenant_id, state.mapper.local_table.name, "/".join(map(str, keys)), column)


def put_secret(session: Session, row: Any, column: str, secret: Secret) -> None:
    """Seal ``secret`` into ``row.column``, by the tenant's data key, or the root key where the row is no
    tenant's. The row needs its tenant and id first."""
    vault: Vault = session.info["vault"]
    identifier, key = vault.newest_key(session) if isinstance(row, TenantOwned) else vault.root_key()
    plain = secret.reveal().encode()
    setattr(row, column, sealing.seal(key, identifier, _place_of(row, column), plain))


def get_secret(session: Session, row: Any, column: str) -> Secret:
    """Open ``row.column``; raises :class:`SecretUnreadable`, also where nothing is stored."""
    envelope = getattr(row, column)
    if envelope is None:
        raise SecretUnreadable
    vault: Vault = session.info["vault"]
    identifier = sealing.key_id_of(envelope)
    is_tenants = isinstance(row, TenantOwned)
    key = vault.key(session, row.tenant_id, identifier) if is_tenants else vault.root_key(identifier)[1]
    return Secret(sealing.unseal(key, _place_of(row, column), envelope).decode())
