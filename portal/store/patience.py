"""When a database is away for a moment, and waiting for it where what would be lost cannot be got again."""

import time
from collections.abc import Callable
from typing import TypeVar

from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.errors import SecretUnreadable

T = TypeVar("T")
SECONDS = 20.0
PAUSE_SECONDS = 0.5
# A lost connection, a full pool, a deadlock.
_AWAY = (OperationalError, InterfaceError, PoolTimeout)


def is_away(error: Exception) -> bool:
    """Whether the same may succeed in a while, without anybody mending anything (T49).

    What takes over for a PostgreSQL that went down, or is about to hand over, is read-only for a while, which
    psycopg counts as internal. Whatever else is internal stays: damage, or a mistake of ours. What is written
    in a read is no error of the database's (:class:`portal.store.reading.WriteInRead`).
    """
    is_read_only = isinstance(error, InternalError) and isinstance(error.orig, ReadOnlySqlTransaction)
    return is_read_only or isinstance(error, _AWAY)


def patiently(transaction: Callable[[], T]) -> T:
    """Do a whole transaction that may be begun again after what passes.

    Raises what was met last when it does not pass within :data:`SECONDS` (T49).
    """
    until = time.monotonic() + SECONDS
    while True:
        try:
            return transaction()
        except Exception as error:
            # A data key may have been wrapped by a root key that this process reads within a second.
            is_passing = is_away(error) or isinstance(error, SecretUnreadable)
            if not is_passing or time.monotonic() > until:
                raise
            time.sleep(PAUSE_SECONDS)
