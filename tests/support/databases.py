"""Throw-away databases: a SQLite file, or a PostgreSQL database with its owner and its application role."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from portal.config import Settings
from tests.support import canaries
from tests.support.needs import missing

SUPERUSER = "postgresql:///postgres", "postgresql://postgres@127.0.0.1/postgres"


@dataclass(frozen=True)
class Database:
    """Where a portal may keep its data. ``all_rows`` is a URL that no row level security holds back."""

    kind: str
    instance: Path
    url: str
    owner_url: str
    all_rows: str

    def settings(self, **changes: object) -> Settings:
        """Settings of a portal on this database."""
        urls = {"database_url": self.url, "owner_database_url": self.owner_url} if self.url else {}
        return Settings(**{"instance": self.instance, **urls, **changes})

    def assert_no_canaries(self) -> None:
        """Search files and rows for secrets."""
        canaries.assert_none_in_files(self.instance.rglob("*"))
        engine = create_engine(self.all_rows)
        canaries.assert_none_in_rows(engine)
        engine.dispose()


@contextmanager
def sqlite(folder: Path) -> Iterator[Database]:
    """A SQLite database in ``folder``."""
    yield Database("sqlite", folder, "", "", f"sqlite:///{folder / 'almoner.db'}")


@contextmanager
def postgres(folder: Path) -> Iterator[Database]:
    """A PostgreSQL database with two roles, dropped at the end; the test is skipped without a server."""
    admin = _superuser()
    names = {part: f"almoner_test_{part}_{token_hex(4)}" for part in ("db", "owner", "app")}
    password = token_hex(12)
    _run(admin, *(f"CREATE ROLE {names[role]} LOGIN PASSWORD '{password}'" for role in ("owner", "app")))
    _run(admin, f"CREATE DATABASE {names['db']} OWNER {names['owner']}")
    base = admin.url.set(database=names["db"])
    # Peer authentication lets nobody but the superuser in by the socket: the roles come over the loopback.
    roles = base.set(host=base.host or "127.0.0.1", password=password)
    try:
        owner, app = (_url(roles.set(username=names[role])) for role in ("owner", "app"))
        yield Database("postgres", folder, app, owner, _url(base))
    finally:
        _run(admin, f"DROP DATABASE {names['db']} WITH (FORCE)")
        _run(admin, *(f"DROP ROLE {names[role]}" for role in ("owner", "app")))
        admin.dispose()


MAKERS = {"sqlite": sqlite, "postgres": postgres}


def _superuser() -> Engine:
    given = os.environ.get("TEST_POSTGRES_URL")
    for url in (given,) if given else SUPERUSER:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        try:
            _run(engine, "SELECT 1")
        except OperationalError:
            continue
        return engine
    return missing("postgres", "no server answers as superuser; name one by TEST_POSTGRES_URL")


def _run(engine: Engine, *statements: str) -> None:
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _url(url: URL) -> str:
    return url.render_as_string(hide_password=False)
