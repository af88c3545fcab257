"""Tenants' data keys, and the two functions through which every secret goes in and out of a row.

put_secret(session, row, "private_key", Secret(...))
get_secret(session, row, "private_key") -> Secret
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
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

log = structlog.get_logger("almoner.vault")

CANARY = b"almoner"
LOOK_AGAIN_AFTER = 1.0  # seconds


class Vault:
    """The root ring, read again when another process changed it, and the data keys unwrapped so far.

    ``read_again`` reads the ring anew; without it the ring stays as it is. Which key seals is told between
    processes by the canaries: a promoted key gets a new one, and a retired key's goes.
    """

    def __init__(self, ring: RootRing, read_again: Callable[[], RootRing] | None = None) -> None:
        self._ring = ring
        self._read_again = read_again
        self._canaries: dict[str, bytes] | None = None  # as they were when the ring was last read
        self._did_not_fit: dict[str, bytes] | None = None  # those for which no ring was to be had so far
        self._reading, self._looked_at = threading.Lock(), 0.0
        self._unwrap = lru_cache(maxsize=4096)(self._unwrap_once)
        self._derive = lru_cache(maxsize=64)(_derived)

    @property
    def ring(self) -> RootRing:
        """The keys as this process knows them."""
        return self._ring

    def add_tenant_key(self, session: Session, tenant_id: UUID) -> None:
        """Make and wrap the data key of a new tenant. The session must be that tenant's."""
        key = os.urandom(KEY_BYTES)
        identifier = key_id(key)
        where = sealing.place(tenant_id, "tenant_keys", identifier, "wrapped")
        root, root_key = self.sealing_key(session)
        wrapped = sealing.seal(root_key, root, where, key)
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

    def unwrapped(self, tenant_id: UUID, identifier: str, wrapped: bytes) -> bytes:
        """A tenant's data key from what its row holds."""
        return self._unwrap(tenant_id, identifier, wrapped)

    def key(self, session: Session, tenant_id: UUID, identifier: str) -> bytes:
        """The tenant's data key with this id."""
        row = session.get(TenantKey, (tenant_id, identifier))
        if row is None:
            raise SecretUnreadable
        return self._unwrap(row.tenant_id, row.key_id, row.wrapped)

    def root_key(self, identifier: str) -> bytes:
        """The root key that sealed something; one that is not known is looked for in the ring of today."""
        if identifier not in self._ring:
            self._read_ring(lambda ring: identifier in ring)
        if identifier not in self._ring:
            raise SecretUnreadable
        return self._ring.key(identifier)

    def sealing_key(self, session: Session) -> tuple[str, bytes]:
        """Id and root key that seal now; until the transaction ends it is not retired.

        Raises :class:`SecretUnreadable` where the first key of this process's ring is none that the database
        knows: its ring is older than a retirement, and what it sealed nobody else could open.
        """
        known = self.keep_up(session)
        root = self._ring.active_id
        if root not in known:
            log.error("root_key_not_in_use", root_key_id=root)
            raise SecretUnreadable
        return root, self._ring.key(root)

    def keep_up(self, session: Session) -> dict[str, bytes]:
        """As :meth:`follow`, inside a transaction; the canaries as :meth:`canaries` finds them."""
        found = self.canaries(session)
        self.follow(found)
        return found

    def canaries(self, session: Session) -> dict[str, bytes]:
        """The canaries by their keys' ids.

        In a session that writes they are held: whoever retires a key waits until it ends.
        """
        rows = select(RootCanary.root_key_id, RootCanary.sealed)
        if session.info.get("writes", True):
            rows = rows.with_for_update(read=True)
        return {row.root_key_id: row.sealed for row in session.execute(rows)}

    def follow(self, found: dict[str, bytes]) -> None:
        """Read the ring again if another process changed which key seals, as its canaries tell.

        Best with no transaction open: a command that prints the ring may take long.
        """
        if found != self._canaries:
            self._read_ring(lambda ring: _opens_all(ring, found), found)

    def _unwrap_once(self, tenant_id: UUID, identifier: str, wrapped: bytes) -> bytes:
        where = sealing.place(tenant_id, "tenant_keys", identifier, "wrapped")
        return sealing.unseal(self.root_key(sealing.key_id_of(wrapped)), where, wrapped)

    def _read_ring(self, fits: Callable[[RootRing], bool], told: dict[str, bytes] | None = None) -> None:
        """Take the ring of today if it fits. At once where canaries tell of it for the first time; else a
        second after the last look at least, since nobody knows whether there is another."""
        with self._reading:
            is_news = told is not None and told != self._did_not_fit
            is_done = told is not None and told == self._canaries  # while this thread waited
            if is_done or not (is_news or time.monotonic() - self._looked_at > LOOK_AGAIN_AFTER):
                return
            ring = self._ring_of_today()
            self._looked_at = time.monotonic()
            if ring is None or not fits(ring):
                self._did_not_fit = told or self._did_not_fit
                return
            if ring.ids != self._ring.ids:
                log.info("root_ring_read_again", active=ring.active_id, keys=len(ring.ids))
            self._ring, self._canaries = ring, told or self._canaries

    def _ring_of_today(self) -> RootRing | None:
        if self._read_again is None:
            return None
        try:
            return self._read_again()
        except StartRefused as refused:
            log.error("root_ring_not_read", why=str(refused))
            return None

    def derive(self, purpose: str) -> list[bytes]:
        """One key per root key for another purpose, the newest first; tells nothing about the root keys."""
        return list(self._derive(purpose, tuple(self._ring.all())))

    def leave_canary(self, session: Session) -> None:
        """Note in a new database that the active root key is in use, so that a wrong ring is noticed at the
        next start. Later only :meth:`renew_canary` does: an old ring must not bring a key back."""
        if session.scalars(select(RootCanary.root_key_id).limit(1)).first() is None:
            self.renew_canary(session, self._ring.active_id)

    def renew_canary(self, session: Session, root: str) -> None:
        """Leave a new canary of a root key: every process reads its ring again when it meets it."""
        sealed = sealing.seal(self._ring.key(root), root, _canary_place(root), CANARY)
        session.merge(RootCanary(root_key_id=root, sealed=sealed))

    def check_canaries(self, session: Session) -> None:
        """Refuse to start when a root key that sealed something is missing or another one.

        For a ring that was read just now: it is not read again before the canaries change.
        """
        found = self.canaries(session)
        check_ring(self._ring, found)
        self._canaries = found


def check_ring(ring: RootRing, canaries: Mapping[str, bytes]) -> None:
    """Raise :class:`StartRefused` unless the ring opens each of these canaries, by their keys' ids."""
    for root, sealed in canaries.items():
        if root not in ring:
            raise StartRefused(
                f"The root key {root} is not in the ring, and this database was sealed with "
                "it. Put back the root key file that belongs to this database."
            )
        try:
            sealing.unseal(ring.key(root), _canary_place(root), sealed)
        except SecretUnreadable:
            raise StartRefused(
                f"The root key {root} does not open this database. Put back the right file."
            ) from None


def _opens_all(ring: RootRing, canaries: Mapping[str, bytes]) -> bool:
    try:
        check_ring(ring, canaries)
    except StartRefused as refused:
        log.error("root_ring_does_not_fit", why=str(refused))
        return False
    return True


def _derived(purpose: str, keys: tuple[bytes, ...]) -> list[bytes]:
    info = b"almoner " + purpose.encode()
    return [HKDF(SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key) for key in keys]


def _canary_place(root_key_id: str) -> bytes:
    return sealing.place(None, "root_canaries", root_key_id, "sealed")


def place_of(row: Any, column: str) -> bytes:
    """Where a sealed column of a row belongs; the row needs its tenant and id."""
    state = inspect(row)
    keys = [getattr(row, name.key) for name in state.mapper.primary_key if name.key != "tenant_id"]
    tenant_id = row.tenant_id if isinstance(row, TenantOwned) else None
    return sealing.place(tenant_id, state.mapper.local_table.name, "/".join(map(str, keys)), column)


def put_secret(session: Session, row: Any, column: str, secret: Secret) -> None:
    """Seal ``secret`` into ``row.column``, by the tenant's data key, or the root key where the row is no
    tenant's. The row needs its tenant and id first."""
    vault: Vault = session.info["vault"]
    is_tenants = isinstance(row, TenantOwned)
    identifier, key = vault.newest_key(session) if is_tenants else vault.sealing_key(session)
    plain = secret.reveal().encode()
    setattr(row, column, sealing.seal(key, identifier, place_of(row, column), plain))


def get_secret(session: Session, row: Any, column: str) -> Secret:
    """Open ``row.column``; raises :class:`SecretUnreadable`, also where nothing is stored."""
    envelope = getattr(row, column)
    if envelope is None:
        raise SecretUnreadable
    vault: Vault = session.info["vault"]
    identifier = sealing.key_id_of(envelope)
    is_tenants = isinstance(row, TenantOwned)
    key = vault.key(session, row.tenant_id, identifier) if is_tenants else vault.root_key(identifier)
    return Secret(sealing.unseal(key, place_of(row, column), envelope).decode())
