"""What runs by the clock: rows of ``due_work``, each taken with a lease, done, and finished.

Huey is pool and timer: once a second its timer looks whether something is due and wakes as many of its
threads as there is work for. A wake-up that gets lost costs a second and nothing else; the rows decide. So
any number of processes may do this at once, inside the server (`portal.embedded`) or as ``almoner worker``.
In each of them one thread is always free for renewals, and another takes nothing that asks many Jiras: a mail
server that is silent must not cost a grant, nor Jiras that are silent a message. Deliveries have two threads
of their own, one of which takes none of an account that is in trouble.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from types import FrameType
from typing import Any

import structlog
from huey import Huey
from huey.consumer import Consumer, Scheduler
from sqlalchemy.orm import Session

from portal import metrics
from portal.config import Settings
from portal.credentials.delivery_ways import DELIVER
from portal.credentials.grants import RENEWAL
from portal.errors import PortalError
from portal.handlers import DAILY, DELIVERIES, EVEN_CLOSED, FIRST, HANDLERS, ONLY_ONE, SLOW, Tools
from portal.logs import set_up_logs
from portal.mail.smtp import server_of
from portal.people import tenant_ends
from portal.start import open_registry, open_store
from portal.store import due
from portal.store.due import DueRow
from portal.store.work import NOBODY, Work, now_of
from portal.wake_ups import QUEUE_AWAY, make_queue

log = structlog.get_logger("almoner.worker")

THREADS = 5
LOOK_EVERY_SECONDS = 1.0


@contextmanager
def opened(settings: Settings) -> Iterator[Tools]:
    """Store and registry of a process that works."""
    mail_server = server_of(settings)
    store = open_store(settings)
    try:
        registry = open_registry(settings).apart()
        with closing(registry.outbound.ledger):
            yield Tools(settings, store, registry, mail_server)
    finally:
        store.engine.dispose()


def do_one(tools: Tools, kinds: Collection[str] | None = None) -> bool:
    """Take what is due longest, of some kinds or of all, and do it; False when nothing is due."""
    everywhere = Work(tools.store, None, NOBODY)
    lease_for = timedelta(seconds=tools.settings.work_lease_seconds)
    with everywhere.write() as session:
        row = due.claim(session, kinds or tuple(HANDLERS), lease_for)
        is_put_off = row is not None and _put_off(session, row)
    if row is None:
        return False
    if is_put_off:
        return True
    finish = due.failed
    try:
        HANDLERS[row.kind](tools, everywhere.within(row.tenant_id), row)
        finish = due.done
    except PortalError as error:
        log.warning("work_put_off", why=str(error), **_told(row))
    except Exception:
        log.exception("work_failed", **_told(row))
    with everywhere.write() as session:
        finish(session, row)
    return True


def _put_off(session: Session, row: DueRow) -> bool:
    """Leave what is a closed tenant's until it goes on; whether it was."""
    tenant_id = row.tenant_id
    if tenant_id is None or row.kind in EVEN_CLOSED or not tenant_ends.is_closed(session, tenant_id):
        return False
    later = now_of(session) + tenant_ends.LOOK_AGAIN_AFTER
    due.come_back(session, row.kind, row.subject_id, later, tenant_id)
    return True


def do_any(tools: Tools, kinds: Collection[str] | None = None) -> bool:
    """Do one of whatever is due of some kinds or of all, ``FIRST`` first; False when nothing is."""
    return do_one(tools, FIRST) or do_one(tools, kinds)


def _told(row: DueRow) -> dict[str, object]:
    """What the log says of a row: no address, and no secret, is part of it."""
    return {"kind": row.kind, "subject_id": str(row.subject_id), "attempts": row.attempts}


def _divided() -> Iterator[Callable[[Tools], bool]]:
    """What each thread but the last one does: all kinds, the quick ones, and deliveries."""
    others = tuple(kind for kind in HANDLERS if kind not in DELIVERIES)
    yield partial(do_any, kinds=others)
    yield partial(do_one, kinds=tuple(kind for kind in others if kind not in SLOW))
    yield partial(do_one, kinds=(DELIVER,))
    yield partial(do_one, kinds=tuple(DELIVERIES))


class _Timer(Scheduler):  # type: ignore[misc]  # huey has no types
    """Looks every second for due rows, and wakes a thread for each, up to all threads.

    Where the queue does not answer it does them itself, renewals first: the rows decide.
    """

    def __init__(self, huey: Huey, stop_flag: Any, tools: Tools, wake: Callable[[], object]) -> None:
        super().__init__(huey, stop_flag, LOOK_EVERY_SECONDS, periodic=False)
        self._tools, self._wake = tools, wake

    def loop(self, now: Any = None) -> None:
        """One look. An error ends the thread, which is noticed and begun again within a second."""
        started = time.monotonic()
        with Work(self._tools.store, None, NOBODY).read() as session:
            waiting = due.count(session, tuple(HANDLERS), THREADS)
            canaries = self._tools.store.vault.canaries(session)
        self._tools.store.vault.follow(canaries)
        try:
            for _ in range(waiting - self.huey.pending_count()):
                self._wake()
        except QUEUE_AWAY:
            log.warning("queue_away", waiting=waiting)
            while do_one(self._tools, (RENEWAL,)):
                pass
            do_any(self._tools)
        self.sleep_for_interval(started, LOOK_EVERY_SECONDS)


class _Pool(Consumer):  # type: ignore[misc]  # huey has no types
    """Huey's threads, with our timer; signals belong to the process around it."""

    def __init__(self, huey: Huey, tools: Tools) -> None:
        self._tools = tools
        self._places = [(threading.Semaphore(), do) for do in _divided()]
        self._wake = huey.task(name="drain")(self._drain)
        # A Redis wakes its readers; the pause is for one that is away.
        longest = 10.0 if tools.settings.queue_url else 0.5
        super().__init__(huey, workers=THREADS, periodic=False, max_delay=longest)

    def _drain(self) -> None:
        while not self.stop_flag.is_set() and self._do_one():
            pass

    def _do_one(self) -> bool:
        """Each thread takes a place of its own where there is something to do; what is left only renews."""
        for place, do in self._places:
            if place.acquire(blocking=False):
                try:
                    if do(self._tools):
                        return True
                finally:
                    place.release()
        return do_one(self._tools, (RENEWAL,))

    def _create_scheduler(self) -> Scheduler:
        return _Timer(self.huey, self.stop_flag, self._tools, self._wake)

    def _set_signal_handlers(self) -> None:
        pass


def work_until(settings: Settings, ended: Callable[[float], bool]) -> None:
    """Do what is due until ``ended(seconds)`` is true, which waits so long at most; then finish what runs.

    Raises :class:`StartRefused` as opening a store does.
    """
    logging.getLogger("huey").setLevel(logging.WARNING)  # it tells of every task
    with opened(settings) as tools:
        with Work(tools.store, None, NOBODY).write() as session:
            for kind in DAILY:
                due.put_once(session, kind, ONLY_ONE, now_of(session))
        pool = _Pool(make_queue(settings, tools.store), tools)
        pool.start()
        log.info("worker_started", pid=os.getpid())
        try:
            while not ended(LOOK_EVERY_SECONDS):
                pool.check_worker_health()
        finally:
            pool.stop(graceful=True)
    log.info("worker_stopped", pid=os.getpid())


def main(settings: Settings) -> None:
    """What ``almoner worker`` does, until SIGTERM or SIGINT."""
    set_up_logs(settings.log_level)
    if settings.metrics_token_file:
        metrics.share(settings.instance / "metrics")
    asked = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        asked.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    work_until(settings, asked.wait)
