"""Migrations: one line of them, the same on both databases, there and back with data in the tables."""

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, make_url, text

from portal.start import open_store, prepare
from portal.store import schema
from portal.store.base import Base
from portal.store.engine import make_engine
from portal.store.schema import alembic_config, migrate
from portal.store.tables import PORTAL_WIDE
from tests.support import samples
from tests.support.databases import MAKERS, Database
from tests.support.migrating import Repeated
from tests.support.world import World


@contextmanager
def owner(database: Database) -> Iterator[Engine]:
    """The role that owns the tables."""
    engine = make_engine(database.settings().owner_database)
    yield engine
    engine.dispose()


def upgrade(connection: Connection, database: Database, revision: str = "head") -> None:
    role = make_url(database.settings().database).username
    command.upgrade(alembic_config(connection, role), revision)


def test_there_is_one_head_and_one_root() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_the_models_are_what_the_migrations_make(empty_database: Database) -> None:
    with owner(empty_database) as engine, engine.begin() as connection:
        upgrade(connection, empty_database)
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_down_and_up_again_with_data(empty_database: Database) -> None:
    prepare(empty_database.settings())
    store = open_store(empty_database.settings())
    tenant = World(store).tenant()
    samples.credential(tenant, samples.account(tenant))
    store.engine.dispose()
    with owner(empty_database) as engine:
        with engine.begin() as connection:
            command.downgrade(alembic_config(connection), "base")
        assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate(empty_database.settings().owner_database, empty_database.settings().database)
    open_store(empty_database.settings()).engine.dispose()


def written_down(database: Database) -> str:
    """The database as the statements that would make it, without the names of its roles."""
    if database.kind == "sqlite":
        with closing(sqlite3.connect(str(make_url(database.all_rows).database))) as file:
            # Alembic takes the foreign keys of a table that it makes anew as they come.
            lines = "\n".join(file.iterdump()).splitlines()
            return "\n".join(sorted(line.strip("\t ,") for line in lines))
    command_line = ["pg_dump", "--schema-only", database.all_rows]
    dumped = subprocess.run(command_line, capture_output=True, text=True, check=True, timeout=60).stdout
    lines = [line for line in dumped.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]
    return re.sub("(almoner_test_[a-z]+)_[0-9a-f]{8}", r"\1", "\n".join(lines))


def test_what_tests_are_handed_is_what_the_migrations_make(empty_database: Database, tmp_path: Path) -> None:
    """Down to triggers, policies and rights: see tests/support/migrating.py."""
    handed_out = schema.command.upgrade
    assert isinstance(handed_out, Repeated)
    with MAKERS[empty_database.kind](tmp_path) as walked:
        with owner(walked) as engine, engine.begin() as connection:
            handed_out.walk(alembic_config(connection, make_url(walked.settings().database).username), "head")
        migrate(walked.settings().owner_database, walked.settings().database)
        for _ in range(2):  # whoever comes first in this process may walk too
            with MAKERS[empty_database.kind](tmp_path) as handed:
                migrate(handed.settings().owner_database, handed.settings().database)
                assert written_down(handed) == written_down(walked)


def test_every_step_can_be_taken_alone(empty_database: Database) -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    with owner(empty_database) as engine:
        for script in reversed(list(scripts.walk_revisions())):
            with engine.begin() as connection:
                upgrade(connection, empty_database, script.revision)
                command.downgrade(alembic_config(connection), script.down_revision or "base")
                upgrade(connection, empty_database, script.revision)


def test_every_tenants_table_has_its_wall(empty_database: Database) -> None:
    if empty_database.kind != "postgres":
        pytest.skip("SQLite has no row level security")
    with owner(empty_database) as engine, engine.begin() as connection:
        upgrade(connection, empty_database)
        forced = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        walled = set(connection.scalars(forced))
        policies = set(connection.scalars(text("SELECT tablename FROM pg_policies")))
    assert walled == policies == set(Base.metadata.tables) - PORTAL_WIDE
