"""Adding rows in one go, past the bookkeeping of objects and statements."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice, repeat
from typing import Any, cast

from psycopg import Binary
from sqlalchemy import JSON, Column, Dialect, String, Table
from sqlalchemy.orm import Session

from portal.store import pipeline, support_wall
from portal.store.base import Base
from portal.store.prepared import Process, array, ready_value, tenant_of


def add_many(
    session: Session,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    alike: Mapping[str, Any] | None = None,
) -> None:
    """Insert rows of the session's own tenant in one go, past the bookkeeping of objects and statements.

    Raises :class:`TenantMissing` without a tenant. ``rows`` name every column but the tenant's and those
    which are ``alike`` in all of them: these are made ready for the database once.
    """
    tenant_id = tenant_of(session)
    support_wall.refuse(session, table.__tablename__)
    connection = session.connection()
    once = {**(alike or {}), "tenant_id": tenant_id}
    where = cast(Table, table.__table__)
    if connection.dialect.name == "postgresql":
        if len(rows) == 1:
            once = {**rows[0], **once}
        made = _insert_from_arrays(where, connection.dialect, frozenset(once))
        pipeline.execute(connection, made.text, made.given(rows, once))
        return
    statement, columns = _insert_of(where, connection.dialect)
    values: list[Iterator[Any] | list[Any]] = [
        repeat(ready_value(once[name], process))
        if name in once
        else [ready_value(row[name], process) for row in rows]
        for name, process in columns
    ]
    connection.exec_driver_sql(statement, list(islice(zip(*values, strict=False), len(rows))))


@cache
def _insert_of(table: Table, dialect: Dialect) -> tuple[str, list[tuple[str, Process | None]]]:
    """The statement that inserts a row, and its columns in their order with what makes their values ready."""
    compiled: Any = table.insert().compile(dialect=dialect)
    return str(compiled), [(name, _process(table.columns[name], dialect)) for name in compiled.positiontup]


class _FromArrays:
    """An insert of all rows by one statement, which takes less time than as many statements: of each column
    that differs an array. ``once``: the names of the others.

    The arrays are of texts, written here: the driver's own way to them takes longer than the insert.
    """

    def __init__(self, table: Table, dialect: Dialect, once: frozenset[str]) -> None:
        self._processes = {column.name: _process(column, dialect) for column in table.columns}
        own = [column.name for column in table.columns if column.name not in once]
        quoted = dialect.identifier_preparer.quote
        taken = [
            f"CAST(one.{quoted(column.name)} AS {_type(column, dialect)})"
            if column.name not in once
            else f"CAST(%({column.name})s AS {_type(column, dialect)})"
            for column in table.columns
        ]
        self.text = (
            f"INSERT INTO {quoted(table.name)} ({', '.join(quoted(one.name) for one in table.columns)})"
            f" SELECT {', '.join(taken)}"
        )
        if own:
            arrays = ", ".join(f"CAST(%({name})s AS TEXT[])" for name in own)
            self.text += f" FROM unnest({arrays}) AS one({', '.join(map(quoted, own))})"

    def given(self, rows: Sequence[Mapping[str, Any]], once: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters for the driver."""
        ready = {}
        for name, process in self._processes.items():
            if name in once:
                ready[name] = ready_value(once[name], process)
            else:
                ready[name] = array([_text(ready_value(row[name], process)) for row in rows])
        return ready


_insert_from_arrays = cache(_FromArrays)


def _type(column: Column[Any], dialect: Dialect) -> str:
    """What a column's values are cast to: to no length, which would cut what is too long without a word."""
    return "TEXT" if isinstance(column.type, String) else column.type.compile(dialect=dialect)


def _process(column: Column[Any], dialect: Dialect) -> Process | None:
    # JSON goes as text, which both databases take: the driver's own way to it is slow.
    if isinstance(column.type, JSON):
        return json.dumps
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _text(value: Any) -> str | None:
    """A value as PostgreSQL reads it."""
    if value is None or isinstance(value, str):
        return value
    return f"\\x{value.obj.hex()}" if isinstance(value, Binary) else str(value)
