"""Who may wait for Jira: a ceiling per ALM account, and one per process.

The account's ceiling is held by all processes of a machine together: a slot is a locked file, and the kernel
lets go of it when its process dies. The process's own keeps a thread free for everybody else, so that one
slow Jira cannot stop the portal.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from portal.jira.answers import Code, JiraTrouble

# gunicorn.conf.py gives every process one thread more.
MOST_IN_PROCESS = 3
PROCESS_WAIT_SECONDS = 0.2
WAIT_SECONDS = 1.0
PAUSE_SECONDS = 0.05


class Slots:
    """Lock files in one folder on a local disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._in_process = threading.BoundedSemaphore(MOST_IN_PROCESS)

    @contextmanager
    def hold(self, account_id: UUID, ceiling: int) -> Iterator[None]:
        """Hold one of ``ceiling`` slots of the account.

        Raises JiraTrouble ``portal_busy`` when the process waits for Jira too often already, and
        ``concurrency_ceiling`` when none of the account's slots comes free.
        """
        with self.in_process():
            descriptor = self._wait(account_id, ceiling)
            try:
                yield
            finally:
                os.close(descriptor)

    @contextmanager
    def in_process(self) -> Iterator[None]:
        """Be one of the few of this process that wait for another host; else JiraTrouble ``portal_busy``."""
        if not self._in_process.acquire(timeout=PROCESS_WAIT_SECONDS):
            raise JiraTrouble(Code.PORTAL_BUSY)
        try:
            yield
        finally:
            self._in_process.release()

    def _wait(self, account_id: UUID, ceiling: int) -> int:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        until = time.monotonic() + WAIT_SECONDS
        while True:
            for number in range(ceiling):
                descriptor = _lock(self._folder / f"{account_id.hex}-{number}")
                if descriptor is not None:
                    return descriptor
            if time.monotonic() > until:
                raise JiraTrouble(Code.CONCURRENCY_CEILING, ceiling=ceiling)
            time.sleep(PAUSE_SECONDS)


def _lock(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
