"""A throw-away PostgreSQL database with an owner and an application role that bypasses nothing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex

import psycopg
from sqlalchemy import URL, make_url

from portal.store.support_wall import role_of

SUPERUSER = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1/postgres")


@dataclass(frozen=True)
class Database:
    """Where a portal keeps its data; ``all_rows`` is the superuser's."""

    url: str
    owner_url: str
    all_rows: str

    def run(self, *statements: str) -> None:
        """As the superuser."""
        _run(self.all_rows, *statements)

    def backends(self, name: str) -> list[int]:
        """The processes of the server that serve whoever names itself so (``PGAPPNAME``)."""
        asked = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
        )
        with psycopg.connect(self.all_rows) as connection:
            return [pid for (pid,) in connection.execute(asked, (name,))]


@contextmanager
def postgres() -> Iterator[Database]:
    """One, dropped at the end."""
    names = {part: f"almoner_bench_{part}_{token_hex(4)}" for part in ("db", "owner", "app")}
    password, support = token_hex(12), role_of(names["app"])
    roles = [f"CREATE ROLE {names[one]} LOGIN PASSWORD '{password}'" for one in ("owner", "app")]
    _run(SUPERUSER, *roles, f"CREATE ROLE {support} NOLOGIN", f"GRANT {support} TO {names['app']}")
    _run(SUPERUSER, f"CREATE DATABASE {names['db']} OWNER {names['owner']}")
    base = make_url(SUPERUSER).set(database=names["db"])
    own = base.set(host=base.host or "127.0.0.1", password=password)
    try:
        yield Database(
            _text(own.set(username=names["app"])), _text(own.set(username=names["owner"])), _text(base)
        )
    finally:
        _run(SUPERUSER, f"DROP DATABASE {names['db']} WITH (FORCE)")
        _run(SUPERUSER, *(f"DROP ROLE {one}" for one in (names["owner"], names["app"], support)))


def _run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
