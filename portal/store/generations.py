"""What processes remember of a tenant's rows, and how they know that it is over: generations, not time.

A row of ``generations`` counts, for each tenant, the transactions that changed anything of which a process
may remember rows: keys, accounts, credentials, grants, and what Jira said of a credential. What is remembered
is remembered for a generation, so a change forgets it without anybody telling anybody.

Each process looks at the generations every :data:`LOOK_EVERY` seconds, and trusts what it saw for
:data:`TRUSTED_FOR` seconds from before it looked; where a look is late, it reads the rows. So whoever waits
that long after a commit (:func:`wait_until_seen`) knows that no process of any machine still goes
by the state before it: a revoked key, a replaced secret, a disconnected person is served by nobody.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar
from uuid import UUID
from weakref import WeakSet

import structlog
from sqlalchemy import event, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import ORMExecuteState, Session

from portal.store.hot import FAULTS
from portal.store.tables import (
    AlmAccount,
    CloudSite,
    Credential,
    Generation,
    Grant,
    ProgramKey,
    ProgramKeyAccount,
    SigningKey,
    Tenant,
    TenantKey,
)
from portal.store.upsert import insert_into
from portal.store.work import NOBODY, Store, Work

log = structlog.get_logger("almoner.generations")

LOOK_EVERY = 0.1
TRUSTED_FOR = 0.35
IDLE_AFTER = 10.0  # seconds without a question after which a process looks no more
REMEMBERED = (
    AlmAccount,
    CloudSite,
    Credential,
    Grant,
    ProgramKey,
    ProgramKeyAccount,
    SigningKey,
    Tenant,
    TenantKey,
)
# Execution option of a statement that changes nothing that is remembered, such as when a key was last used.
STAMP = "stamps_only"
_QUEUE = "generations_raised"
# The generations only rise, so a change of any of them changes this.
_TOTAL = str(select(func.sum(Generation.generation), func.count(Generation.tenant_id)))
Row = TypeVar("Row")
_here = threading.local()


def raise_generation(session: Session, tenant_id: UUID | None) -> None:
    """Have everybody forget what they remember of the tenant, when this transaction commits."""
    if tenant_id is not None:
        session.info.setdefault(_QUEUE, set()).add(tenant_id)


@event.listens_for(Session, "after_flush")
def _see_rows(session: Session, context: Any) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, REMEMBERED):
            raise_generation(session, row.id if isinstance(row, Tenant) else row.tenant_id)


@event.listens_for(Session, "do_orm_execute")
def _see_statements(state: ORMExecuteState) -> None:
    changes = state.is_update or state.is_delete
    table = state.bind_mapper.class_ if changes and state.bind_mapper else None
    if table and issubclass(table, REMEMBERED) and not state.execution_options.get(STAMP):
        raise_generation(state.session, state.session.info["tenant_id"])


@event.listens_for(Session, "before_commit")
def _raise_queued(session: Session) -> None:
    """Before the audit, which is written last: nobody who holds a generation waits for another row."""
    if session.in_nested_transaction():
        return
    session.flush()
    for tenant_id in sorted(session.info.pop(_QUEUE, ())):
        first = insert_into(session, Generation).values(tenant_id=tenant_id, generation=1)
        more = {"generation": Generation.generation + 1}
        session.execute(first.on_conflict_do_update(index_elements=["tenant_id"], set_=more))
        _here.raised_at = time.monotonic()


@event.listens_for(Session, "after_commit")
def _note_commit(session: Session) -> None:
    if getattr(_here, "raised_at", None):
        _here.raised_at = time.monotonic()


class Generations:
    """The generations as this process knows them. A thread looks while somebody asks.

    ``by_itself``: whether it does; tests remember nothing, but where several processes serve.
    """

    by_itself = True

    def __init__(self, store: Store) -> None:
        self._work = Work(store, None, NOBODY)
        _known.add(self)
        self.begin_anew()

    def begin_anew(self) -> None:
        """Know nothing, as after a fork."""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._seen: tuple[float, Mapping[int, int]] = (0.0, {})  # by what a tenant's id is as a number
        self._asked_at = 0.0

    def current(self, tenant_id: UUID) -> int | None:
        """The tenant's generation; None where it is not known well enough to go by."""
        if not self.by_itself:
            return None
        now = self._asked_at = time.monotonic()
        looked_at, generations = self._seen
        if now - looked_at > TRUSTED_FOR:
            self._begin_to_look()
            return None
        return generations.get(tenant_id.int)

    def _begin_to_look(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="generations", daemon=True)
                self._thread.start()

    def _look(self) -> None:
        total: Any = None
        while True:
            began = time.monotonic()
            try:
                (now,) = self._work.store.hot.run(_TOTAL, ())
                found = self._seen[1]
                if now != total:
                    total, found = now, self._read()
                self._seen = (began, found)
            except (SQLAlchemyError, *FAULTS) as error:  # until they can be seen again, rows are read
                log.warning("generations_not_seen", error=type(error).__name__)
            time.sleep(LOOK_EVERY)
            with self._lock:
                if time.monotonic() - self._asked_at > IDLE_AFTER:
                    self._thread = None
                    return

    def _read(self) -> dict[int, int]:
        with self._work.read() as session:
            rows = session.execute(select(Generation.tenant_id, Generation.generation))
            return {row.tenant_id.int: row.generation for row in rows}


def wait_until_seen() -> None:
    """Wait until no process goes by the state before what this thread has committed since it was here, or
    began something new (:func:`begin`)."""
    if Generations.by_itself and (raised_at := getattr(_here, "raised_at", None)) is not None:
        time.sleep(max(0.0, raised_at + TRUSTED_FOR - time.monotonic()))
    begin()


def begin() -> None:
    """What this thread changed so far is no matter of what it does next."""
    _here.raised_at = None


class Remembered(Generic[Row]):
    """Rows of tenants as they were read, at most ``size`` of them, each for a generation of its tenant."""

    def __init__(self, generations: Generations, size: int) -> None:
        self._generations, self._size = generations, size
        self._rows: dict[tuple[int, int], tuple[int, Row]] = {}  # by numbers: an id is hashed in Python
        self._lock = threading.Lock()

    def get(self, tenant_id: UUID, which: UUID, read: Callable[[], Row]) -> Row:
        """What is remembered, or what ``read`` finds.

        That nothing is there (None) is not remembered: anybody can ask for it, and would drive out the rest.
        """
        generation = self._generations.current(tenant_id) if self._size else None
        if generation is None:
            return read()
        known_by = tenant_id.int, which.int
        kept = self._rows.get(known_by)
        if kept is not None and kept[0] == generation:
            return kept[1]
        row = read()
        if row is None:
            return row
        with self._lock:
            self._rows[known_by] = (generation, row)
            if len(self._rows) > self._size:  # the one that came first
                del self._rows[next(iter(self._rows))]
        return row


_known: WeakSet[Generations] = WeakSet()


def _forget_all() -> None:
    for one in _known:
        one.begin_anew()


os.register_at_fork(after_in_child=_forget_all)
