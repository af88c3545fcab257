"""``Work``: the only way to a database session.

    with work.read() as session:    deferred, cannot write
    with work.write() as session:   immediate; commits at its end, and nowhere else does anything commit

A ``Work`` is one person (or program, or the operator) at work in one tenant; ``tenant_id`` is None for
what belongs to no tenant. The tenant is a wall in three layers: rows of other tenants are filtered from
every ORM statement, refused when written, and on PostgreSQL hidden by row level security.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ClauseElement, Engine, event
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker, with_loader_criteria

from portal import clock
from portal.store import pipeline, support_wall
from portal.store.base import TenantOwned
from portal.store.hot import HotConnections
from portal.store.in_tenant import TenantMissing, names_tenants
from portal.store.vault import Vault

_open = threading.local()


class TransactionOpen(RuntimeError):
    """Jira was about to be called with a transaction open. Always a bug."""


@dataclass(frozen=True)
class Actor:
    """Who acts. ``kind``: ``person``, ``support`` (one of the staff, looking into tenants), ``operator``,
    ``program`` (``key_id`` names its key) or ``portal`` (nobody signed in)."""

    kind: str
    user_id: UUID | None = None
    sign_in_id: UUID | None = None
    request_id: str | None = None
    key_id: UUID | None = None


SUPPORT = "support"
PIPELINED, BEGUN = "pipelined", "begun"
NOBODY = Actor("portal")
OPERATOR = Actor("operator")


class Store:
    """Engine, vault, and the two kinds of session made from them. One per process.

    ``mail_links``: the portal's address, which links in mail begin with; None where no mail is sent.
    """

    def __init__(self, engine: Engine, vault: Vault, mail_links: str | None = None) -> None:
        self.engine = engine
        self.vault = vault
        self.mail_links = mail_links
        self.is_postgres = engine.dialect.name == "postgresql"
        self.hot = HotConnections(engine)
        self._reads = sessionmaker(
            engine.execution_options(writes=False), autoflush=False, expire_on_commit=False
        )
        self._writes = sessionmaker(engine.execution_options(writes=True), expire_on_commit=False)

    def session(self, tenant_id: UUID | None, *, writes: bool, is_support: bool = False) -> Session:
        """A session that knows its tenant, and whether support is at work. Only ``Work`` calls this."""
        info = {
            "tenant_id": tenant_id,
            "is_support": is_support,
            "vault": self.vault,
            "writes": writes,
            "mail_links": self.mail_links,
        }
        return (self._writes if writes else self._reads)(info=info)


@dataclass(frozen=True)
class Work:
    """Somebody at work in a tenant (or, with ``tenant_id`` None, on portal-wide tables)."""

    store: Store
    tenant_id: UUID | None
    actor: Actor

    def within(self, tenant_id: UUID | None) -> "Work":
        """The same actor in another tenant, or in none."""
        return replace(self, tenant_id=tenant_id)

    @property
    def tenant(self) -> UUID:
        """The tenant; raises :class:`TenantMissing` where there is none."""
        if self.tenant_id is None:
            raise TenantMissing("this needs a tenant")
        return self.tenant_id

    @property
    def user_id(self) -> UUID:
        """The person at work; raises where nobody is signed in."""
        if self.actor.user_id is None:
            raise TenantMissing("this needs a person")
        return self.actor.user_id

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that cannot write; whoever tries meets :class:`~portal.store.reading.WriteInRead`."""
        with _counted(), self._session(writes=False) as session:
            yield session
            _end_reading(session)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits when the block ends without an error."""
        with _counted(), self._session(writes=True) as session, session.begin():
            yield session

    @contextmanager
    def write_pipelined(self) -> Iterator[Session]:
        """As :meth:`write`, in few round trips to the database (:mod:`portal.store.pipeline`).

        Only statements of :mod:`portal.store.prepared` are answered in it.
        """
        with _counted(), self._session(writes=True) as session:
            session.info[PIPELINED] = True
            with session.begin():
                yield session

    def _session(self, *, writes: bool) -> Session:
        return self.store.session(self.tenant_id, writes=writes, is_support=self.actor.kind == SUPPORT)


def now_of(session: Session) -> datetime:
    """The time all processes share: the database's on PostgreSQL, the machine's on SQLite (T52)."""
    if session.get_bind().dialect.name == "postgresql":
        told = session.connection().exec_driver_sql("SELECT clock_timestamp()")
        moment: datetime = told.scalar_one()
        return moment.astimezone(UTC)
    return clock.now()


@contextmanager
def _counted() -> Iterator[None]:
    _open.count = getattr(_open, "count", 0) + 1
    try:
        yield
    finally:
        _open.count -= 1


def refuse_open_transaction(request: object) -> None:
    """Called with every request to Jira before it is sent: a slow Jira must never hold a transaction open."""
    if getattr(_open, "count", 0):
        raise TransactionOpen("a database session is open while Jira is called")


@event.listens_for(Session, "after_begin")
def _set_tenant(session: Session, transaction: Any, connection: Any) -> None:
    session.info[BEGUN] = connection
    if connection.dialect.name != "postgresql":
        return
    if session.info.get(PIPELINED):
        pipeline.begin(connection)
    if not session.info.get("writes", True):
        # Repeatable: what is read in several statements is of one moment, as it is on SQLite.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    if tenant_id := session.info.get("tenant_id"):
        pipeline.execute(connection, "SELECT set_config('app.tenant_id', %s, true)", (str(tenant_id),))
    if session.info.get("is_support"):
        support_wall.enter_role(connection, connection.engine.url.username)


def _end_reading(session: Session) -> None:
    """Nothing was written, so a commit is as good as a rollback, after which the driver would make anew all
    statements that it made ready on this connection."""
    connection = session.info.pop(BEGUN, None)
    if connection is not None and not connection.closed and connection.in_transaction():
        connection.commit()


@event.listens_for(Session, "do_orm_execute")
def _stay_in_tenant(state: ORMExecuteState) -> None:
    if not names_tenants(cast(ClauseElement, state.statement)):
        return
    tenant_id = state.session.info.get("tenant_id")
    if tenant_id is None:
        raise TenantMissing("a tenant's table was asked without a tenant")
    if not state.is_orm_statement:
        raise TenantMissing("a tenant's table is asked by its class, where the tenant can be filtered")
    if state.is_insert:
        raise TenantMissing("rows are added to the session, where their tenant is looked at")
    if state.is_select or state.is_update or state.is_delete:
        only = with_loader_criteria(
            TenantOwned, lambda table: table.tenant_id == tenant_id, include_aliases=True
        )
        state.statement = state.statement.options(only)


@event.listens_for(Session, "before_flush")
def _write_in_tenant(session: Session, context: Any, instances: Any) -> None:
    tenant_id = session.info.get("tenant_id")
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, TenantOwned):
            if row.tenant_id is None and tenant_id is not None:
                row.tenant_id = tenant_id
            if tenant_id is None or row.tenant_id != tenant_id:
                raise TenantMissing("a row of another tenant was about to be written")
