"""The ceiling of concurrent calls per ALM account, held by all processes of a machine together.

A slot is a locked file; the kernel lets go of it when its process dies, so nothing has to be cleaned up.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from portal.jira.answers import Code, JiraTrouble

WAIT_SECONDS = 3.0
PAUSE_SECONDS = 0.05


class Slots:
    """Lock files in one folder on a local disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, account_id: UUID, ceiling: int) -> Iterator[None]:
        """Hold one of ``ceiling`` slots; raises JiraTrouble ``concurrency_ceiling`` when none comes free."""
        descriptor = self._wait(account_id, ceiling)
        try:
            yield
        finally:
            os.close(descriptor)

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
