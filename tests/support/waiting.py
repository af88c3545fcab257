"""Waiting for what others do: threads, processes, servers. How long it took is no part of any test."""

import time
from collections.abc import Callable

LONGEST_SECONDS = 120
LOOK_EVERY_SECONDS = 0.02


def wait_until(so: Callable[[], object], seen: Callable[[], object] = str) -> None:
    """Look until it is so; after two minutes, which no busy machine needs, fail and tell what is ``seen``."""
    end = time.monotonic() + LONGEST_SECONDS
    while not so():
        assert time.monotonic() < end, f"it did not come to that: {seen()}"
        time.sleep(LOOK_EVERY_SECONDS)
