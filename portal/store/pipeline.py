"""Pipelined transactions, and statements that are executed past the session's bookkeeping.

In PostgreSQL's pipeline mode (libpq) statements go out without waiting for the end of the one before, and a
round trip is made where an answer is wanted, and with the commit. They are executed in their order as ever,
and the first that fails takes those behind it along, the commit too.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from portal.store import reading

_OPEN = "pipeline"


def begin(connection: Connection) -> None:
    """Have what follows in this transaction sent without waiting, where the database can.

    Only answers of :func:`execute` can be read in it. It ends where the connection goes back to its pool.
    """
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        opened = ExitStack()
        connection.info[_OPEN] = opened, opened.enter_context(driver.pipeline())


def end_pipelines(engine: Engine) -> None:
    """Have connections come back to the pool as they were."""
    event.listen(engine, "rollback", _drain)
    event.listen(engine, "checkin", _end)


def _drain(connection: Connection) -> None:
    """Take in what fails because one before it failed, or the rollback would trip over it."""
    if connection.invalidated or _OPEN not in connection.info:
        return
    _, pipeline = connection.info[_OPEN]
    for _ in range(len(pipeline.result_queue) + 1):
        with suppress(psycopg.Error):
            pipeline.sync()
            return


def _end(driver: Any, record: Any) -> None:
    opened, _ = record.info.pop(_OPEN, (None, None))
    if opened is None or driver is None:
        return
    try:
        opened.close()
    except psycopg.Error as error:
        record.invalidate(error)


def execute(connection: Connection, statement: str, values: Any) -> Any:
    """The driver's cursor of a statement as the driver takes it. Raises what SQLAlchemy does."""
    driver: Any = connection.connection.driver_connection
    with sqlalchemy_errors(connection):
        if connection.dialect.name == "postgresql":
            return driver.cursor().execute(statement, values, prepare=True)
        return driver.execute(statement, values)


@contextmanager
def sqlalchemy_errors(connection: Connection) -> Iterator[None]:
    """Turn errors of the driver into SQLAlchemy's, without what was being stored.

    A connection that was cut is given up. Raises :class:`~portal.store.reading.WriteInRead` where it is that.
    """
    dialect = connection.dialect
    driver_error: Any = dialect.loaded_dbapi.Error
    try:
        yield
    except driver_error as error:
        reading.refuse_write(error, connection)
        is_cut = dialect.is_disconnect(error, connection.connection.driver_connection, None)
        if is_cut:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None,
            None,
            error,
            driver_error,
            hide_parameters=True,
            connection_invalidated=is_cut,
            dialect=dialect,
        ) from error
