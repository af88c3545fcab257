"""What runs by the clock: rows of ``due_work``, each taken with a lease, done, and finished.

Huey is pool and timer: once a second its timer looks whether something is due and wakes as many of its
threads as there is work for. A wake-up that gets lost costs a second and nothing else; the rows decide. So
any number of processes may do this at once, inside the server (:class:`Embedded`) or as ``almoner worker``.
In each of them one thread is always free for renewals, and another takes nothing that asks many Jiras: a mail
server that is silent must not cost a grant, nor Jiras that are silent a message. Deliveries have two threads
of their own, one of which takes none of an account that is in trouble.
"""

import fcntl
import hashlib
import hmac
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer, Scheduler
from huey.exceptions import ConfigurationError
from huey.serializer import SignedSerializer
from sqlalchemy.orm import Session

from portal import metrics
from portal.config import Settings
from portal.credentials.delivery_ways import DELIVER
from portal.credentials.grants import RENEWAL
from portal.errors import PortalError, StartRefused
from portal.handlers import DAILY, DELIVERIES, EVEN_CLOSED, FIRST, HANDLERS, ONLY_ONE, SLOW, Tools
from portal.logs import set_up_logs
from portal.mail.smtp import server_of
from portal.people import tenant_ends
from portal.start import open_registry, open_store
from portal.store import due
from portal.store.due import DueRow
from portal.store.vault import Vault
from portal.store.work import NOBODY, Store, Work, now_of

QUEUE_AWAY: tuple[type[Exception], ...] = (OSError,)
try:
    from redis.exceptions import RedisError
except ImportError:  # an extra: only a queue in Redis needs it
    pass
else:
    QUEUE_AWAY += (RedisError,)

log = structlog.get_logger("almoner.worker")

THREADS = 5
LOOK_EVERY_SECONDS = 1.0
BEGIN_AGAIN_SECONDS = 5.0


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


class _Signed(SignedSerializer):  # type: ignore[misc]  # huey has no types
    """Signs by the newest root key and opens by all, as the ring of this process is at that moment."""

    def __init__(self, vault: Vault) -> None:
        super().__init__(secret=vault.derive("queue")[0])
        self._vault = vault

    def _signature(self, message: bytes, secret: bytes | None = None) -> bytes:
        key = hashlib.sha256(self.salt + (secret or self._vault.derive("queue")[0])).digest()
        return hmac.digest(key, message, hashlib.sha256).hex().encode()

    def _unsign(self, signed: bytes) -> bytes:
        message, _, given = signed.rpartition(self.separator)
        for secret in self._vault.derive("queue"):
            if hmac.compare_digest(given, self._signature(message, secret)):
                return message
        raise ValueError("a wake-up that none of this portal's keys has signed")


def make_queue(settings: Settings, store: Store) -> Huey:
    """Where wake-ups go: a file of this machine, or Redis. Signed: what Huey reads, it executes."""
    serializer = _Signed(store.vault)
    try:
        if settings.queue_url:
            return RedisHuey("almoner", results=False, serializer=serializer, url=settings.queue_url)
        path = settings.instance / "queue.db"
        return SqliteHuey("almoner", results=False, serializer=serializer, filename=str(path))
    except ConfigurationError:
        raise StartRefused(
            "ALMONER_QUEUE_URL names a Redis, and the package to speak with it is missing. "
            'Run: pip install -c constraints.txt -e ".[redis]"'
        ) from None


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


class Embedded:
    """The worker inside a server process. Of all processes of a machine one works: who holds a locked file.

    The kernel lets go of the file when its process dies, and another takes over. Made after the fork.
    """

    def __init__(self, settings: Settings, alive: Callable[[], bool]) -> None:
        self._settings, self._alive = settings, alive
        self._asked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Wait for the lock, then work, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Take nothing up any more, and wait for what runs."""
        self._asked.set()
        self._thread.join()

    def _ended(self, seconds: float) -> bool:
        # A server that was told to stop first finishes its requests; work stops meanwhile.
        return self._asked.wait(seconds) or not self._alive()

    def _run(self) -> None:
        with _lock_file(self._settings.instance / "worker.lock") as try_lock:
            while not try_lock():
                if self._ended(LOOK_EVERY_SECONDS):
                    return
            while not self._worked() and not self._ended(BEGIN_AGAIN_SECONDS):
                pass

    def _worked(self) -> bool:
        """Work until told to end; False when it could not begin or go on, as while the database is away."""
        try:
            work_until(self._settings, self._ended)
        except Exception:  # whatever it was: no other thread of the server would take this up
            log.exception("worker_broke_off", again_in_seconds=BEGIN_AGAIN_SECONDS)
            return False
        return True


@contextmanager
def _lock_file(path: Path) -> Iterator[Callable[[], bool]]:
    """Tries to lock the file, which then names the process that works; held until the block ends."""
    with path.open("a+") as file:

        def try_lock() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            return True

        yield try_lock
