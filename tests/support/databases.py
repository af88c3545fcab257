"""Throw-away databases: a SQLite file, or a PostgreSQL database with its owner and its application role.

What a crash of the machine would lose of them is nothing, so nobody waits for a disk: SQLite's file lies in
memory where the machine has a folder for that, and PostgreSQL commits without waiting. PostgreSQL plans a
statement once: the tests make the same few hundred all day, and planning one takes longer than running it.

All tests share one of each kind, since it takes a while to make one and every test has tenants of its own.
What goes over all tenants of the portal takes the longer the more tests ran before; a module about such
things says ``pytestmark = pytest.mark.own_database``.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import pytest
from psycopg import Connection
from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import Pool

from portal.config import Settings
from portal.store.support_wall import role_of
from tests.support import canaries
from tests.support.needs import missing

SUPERUSER = "postgresql:///postgres", "postgresql://postgres@127.0.0.1/postgres"
MEMORY = Path("/dev/shm")
PREPARED = 1000


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
def sqlite(folder: Path, memory: Path = MEMORY) -> Iterator[Database]:
    """A SQLite database, in memory if that can be, else in ``folder``."""
    in_memory = memory if os.access(memory, os.W_OK) else folder
    with TemporaryDirectory(dir=in_memory, prefix="almoner-test-") as own:
        yield Database("sqlite", Path(own), "", "", f"sqlite:///{Path(own) / 'almoner.db'}")


@contextmanager
def postgres(folder: Path) -> Iterator[Database]:
    """A PostgreSQL database with two roles, and the one for support, dropped at the end; the test is skipped
    without a server."""
    admin = _superuser()
    names = {part: f"almoner_test_{part}_{token_hex(4)}" for part in ("db", "owner", "app")}
    password = token_hex(12)
    _run(admin, *(f"CREATE ROLE {names[role]} LOGIN PASSWORD '{password}'" for role in ("owner", "app")))
    support = role_of(names["app"])
    _run(admin, f"CREATE ROLE {support} NOLOGIN", f"GRANT {support} TO {names['app']}")
    _run(admin, f"CREATE DATABASE {names['db']} OWNER {names['owner']}")
    _run(admin, f"ALTER DATABASE {names['db']} SET synchronous_commit = off")
    base = admin.url.set(database=names["db"])
    # Peer authentication lets nobody but the superuser in by the socket: the roles come over the loopback.
    roles = base.set(host=base.host or "127.0.0.1", password=password)
    try:
        owner, app = (_url(roles.set(username=names[role])) for role in ("owner", "app"))
        yield Database("postgres", folder, app, owner, _url(base))
    finally:
        _run(admin, f"DROP DATABASE {names['db']} WITH (FORCE)")
        _run(admin, *(f"DROP ROLE IF EXISTS {role}" for role in (names["owner"], names["app"], support)))
        admin.dispose()


MAKERS = {"sqlite": sqlite, "postgres": postgres}


def name_databases(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses ``database`` on each kind, unless it names kinds itself; those with the mark
    ``own_database`` on one that only tests of their module have seen."""
    named = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "database" not in metafunc.fixturenames or "database" in named:
        return
    is_own = metafunc.definition.get_closest_marker("own_database") is not None
    values = [f"{kind} {metafunc.module.__name__}" if is_own else kind for kind in MAKERS]
    metafunc.parametrize("database", values, ids=list(MAKERS), indirect=True, scope="session")


@event.listens_for(Pool, "connect")
def _prepare_early(connection: object, record: object) -> None:
    if isinstance(connection, Connection):
        connection.prepare_threshold, connection.prepared_max = 1, PREPARED


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
