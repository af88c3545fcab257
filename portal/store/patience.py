"""Waiting for a database that is away for a moment, where what would be lost cannot be got again."""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

T = TypeVar("T")
SECONDS = 20.0
PAUSE_SECONDS = 0.5


def patiently(transaction: Callable[[], T]) -> T:
    """Do a whole transaction that may be begun again: after a lost connection, a full pool, a deadlock.

    Raises what the database said last when it is away for longer than :data:`SECONDS` (T49).
    """
    until = time.monotonic() + SECONDS
    while True:
        try:
            return transaction()
        except (OperationalError, InterfaceError, PoolTimeout):
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE_SECONDS)
