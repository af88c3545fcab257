"""Whose calls hold the threads of this process, so that one slow Jira cannot stop the portal (T31).

All tenants share the threads. A call that has waited over a second counts as slow; while a tenant's slow
calls hold half of the threads, its further requests that need a Jira are turned away at once. What is not
slow yet holds a thread too: a tenant's uses of its Jiras hold two thirds at most, and all uses together leave
one thread to pages that need no Jira. Where all of these have only just begun, as at a Jira that answers in
milliseconds, a place comes free in a moment, and the next one waits for it. So a page may wait a tenth of a
second for a thread; behind a use that has lasted for longer nobody waits.
"""

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from portal.errors import PortalBusy, PortalFull

SLOW_SECONDS = 1.0
ROOM_SECONDS = 0.1  # for which a thread is held at most to wait for a place
# Soon enough to see that it is over; a call that hangs ends with its deadline.
RETRY_AFTER_SECONDS = 5
FULL_SECONDS = 1  # what is quick is over by then

_here = threading.local()


@dataclass(eq=False)
class _Use:
    """One use of a Jira, held by one thread, ``begun`` then. ``since``: when the call under way was."""

    tenant_id: UUID
    begun: float
    since: float | None = None


class Threads:
    """The uses under way in this process. ``number`` is how many threads it serves requests with."""

    def __init__(self, number: int) -> None:
        self.most_slow = max(1, number // 2)
        self.most_of_a_tenant = max(1, number * 2 // 3)
        self.most = max(1, number - 1)
        # A use that nobody ended is ended by the collector of garbage, maybe in a thread that holds the lock.
        self._lock = threading.Condition(threading.RLock())
        self._uses: set[_Use] = set()
        self._waiting = 0

    @contextmanager
    def use(self, tenant_id: UUID, *, one_call: bool = False) -> Iterator[None]:
        """Use a Jira of the tenant's from this thread; ``one_call``: for a call no session makes.

        Raises :class:`PortalBusy` where there is no room: at once where none is about to be.
        """
        with self._lock:
            if self._is_passing(tenant_id):
                self._wait_for_room(tenant_id)
            self._refuse(tenant_id)
            now = time.monotonic()
            use = _Use(tenant_id, now, now if one_call else None)
            self._uses.add(use)
        outer, _here.use = getattr(_here, "use", None), use
        try:
            yield
        finally:
            _here.use = outer
            with self._lock:
                self._uses.discard(use)
                if self._waiting:
                    self._lock.notify_all()

    def refuse(self, tenant_id: UUID) -> None:
        """Raise :class:`PortalBusy` where :meth:`use` would now: before something that cannot be repeated."""
        with self._lock:
            self._refuse(tenant_id)

    def has_slow(self, tenant_id: UUID) -> bool:
        """Whether a call of the tenant's is slow."""
        with self._lock:
            return self._slow(tenant_id) > 0

    def _refuse(self, tenant_id: UUID) -> None:
        if self._slow(tenant_id) >= self.most_slow:
            raise PortalBusy(RETRY_AFTER_SECONDS)
        if self._in_the_way(tenant_id):
            raise PortalFull(FULL_SECONDS)

    def _in_the_way(self, tenant_id: UUID) -> Collection[_Use]:
        """The uses one of which has to end before there is room for another one of the tenant's; none where
        there is."""
        if len(self._uses) < self.most_of_a_tenant:
            return ()
        mine = [use for use in self._uses if use.tenant_id == tenant_id]
        if len(mine) >= self.most_of_a_tenant:
            return mine
        return self._uses if len(self._uses) >= self.most else ()

    def _wait_for_room(self, tenant_id: UUID) -> None:
        self._waiting += 1
        try:
            self._lock.wait_for(lambda: not self._is_passing(tenant_id), ROOM_SECONDS)
        finally:
            self._waiting -= 1

    def _is_passing(self, tenant_id: UUID) -> bool:
        """Whether there is no room, but all of those in the way have only begun."""
        before = time.monotonic() - ROOM_SECONDS
        in_the_way = self._in_the_way(tenant_id)
        return bool(in_the_way) and all(use.begun > before for use in in_the_way)

    def _slow(self, tenant_id: UUID) -> int:
        before = time.monotonic() - SLOW_SECONDS
        mine = (use.since for use in self._uses if use.tenant_id == tenant_id)
        return sum(since is not None and since <= before for since in mine)


@contextmanager
def calling() -> Iterator[None]:
    """Around each call that the wire makes: from now on it waits, for the use of this thread."""
    use: _Use | None = getattr(_here, "use", None)
    if use is None:
        yield
        return
    use.since = time.monotonic()
    try:
        yield
    finally:
        use.since = None
