"""Something written where the portal only reads: a mistake of ours, which no waiting mends."""

import sqlite3

from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy import Connection
from sqlalchemy.engine import ExceptionContext


class WriteInRead(RuntimeError):
    """Something was about to be written in ``Work.read()``. Always a bug."""


def refuse_write(error: BaseException | None, connection: Connection | None) -> None:
    """Raise :class:`WriteInRead` where a driver's error says that a transaction which was begun for reading
    does not write.

    In one that was begun for writing the same error is of a database that is read-only for a while, as what
    takes over after a failover is, and of a disk that is: :func:`portal.store.patience.is_away`.
    """
    if connection is None or connection.get_execution_options().get("writes", True):
        return
    if isinstance(error, ReadOnlySqlTransaction) or _is_read_only(error):
        raise WriteInRead("something was about to be written in Work.read()") from error


def told(context: ExceptionContext) -> None:
    """The same for what SQLAlchemy executes: its event ``handle_error``."""
    refuse_write(context.original_exception, context.connection)


def _is_read_only(error: BaseException | None) -> bool:
    """By SQLite's own code, which errors of the driver itself have not. Those that extend it are of files
    that cannot be written; reads meet them too."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.Error) and code == sqlite3.SQLITE_READONLY
