"""The database engine: SQLite or PostgreSQL, set up so that both mean the same by a transaction.

SQLite: WAL with ``synchronous=FULL`` (a committed token survives a power cut), foreign keys on, writes
``BEGIN IMMEDIATE`` and reads deferred and unable to write. PostgreSQL: the tenant is set inside the
transaction and gone with it, reads are read-only.
"""

import select
import sqlite3
import time
from functools import partial
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError

from portal.store import reading
from portal.store.pipeline import end_pipelines

ASKED_AFTER = 1.0  # seconds that a connection may rest without being asked whether it still is one

# The last one: what is deleted is overwritten, as a destroyed key has to be. Not every build does it unasked.
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=10000",
    "secure_delete=ON",
)


def make_engine(url: str) -> Engine:
    """An engine for ``url``. ``hide_parameters``: an error must not print what was being stored."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 10})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "handle_error", reading.told)
        return engine
    engine = create_engine(url, hide_parameters=True, pool_size=8, max_overflow=8)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", partial(_look_at_rested, engine.dialect))
    event.listen(engine, "handle_error", reading.told)
    end_pipelines(engine)
    return engine


def _note_rest(driver: psycopg.Connection[Any] | None, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


def _look_at_rested(dialect: Dialect, driver: psycopg.Connection[Any], record: Any, proxy: Any) -> None:
    """Have a connection that was cut while it rested replaced, and those that rested beside it.

    A server that ends one says so, and then there is something to read; where a connection rested for longer,
    it is asked, since what cuts it between two machines tells nobody.
    """
    rests_since = record.info.pop("rests_since", None)
    if rests_since is None:
        return
    try:
        if _tells_something(driver) or time.monotonic() - rests_since > ASKED_AFTER:
            dialect.do_ping(cast(DBAPIConnection, driver))
    except psycopg.Error:
        raise InvalidatePoolError from None


def _tells_something(driver: psycopg.Connection[Any]) -> bool:
    looking = select.poll()
    looking.register(driver.fileno(), select.POLLIN)
    return bool(looking.poll(0))


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None  # the driver would begin transactions on its own
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", True)
    # Not inside the transaction: query_only takes effect at once and is set anew for each one.
    connection.exec_driver_sql(f"PRAGMA query_only={0 if writes else 1}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
