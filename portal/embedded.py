"""The worker inside a server process: of all processes of a machine one works."""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from portal.config import Settings
from portal.worker import LOOK_EVERY_SECONDS, work_until

log = structlog.get_logger("almoner.worker")

BEGIN_AGAIN_SECONDS = 5.0


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
