"""Reads that every request of a program makes: one statement, one trip, past the bookkeeping of sessions.

A statement is written with SQLAlchemy and compiled once; it runs on a connection of its own that commits each
statement by itself. On PostgreSQL the tenant is set inside that very statement, before any row is looked at,
and gone with it: row level security holds here as everywhere.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, cast
from uuid import UUID

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    Engine,
    Select,
    Uuid,
    bindparam,
    event,
    literal_column,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.visitors import replacement_traverse

from portal.store.engine import PRAGMAS
from portal.store.in_tenant import TENANT, refuse_beyond_tenant

Process = Callable[[Any], Any]
BINARY = 1
AWAY = (psycopg.OperationalError, psycopg.InterfaceError, sqlite3.OperationalError)
_TENANT: ColumnElement[UUID] = bindparam(TENANT, type_=Uuid())
FAULTS = (psycopg.Error, sqlite3.Error)  # what else a hot read may raise
# Both OFFSET 0 keep the planner from moving one part into the other: the tenant is set, then rows are seen.
IN_TENANT = (
    "SELECT found.* FROM"
    " (SELECT set_config('app.tenant_id', ${}, true)::uuid AS tenant OFFSET 0) asked"
    " CROSS JOIN LATERAL ({} OFFSET 0) found"
)


class Tells(Protocol):
    """A connection of one of the drivers."""

    def rows(self, statement: str, values: Sequence[Any], /) -> list[Any]:
        """What a statement finds."""
        ...

    def close(self) -> None:
        """Give it up."""
        ...


class _Prepared:
    """PostgreSQL, asked by libpq itself: around a read a cursor takes nearly as long again. Answers come as
    they lie in memory."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._reads = Transformer(connection)
        self._names: dict[str, bytes] = {}

    def rows(self, statement: str, values: Sequence[Any], /) -> list[Any]:
        """As :class:`Tells` has it. ``values`` are texts in bytes, for ``$1`` and so on."""
        asked = self._connection.pgconn
        name = self._names.get(statement)
        if name is None:
            name = b"hot%d" % len(self._names)
            self._checked(asked.prepare(name, statement.encode()))
            self._names[statement] = name
        found = self._checked(asked.exec_prepared(name, values, result_format=BINARY))
        self._reads.set_pgresult(found)
        return self._reads.load_rows(0, found.ntuples, tuple)

    def _checked(self, result: PGresult) -> PGresult:
        if self._connection.broken:
            raise psycopg.OperationalError
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise error_from_result(result)
        return result

    def close(self) -> None:
        """As :class:`Tells` has it."""
        self._connection.close()


class _File:
    """SQLite."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, statement: str, values: Sequence[Any], /) -> list[Any]:
        """As :class:`Tells` has it."""
        return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        """As :class:`Tells` has it."""
        self._connection.close()


class HotConnections:
    """The connections of a process that hot reads run on: as many as run at once, kept with the engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_postgres = engine.dialect.name == "postgresql"
        self._free: deque[Tells] = deque()
        event.listen(engine, "engine_disposed", self._close)

    def run(self, statement: str, values: Sequence[Any]) -> list[Any]:
        """The rows a statement finds. Raises SQLAlchemy's ``OperationalError`` where the database is away; a
        connection that was cut since it was last used is replaced once."""
        while connection := self._kept():
            with suppress(*AWAY):
                return self._run(connection, statement, values)
        try:
            return self._run(self._connect(), statement, values)
        except AWAY as error:
            raise OperationalError("hot read", None, error) from None

    def _kept(self) -> Tells | None:
        try:
            return self._free.pop()
        except IndexError:
            return None

    def _run(self, connection: Tells, statement: str, values: Sequence[Any]) -> list[Any]:
        try:
            rows = connection.rows(statement, values)
        except BaseException:
            connection.close()
            raise
        self._free.append(connection)
        return rows

    def _connect(self) -> Tells:
        place: Any = self.engine.dialect.create_connect_args(self.engine.url)
        arguments, options = place
        if self.is_postgres:
            options |= {"autocommit": True, "client_encoding": "utf8"}
            made = psycopg.connect(*arguments, **options)
            made.execute("SET plan_cache_mode = force_generic_plan")  # else it is planned at each read
            return _Prepared(made)
        options |= {"check_same_thread": False, "isolation_level": None, "timeout": 10}
        file: sqlite3.Connection = sqlite3.connect(*arguments, **options)
        for pragma in (*PRAGMAS, "query_only=ON"):
            file.execute(f"PRAGMA {pragma}")
        return _File(file)

    def _close(self, engine: Engine) -> None:
        while connection := self._kept():
            connection.close()


class HotRead:
    """One such statement: ``make`` writes it, given the tenant it is asked in, which it has to compare.

    Raises :class:`~portal.store.in_tenant.TenantMissing` where it does not for each of tenants' tables.
    """

    def __init__(self, make: Callable[[ColumnElement[UUID]], Select[Any]]) -> None:
        refuse_beyond_tenant(make(_TENANT))
        self._make = make
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connections: HotConnections, tenant_id: UUID, **values: Any) -> list[tuple[Any, ...]]:
        """The rows found in the tenant, their columns in the order of the statement."""
        name = connections.engine.dialect.name
        if name not in self._compiled:
            self._compiled[name] = _compile(connections, self._make)
        compiled = self._compiled[name]
        found = connections.run(compiled.statement, compiled.given(values | {TENANT: tenant_id}))
        return [compiled.told(row) for row in found] if compiled.results else found


@dataclass(frozen=True)
class _Compiled:
    """A statement as a driver takes it, its columns by their places."""

    statement: str
    constants: dict[str, Any]  # that the dialect adds, such as the OFFSET of a LIMIT
    binds: list[tuple[str, Process]]
    results: list[tuple[int, Process]]  # of the columns that a driver reads as something else

    def given(self, values: dict[str, Any]) -> list[Any]:
        """The parameters for the driver."""
        known = self.constants | values
        return [process(known[name]) for name, process in self.binds]

    def told(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """A row of the driver's, as it is meant."""
        values = list(row)
        for place, process in self.results:
            values[place] = process(values[place])
        return tuple(values)


def _compile(connections: HotConnections, make: Callable[[ColumnElement[UUID]], Select[Any]]) -> _Compiled:
    dialect = connections.engine.dialect
    asked = _TENANT
    if connections.is_postgres:
        numbered: Any = type(dialect)
        dialect = numbered(paramstyle="numeric_dollar")
        asked = literal_column("asked.tenant", Uuid())
    select = _with_constants(make(asked), dialect)
    compiled: Any = select.compile(dialect=dialect)
    names, statement = list(compiled.positiontup), str(compiled)
    if connections.is_postgres:
        names.append(TENANT)
        statement = IN_TENANT.format(len(names), statement)
    types: dict[str, Any] = {name: bind.type for bind, name in compiled.bind_names.items()}
    binds = [(name, _to_driver(types.get(name), dialect)) for name in names]
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    columns = [column.type.dialect_impl(dialect) for column in select.selected_columns]
    results = [(at, type_.result_processor(dialect, None)) for at, type_ in enumerate(columns)]
    return _Compiled(statement, constants, binds, [(at, process) for at, process in results if process])


def _with_constants(select: Select[Any], dialect: Dialect) -> Select[Any]:
    """With its constants written out: of a parameter the planner cannot know that a partial index serves."""

    def written(element: Any, **_: Any) -> ColumnElement[Any] | None:
        if not isinstance(element, BindParameter) or element.required:
            return None
        process: Any = element.type.dialect_impl(dialect).literal_processor(dialect)
        return literal_column(process(element.value), element.type)

    return cast("Select[Any]", replacement_traverse(select, {}, written))


def _to_driver(type_: Any, dialect: Dialect) -> Process:
    """How a parameter is given to the driver: to libpq as a text."""
    process = type_ and type_.dialect_impl(dialect).bind_processor(dialect)
    if dialect.name != "postgresql":
        return process or _same

    def text(value: Any) -> bytes:
        given = str(process(value) if process else value)
        if "\0" in given:  # for libpq it would end there, and be another
            raise psycopg.DataError
        return given.encode()

    return text


def _same(value: Any) -> Any:
    return value
