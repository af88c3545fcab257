"""Migrations: one line of them, the same on both databases, there and back with data in the tables."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, make_url, text

from portal.start import open_store, prepare
from portal.store.base import Base
from portal.store.engine import make_engine
from portal.store.schema import alembic_config
from portal.store.tables import PORTAL_WIDE
from tests.support import samples
from tests.support.databases import Database
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
        with engine.begin() as connection:
            upgrade(connection, empty_database)
    open_store(empty_database.settings()).engine.dispose()


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
