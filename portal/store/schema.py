"""Migrations, run by Alembic from code, and the check that database and program fit each other.

On PostgreSQL the owner role migrates and the application role works: it must not own the tables, be
superuser or bypass row level security, and every tenant's table must have row level security forced.
"""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, inspect, make_url, text

from portal.errors import StartRefused
from portal.store import owner_reads, support_wall
from portal.store.base import Base
from portal.store.engine import make_engine
from portal.store.tables import PORTAL_WIDE

MIGRATIONS = Path(__file__).parents[2] / "migrations"

ROLE_QUERY = text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
WALL_QUERY = text(
    "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, pg_get_userbyid(c.relowner) = current_user"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relkind = 'r'"
)


def alembic_config(connection: Connection | None = None, app_role: str | None = None) -> Config:
    """Alembic's configuration without a file; ``app_role`` is granted the use of the tables."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = Base.metadata
    config.attributes["app_role"] = app_role
    return config


def migrate(owner_url: str, app_url: str, revision: str = "head") -> None:
    """Bring the database to ``revision``, in one transaction; then give the roles their rights.

    Raises :class:`StartRefused` where that role is not there and cannot be made.
    """
    engine = make_engine(owner_url)
    app_role = make_url(app_url).username
    try:
        with engine.begin() as connection:
            refuse_newer(connection)
            command.upgrade(alembic_config(connection, app_role), revision)
        if app_role and engine.dialect.name == "postgresql":
            with engine.begin() as connection:
                owner_reads.grant(connection)
                support_wall.grant(connection, app_role)
    finally:
        engine.dispose()


@cache
def _scripts() -> ScriptDirectory:
    """The migrations of this program, read once: that takes longer than opening the database."""
    return ScriptDirectory.from_config(alembic_config())


def current_revision(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The revision this program works with."""
    return _scripts().get_current_head()


def refuse_newer(connection: Connection) -> None:
    """Raise :class:`StartRefused` when the database is of a version this program does not know."""
    revision = current_revision(connection)
    if revision is None:
        return
    try:
        _scripts().get_revision(revision)
    except CommandError:
        raise StartRefused(
            f"The database is of a newer version ({revision}) than this portal knows. "
            "Start the newer portal, or restore the backup taken before it was upgraded."
        ) from None


def check_ready(engine: Engine) -> None:
    """Raise :class:`StartRefused` unless the database is at our version and its walls stand."""
    with engine.connect() as connection:
        refuse_newer(connection)
        if current_revision(connection) != head():
            raise StartRefused("The database is not at the portal's version. Run: almoner migrate")
        if connection.dialect.name == "postgresql":
            _check_role(connection)


def _check_role(connection: Connection) -> None:
    superuser, bypass = connection.execute(ROLE_QUERY).one()
    if superuser or bypass:
        raise StartRefused(
            "ALMONER_DATABASE_URL connects with a role that bypasses row level security. "
            "Use a role with NOSUPERUSER and NOBYPASSRLS that does not own the tables."
        )
    for table, walled, owned in connection.execute(WALL_QUERY):
        if owned:
            raise StartRefused(f"The role of ALMONER_DATABASE_URL owns the table {table}; it must not.")
        if not walled and table not in PORTAL_WIDE | {"alembic_version"}:
            raise StartRefused(f"Row level security is not forced on the table {table}. Run: almoner migrate")
    support_wall.check(connection, connection.execute(text("SELECT current_user")).scalar_one())


def is_empty(engine: Engine) -> bool:
    """Whether nothing was ever migrated here."""
    return not inspect(engine).has_table("alembic_version")
