"""Statements of every request of a program's: made once, and executed past the session's bookkeeping, which
takes longer than the database does."""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Connection,
    Dialect,
    Text,
    bindparam,
    func,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import Boolean, TypeDecorator

from portal import clock
from portal.store import pipeline
from portal.store.base import UtcDateTime
from portal.store.in_tenant import TENANT, TenantMissing, is_tenants, refuse_beyond_tenant, refuse_text

Process = Callable[[Any], Any]


class Statement:
    """A statement, made once for each database; what it wants is given by the names of its parameters.

    Raises :class:`TenantMissing` for one on a tenant's table, unless it is :class:`Prepared`, and for text.
    """

    def __init__(self, statement: Any) -> None:
        self._refuse(statement)
        self._statement = statement
        self._made: dict[str, _Made] = {}

    def _refuse(self, statement: ClauseElement) -> None:
        parts = list(iterate(statement))
        refuse_text(parts)
        if any(map(is_tenants, parts)):
            raise TenantMissing("a statement on a tenant's table is a prepared one")

    def ask(self, session: Session, **values: Any) -> "Answer":
        """Execute it. What the session has not written yet is not seen. Raises what SQLAlchemy does."""
        connection = session.connection()
        name = connection.dialect.name
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = _Made(self._statement, connection.dialect)
        return Answer(connection, pipeline.execute(connection, made.text, made.given(values)), made)


class Prepared(Statement):
    """One on tenants' tables, in the session's own tenant: it names it by a parameter ``tenant``.

    Raises :class:`TenantMissing` for one that does not for each of them.
    """

    def _refuse(self, statement: ClauseElement) -> None:
        refuse_beyond_tenant(statement)

    def ask(self, session: Session, **values: Any) -> "Answer":
        """As :meth:`Statement.ask`; :class:`TenantMissing` without a tenant."""
        return super().ask(session, **values | {TENANT: tenant_of(session)})


class Answer:
    """What a statement found. In a pipelined transaction it is waited for when it is read."""

    def __init__(self, connection: Connection, cursor: Any, made: "_Made") -> None:
        self._connection, self._made = connection, made
        waits = connection.dialect.name == "postgresql"
        self._fetch: Callable[[], list[Any]] = cursor.fetchall if waits else cursor.fetchall().copy

    def all(self) -> list[Any]:
        """Every row, its columns by their names. Raises what SQLAlchemy does."""
        with pipeline.sqlalchemy_errors(self._connection):
            found = self._fetch()
        return [self._made.row(one) for one in found]

    def first(self) -> Any:
        """The first row, or None."""
        return next(iter(self.all()), None)


class _Made:
    """A statement as a driver takes it: ``text``, and what makes its parameters and its columns ready."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        own = compiled.bind_names.items()
        processes = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for bind, name in own}
        known = {
            name: compiled.params[name] for bind, name in compiled.bind_names.items() if not bind.required
        }
        self._constants = {name: ready_value(value, processes[name]) for name, value in known.items()}
        self._binds = [(name, process) for name, process in processes.items() if name not in known]
        self._order = getattr(compiled, "positiontup", None)
        columns = list(getattr(statement, "exported_columns", ()))
        self._columns = [one.type.dialect_impl(dialect).result_processor(dialect, None) for one in columns]
        self._found: Any = namedtuple("Found", [one.key for one in columns])  # type: ignore[misc]

    def given(self, values: Mapping[str, Any]) -> Any:
        ready = dict(self._constants)
        for name, process in self._binds:
            ready[name] = ready_value(values[name], process)
        return ready if self._order is None else [ready[name] for name in self._order]

    def row(self, found: Sequence[Any]) -> Any:
        return self._found._make(map(ready_value, found, self._columns))


_CLOCK = Statement(select(func.clock_timestamp(type_=UtcDateTime()).label("now")))


def ask_now(session: Session) -> Callable[[], datetime]:
    """Ask for the time as :func:`portal.store.work.now_of` does; it is read by calling what comes back."""
    if session.get_bind().dialect.name != "postgresql":
        return clock.now
    answer = _CLOCK.ask(session)
    return lambda: cast(datetime, answer.first().now)


class Several(TypeDecorator[list[str]]):
    """Several texts as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str:
        """As the database reads them."""
        return array(value or ()) if dialect.name == "postgresql" else json.dumps(value)


class _AmongOnes(ColumnElement[bool]):
    inherit_cache = True
    type = Boolean()

    def __init__(self, column: Any, name: str) -> None:
        self.column, self.several = column, bindparam(name, type_=Several())

    def self_group(self, against: Any = None) -> "_AmongOnes":
        """As it is: what SQLAlchemy would add for SQLite, ``= 1``, keeps its index from being used."""
        return self


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Whether a column of text is one of those that the parameter ``name`` lists, however many these are."""
    return _AmongOnes(column, name)


@compiles(_AmongOnes)
def _in_json(element: _AmongOnes, compiler: Any, **given: Any) -> str:
    several = compiler.process(element.several, **given)
    return f"{compiler.process(element.column, **given)} IN (SELECT value FROM json_each({several}))"  # noqa: S608  # nosec B608


@compiles(_AmongOnes, "postgresql")
def _inarray(element: _AmongOnes, compiler: Any, **given: Any) -> str:
    several = compiler.process(element.several, **given)
    return f"{compiler.process(element.column, **given)} = ANY (CAST({several} AS TEXT[]))"


def array(texts: Iterable[str | None]) -> str:
    """An array as PostgreSQL reads it ("Array Input and Output Syntax")."""
    return f"{{{','.join(map(_element, texts))}}}"


def _element(text: str | None) -> str:
    if text is None:
        return "NULL"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def tenant_of(session: Session) -> UUID:
    """The session's tenant. Raises :class:`TenantMissing`."""
    tenant_id: UUID | None = session.info["tenant_id"]
    if tenant_id is None:
        raise TenantMissing("a tenant's table was asked, or written, without a tenant")
    return tenant_id


def ready_value(value: Any, process: Process | None) -> Any:
    """A value as a driver takes it, or as it came from one."""
    return value if process is None else process(value)
