"""The use ledger of a process: who used which credential, when, and how it went.

A use is taken in memory, so that no call to Jira waits for the database, and written with others by a thread
that lives while there is something to write. Equal uses of a program that went well are one row. A batch is
a transaction with a line of the audit, which costs more than the uses in it: so a turn, each
:data:`WRITTEN_EVERY_SECONDS`, writes those of :data:`TENANTS_A_TURN` tenants at most, those that wait
longest. With no more tenants at work a use is written within a second; with a thousand, each has its turn
every minute or two.

A process that is killed loses what waits: the uses of a second, or of as many as it takes to come round.
Where it ends by itself, everything is written first: the interpreter waits for the thread. While the database
is away, or read-only, uses are kept up to a bound; then the oldest go, and the next batch says how many.
"""

import os
import threading
from collections import deque
from dataclasses import dataclass
from time import sleep
from uuid import UUID, uuid4
from weakref import WeakSet

import structlog
from sqlalchemy.exc import IntegrityError

from portal.audit.use_batches import is_missing, write_batch
from portal.audit.uses_waiting import Row, Waiting, uses_in
from portal.store.patience import is_away
from portal.store.work import NOBODY, Store, Work

log = structlog.get_logger("almoner.uses")

WRITTEN_EVERY_SECONDS = 0.75  # writing takes a while too
TENANTS_A_TURN = 10
MOST_IN_A_BATCH = 1_000


@dataclass(frozen=True)
class _Batch:
    store: Store
    tenant_id: UUID
    id: UUID
    rows: list[Row]
    lost: int


class Ledger:
    """The uses of a process that are not written yet.

    ``by_itself``: whether a thread writes them; tests write by hand.
    """

    by_itself = True

    def __init__(self) -> None:
        _ledgers.add(self)
        self.begin_anew()

    def begin_anew(self) -> None:
        """Hold nothing. After a fork: what was taken before is written by the process that took it."""
        self._starting = threading.Lock()
        self._writing = threading.Lock()
        self._waiting = Waiting()
        self._batches: deque[_Batch] = deque()
        self._thread: threading.Thread | None = None

    def take(
        self,
        work: Work,
        *,
        account_id: UUID,
        credential_id: UUID,
        holder_id: UUID | None,
        calls: int,
        code: str | None,
        method: str | None = None,
        template: str | None = None,
        status: int | None = None,
        millis: int | None = None,
    ) -> None:
        """Note one use. ``holder_id``: whose credential it was, None for the account's own; ``code``: what
        went wrong, None where all went well.

        Of a program's request that was sent on to Jira: ``method``, ``template`` (its path without anything
        a name could be in), the ``status`` Jira answered, and how long it took in ``millis``. A program's use
        without a method is a credential that was handed out, ``calls`` times.
        """
        actor = work.actor
        whose = actor.user_id or actor.key_id, account_id, credential_id, holder_id
        self._waiting.put(work, (actor.kind, *whose, code, method, template, status), calls, millis)
        if not self.by_itself:
            return
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="uses")
                self._thread.start()

    def write(self, tenants: int | None = None) -> bool:
        """Write what was taken until now, of so many tenants at most (None: of all); False while the database
        is away: it is kept, and tried again."""
        with self._writing:
            if not self._batches:
                self._batches.extend(self._next(tenants))
            while self._batches:
                try:
                    self._write(self._batches[0])
                except Exception as error:
                    if not is_away(error):
                        raise
                    log.warning("uses_wait", why=type(error).__name__, lost=self._waiting.lost)
                    return False
                self._batches.popleft()
            return True

    def close(self) -> None:
        """The process is about to end: write what is there, or say what is lost."""
        while self.write():
            if not self._waiting:  # what waited was written before what was taken meanwhile
                return
        log.error("uses_lost", count=len(self._waiting) + sum(len(one.rows) for one in self._batches))

    def _next(self, tenants: int | None) -> list[_Batch]:
        """What waits of these tenants, in batches that can be written."""
        return [
            _Batch(*whose, uuid4(), rows[begin : begin + MOST_IN_A_BATCH], 0 if begin else lost)
            for whose, rows, lost in self._waiting.take_out(tenants)
            for begin in range(0, max(len(rows), 1), MOST_IN_A_BATCH)
        ]

    def _write(self, batch: _Batch) -> None:
        work = Work(batch.store, batch.tenant_id, NOBODY)
        try:
            write_batch(work, batch.id, batch.rows, batch.lost)
        except IntegrityError:  # the tenant is gone; or it was written, and the answer was lost on its way
            log.warning("uses_not_taken", batch_id=str(batch.id), count=len(batch.rows))
            if is_missing(work, batch.id):
                self._count_lost(batch)
        except Exception as error:
            if is_away(error):
                raise
            # It would be refused again and again, and others wait behind it.
            log.exception("uses_refused", batch_id=str(batch.id), count=len(batch.rows))
            self._count_lost(batch)

    def _count_lost(self, batch: _Batch) -> None:
        count = sum(uses_in(row) for row in batch.rows)
        self._waiting.note_lost((batch.store, batch.tenant_id), count + batch.lost)

    def _run(self) -> None:
        while True:
            sleep(WRITTEN_EVERY_SECONDS)
            is_written = self.write(TENANTS_A_TURN)
            is_over = not threading.main_thread().is_alive()
            with self._starting:
                if is_over or (is_written and not self._waiting):
                    self._thread = None
                    break
        if is_over:  # nobody else will
            self.close()


_ledgers: WeakSet[Ledger] = WeakSet()


def _forget_all() -> None:
    for ledger in _ledgers:
        ledger.begin_anew()


os.register_at_fork(after_in_child=_forget_all)
