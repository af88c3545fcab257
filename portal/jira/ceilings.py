"""How many calls to one Jira may be under way at once: a slow one must not hold every worker (T31)."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from portal.jira.trouble import Code, JiraTrouble

_WAIT_SECONDS = 2.0


class Ceilings:
    """Counts calls under way by key (an ALM account) within this process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def slot(self, key: str, limit: int) -> Iterator[None]:
        """Hold one of ``limit`` places; after two seconds of waiting, ``concurrency_ceiling`` trouble."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._under_way[key] < limit, _WAIT_SECONDS):
                raise JiraTrouble(Code.CONCURRENCY_CEILING, limit=limit)
            self._under_way[key] += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way[key] -= 1
                if not self._under_way[key]:
                    del self._under_way[key]
                self._changed.notify_all()
