"""Who may wait for Jira: a ceiling per ALM account, and what a tenant may hold of this process's threads.

The account's ceiling is held by all processes of a machine together: a slot is a locked file, and the kernel
lets go of it when its process dies.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from uuid import UUID

from portal.credentials.pauses import Pauses
from portal.credentials.shared_files import opened
from portal.credentials.slow_calls import RETRY_AFTER_SECONDS, Threads
from portal.errors import PortalBusy
from portal.jira.answers import Code, JiraTrouble

WAIT_SECONDS = 1.0
PAUSE_SECONDS = 0.05


class Slots:
    """Lock files in one folder on a local disk. ``threads`` are those that serve requests; None where no
    page waits for who holds the slots. ``pauses``: in which no program asks for one."""

    def __init__(self, folder: Path, threads: Threads | None) -> None:
        self.pauses = Pauses(folder)
        self._folder = folder
        self._threads = threads

    def apart(self) -> "Slots":
        """The same ceilings of accounts, for threads that no page waits for."""
        return Slots(self._folder, None)

    @contextmanager
    def hold(self, tenant_id: UUID, account_id: UUID, ceiling: int) -> Iterator[None]:
        """Hold one of ``ceiling`` slots of the tenant's account.

        Raises :class:`PortalBusy` at once when slow calls of the tenant's hold too many threads, and
        JiraTrouble ``concurrency_ceiling`` when none of the account's slots comes free.
        """
        with self._threads.use(tenant_id) if self._threads else nullcontext():
            descriptor = self._wait(tenant_id, account_id, ceiling)
            try:
                yield
            finally:
                os.close(descriptor)

    @contextmanager
    def beside(self, account_id: UUID, ceiling: int, wanted: int) -> Iterator[int]:
        """For who holds a slot of the account: how many of ``wanted`` further ones are free, held until the
        end. Waits for none."""
        held: list[int] = []
        try:
            for number in range(ceiling):
                descriptor = self._lock(account_id, number) if len(held) < wanted else None
                if descriptor is not None:
                    held.append(descriptor)
            yield len(held)
        finally:
            for descriptor in held:
                os.close(descriptor)

    @contextmanager
    def one_call(self, tenant_id: UUID) -> Iterator[None]:
        """Around one call that is made for a tenant and is no account's yet, or is no request.

        Raises :class:`PortalBusy` as :meth:`hold` does.
        """
        with self._threads.use(tenant_id, one_call=True) if self._threads else nullcontext():
            yield

    def refuse_when_busy(self, tenant_id: UUID) -> None:
        """Raise :class:`PortalBusy` where :meth:`hold` would now."""
        if self._threads:
            self._threads.refuse(tenant_id)

    def _wait(self, tenant_id: UUID, account_id: UUID, ceiling: int) -> int:
        until = time.monotonic() + WAIT_SECONDS
        while True:
            for number in range(ceiling):
                descriptor = self._lock(account_id, number)
                if descriptor is not None:
                    return descriptor
            if self._threads and self._threads.has_slow(tenant_id):  # no place comes free soon
                raise PortalBusy(RETRY_AFTER_SECONDS)
            if time.monotonic() > until:
                raise JiraTrouble(Code.CONCURRENCY_CEILING, ceiling=ceiling)
            time.sleep(PAUSE_SECONDS)

    def _lock(self, account_id: UUID, number: int) -> int | None:
        descriptor = opened(self._folder, f"{account_id.hex}-{number}")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor
