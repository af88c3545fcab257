"""Entering by a key: the row that the key names is read, or remembered for a generation of its tenant.

So a key that was revoked, has ended or lost an account is refused from the very next request on.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, bindparam, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from portal import clock
from portal.errors import PortalError
from portal.people.tokens import digest
from portal.programs import key_texts
from portal.secret import Secret
from portal.store.generations import STAMP, Generations, Remembered
from portal.store.hot import HotRead
from portal.store.tables import ProgramKey, ProgramKeyAccount, Tenant
from portal.store.work import NOBODY, Store, Work

log = structlog.get_logger("almoner.programs")

STAMPED_EVERY = timedelta(minutes=1)
KEYS_KEPT = 10_000


class Why(StrEnum):
    """Why a key does not open. The last four are told to whoever holds the right secret only."""

    MISSING = "missing"
    MISTYPED = "mistyped"
    UNKNOWN = "unknown"
    ENDED = "ended"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    ELSEWHERE = "elsewhere"


class KeyRefused(PortalError):
    """A program may not enter. ``at``: when the key ended or was revoked."""

    def __init__(self, why: Why, at: datetime | None = None) -> None:
        super().__init__(f"program key {why}")
        self.why = why
        self.at = at


@dataclass(slots=True)
class ProgramInUse:
    """The program of a request: its key, and what the key may do on which ALM accounts.

    ``paths``: the patterns of Jira's paths it may call. ``stamped_at``: when it was last used, as far as
    this process knows: the same object enters again while its key is remembered.
    """

    tenant_id: UUID
    key_id: UUID
    account_ids: frozenset[UUID]
    operations: frozenset[str]
    paths: tuple[str, ...]
    stamped_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Key:
    """A key's row, and its tenant's."""

    token_hash: bytes
    ends_at: datetime
    revoked_at: datetime | None
    is_closed: bool
    networks: tuple[str, ...]
    program: ProgramInUse


def _statement(tenant: ColumnElement[UUID]) -> Any:
    of_key = (ProgramKeyAccount.tenant_id == tenant) & (ProgramKeyAccount.key_id == ProgramKey.id)
    columns = (
        ProgramKey.token_hash,
        ProgramKey.ends_at,
        ProgramKey.revoked_at,
        Tenant.is_closed.label("is_closed"),
        ProgramKey.networks,
        ProgramKey.operations,
        ProgramKey.paths,
        ProgramKey.last_used_at,
        ProgramKeyAccount.account_id,
    )
    found: Any = (
        select(*columns)
        .join(Tenant, Tenant.id == ProgramKey.tenant_id)
        .outerjoin(ProgramKeyAccount, of_key)
        .where(ProgramKey.tenant_id == tenant, ProgramKey.id == bindparam("key", type_=ProgramKey.id.type))
    )
    return found


_READ = HotRead(_statement)


class Doorkeeper:
    """Who lets programs in; remembers keys of ``store``."""

    def __init__(self, store: Store, generations: Generations) -> None:
        self._store = store
        self._keys: Remembered[_Key | None] = Remembered(generations, KEYS_KEPT)

    def enter(self, key: Secret, address: str) -> ProgramInUse:
        """The program whose key this is, asking from this IP address. Raises :class:`KeyRefused`.

        An unknown tenant, an unknown key and a wrong secret are one refusal.
        """
        named = key_texts.read(key)
        if named is None:
            raise KeyRefused(Why.MISTYPED)
        row = self._keys.get(named.tenant_id, named.key_id, lambda: self._read(named.tenant_id, named.key_id))
        if row is None or not hmac.compare_digest(row.token_hash, digest(key)):
            raise KeyRefused(Why.UNKNOWN)
        _refuse_over(row)
        if row.networks and not _is_within(row.networks, address):
            raise KeyRefused(Why.ELSEWHERE)
        return row.program

    def _read(self, tenant_id: UUID, key_id: UUID) -> _Key | None:
        rows = _READ.rows(self._store.hot, tenant_id, key=key_id)
        if not rows:
            return None
        token_hash, ends_at, revoked_at, is_closed, networks, operations, paths, stamped_at, _ = rows[0]
        accounts = frozenset(row[-1] for row in rows if row[-1])
        program = ProgramInUse(tenant_id, key_id, accounts, frozenset(operations), tuple(paths), stamped_at)
        return _Key(token_hash, ends_at, revoked_at, bool(is_closed), tuple(networks), program)


def _refuse_over(row: _Key) -> None:
    if row.is_closed:
        raise KeyRefused(Why.SUSPENDED)
    if row.revoked_at is not None:
        raise KeyRefused(Why.REVOKED, row.revoked_at)
    if row.ends_at <= clock.now():
        raise KeyRefused(Why.ENDED, row.ends_at)


@lru_cache(maxsize=1024)
def _networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)


def _is_within(networks: tuple[str, ...], address: str) -> bool:
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(asked, "ipv4_mapped", None) or asked
    return any(mapped in network for network in _networks(networks))


def stamp(work: Work, program: ProgramInUse) -> None:
    """Note that the key was used, once a minute at most. What is used through the ledger is noted there.

    Of many at once one does it; a database that is busy is no reason to refuse a program.
    """
    now = clock.now()
    before = now - STAMPED_EVERY
    if program.stamped_at is not None and program.stamped_at > before:
        return
    stale = or_(ProgramKey.last_used_at.is_(None), ProgramKey.last_used_at <= before)
    used = update(ProgramKey).where(ProgramKey.id == program.key_id, stale).values(last_used_at=now)
    try:
        with Work(work.store, program.tenant_id, NOBODY).write() as session:
            session.execute(used.execution_options(**{STAMP: True}))
    except SQLAlchemyError as error:
        log.warning("key_not_stamped", error=type(error).__name__)
    else:
        program.stamped_at = now
