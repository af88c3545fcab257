"""Empty databases brought to the portal's version by what the first of each kind was sent.

Many databases are made in a run, and making up the statements of all migrations takes much longer than
sending them. Every process of a run walks its first migration of each kind; what differs
between two empty databases is the name of the application role. ``tests/house/test_migrations.py`` holds that
both ways end in the same tables, and calls Alembic itself for everything else.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from alembic.config import Config
from sqlalchemy import Connection, event, inspect

from portal.store import schema

ROLE = "{the application role}"


class Repeated:
    """Alembic's ``upgrade``, which sends to an empty database what the first one of its kind was sent."""

    def __init__(self, walk: Callable[[Config, str], None]) -> None:
        self.walk = walk
        self.sent: dict[str, list[str]] = {}

    def __call__(self, config: Config, revision: str) -> None:
        connection: Connection = config.attributes["connection"]
        role, kind = config.attributes["app_role"] or ROLE, connection.dialect.name
        if revision != "head" or not _is_empty(connection):
            self.walk(config, revision)
        elif kind in self.sent:
            cursor = connection.connection.cursor()
            for statement in self.sent[kind]:
                cursor.execute(statement.replace(ROLE, role))
        else:
            with _noting(connection) as statements:
                self.walk(config, revision)
            self.sent[kind] = _together(kind, [one.replace(role, ROLE) for one in statements])


def hand_out() -> None:
    """Let this process migrate so."""
    schema.command = SimpleNamespace(upgrade=Repeated(schema.command.upgrade))  # type: ignore[assignment]


def _is_empty(connection: Connection) -> bool:
    return not inspect(connection).has_table("alembic_version")


@contextmanager
def _noting(connection: Connection) -> Iterator[list[str]]:
    """What is sent until the block ends, but for reads; statements of migrations carry no parameters."""
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        if not statement.lstrip().upper().startswith("SELECT"):
            assert not parameters, f"cannot be sent again: {statement}"
            statements.append(statement)

    event.listen(connection, "after_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(connection, "after_cursor_execute", note)


def _together(kind: str, statements: list[str]) -> list[str]:
    """PostgreSQL takes them all at once, with a percent sign once where no parameters come along."""
    return [";\n".join(statements).replace("%%", "%")] if kind == "postgresql" else statements
