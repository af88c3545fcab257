"""Waiting for a database that is away for a moment, where what would be lost cannot be got again."""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.errors import SecretUnreadable

T = TypeVar("T")
SECONDS = 20.0
PAUSE_SECONDS = 0.5
# A lost connection, a full pool, a deadlock. What takes over for a PostgreSQL that went down, or is about to
# hand over, is read-only for a while, which psycopg counts as internal. And a data key may have been wrapped
# by a root key that this process reads within a second.
_PASSING = (OperationalError, InterfaceError, InternalError, PoolTimeout, SecretUnreadable)


def patiently(transaction: Callable[[], T]) -> T:
    """Do a whole transaction that may be begun again after what passes.

    Raises what was met last when it does not pass within :data:`SECONDS` (T49).
    """
    until = time.monotonic() + SECONDS
    while True:
        try:
            return transaction()
        except _PASSING:
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE_SECONDS)
