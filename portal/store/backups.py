"""Backups: one file with the database as it was at one moment, and what to know before putting it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, func, make_url, select
from sqlalchemy.exc import DatabaseError

from portal import __version__, clock
from portal.config import Settings
from portal.errors import Refused
from portal.store import disk, dumps, schema, sqlite_files
from portal.store.backup_files import DATABASE, About, digest, pack, unpack
from portal.store.base import Base
from portal.store.engine import make_engine
from portal.store.tables import RootCanary
from portal.store.vault import Vault


def make(settings: Settings, vault: Vault, path: Path) -> About:
    """Write a backup to ``path``, which must not be there, while the portal is serving.

    Raises :class:`Refused` where the file cannot be written.
    """
    if path.exists():
        raise Refused(f"There is a file {path} already. Name another one.")
    try:
        with TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
            copy, whole = Path(folder) / DATABASE, Path(folder) / "whole"
            about = (_copy_postgres if _is_postgres(settings) else _copy_sqlite)(settings, copy)
            pack(about, vault, copy, whole)
            whole.rename(path)
            disk.sync_folder(path.parent)
    except OSError as error:
        raise Refused(f"The backup cannot be written to {path}: {error.strerror}.") from None
    return about


def restore(settings: Settings, vault: Vault, path: Path, replace: str | None) -> About:
    """Put a backup in the place of the database of the settings.

    ``replace``: the name of a database that holds something, to say that it may go. The old one stays as it
    is unless all of the new one is there. Raises :class:`Refused`; :class:`StartRefused` where root keys do
    not fit or PostgreSQL's programs fail.
    """
    name = database_name(settings)
    beside = settings.instance if _is_postgres(settings) else Path(name_of_file(settings)).parent
    beside.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=beside, prefix=".restore-") as folder:
        copy = Path(folder) / DATABASE
        about = unpack(path, vault, copy)
        _check(settings, vault, about)
        if not _is_empty(settings) and replace != name:
            raise Refused(f"The database {name} is not empty. To replace it, type: --replace {name}")
        if _is_postgres(settings):
            dumps.replace(settings.owner_database, copy)
        else:
            sqlite_files.replace(Path(name_of_file(settings)), copy)
    schema.migrate(settings.owner_database, settings.database)
    return about


def counts(connection: Connection) -> dict[str, int]:
    """Rows by table, as this connection sees them."""
    tables = Base.metadata.sorted_tables
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def counts_now(settings: Settings) -> dict[str, int]:
    """Rows by table in the database of the settings."""
    with _owner(settings) as connection:
        return counts(connection)


def database_name(settings: Settings) -> str:
    """What the database is called: on PostgreSQL its name, else the name of its file."""
    database = make_url(settings.database).database or ""
    return database if _is_postgres(settings) else Path(database).name


def name_of_file(settings: Settings) -> str:
    """Where the SQLite file lies."""
    return make_url(settings.database).database or ""


def _is_postgres(settings: Settings) -> bool:
    return make_url(settings.database).get_backend_name() == "postgresql"


@contextmanager
def _owner(settings: Settings) -> Iterator[Connection]:
    engine = make_engine(settings.owner_database)
    try:
        with engine.execution_options(writes=False).connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection
    finally:
        engine.dispose()


def _about(connection: Connection, kind: str, copy: Path) -> About:
    canaries = {row.root_key_id: row.sealed for row in connection.execute(select(RootCanary.__table__))}
    revision = schema.current_revision(connection) or ""
    return About(
        kind=kind,
        version=__version__,
        revision=revision,
        made_at=clock.now().isoformat(),
        counts=counts(connection),
        canaries={key: bytes(sealed).hex() for key, sealed in canaries.items()},
        digest=digest(copy),
    )


def _copy_postgres(settings: Settings, copy: Path) -> About:
    with _owner(settings) as connection:
        dumps.dump(settings.owner_database, connection, copy)
        return _about(connection, "postgresql", copy)


def _copy_sqlite(settings: Settings, copy: Path) -> About:
    sqlite_files.copy(Path(name_of_file(settings)), copy)
    engine = make_engine(f"sqlite:///{copy.absolute()}")
    try:
        with engine.execution_options(writes=False).connect() as connection:
            return _about(connection, "sqlite", copy)
    finally:
        engine.dispose()


def _check(settings: Settings, vault: Vault, about: About) -> None:
    kind = "postgresql" if _is_postgres(settings) else "sqlite"
    if about.kind != kind:
        raise Refused(
            f"The backup is of {about.kind}, and the settings name {kind}. Restore it there; `almoner "
            "copy-from-sqlite` brings a SQLite database to PostgreSQL."
        )
    if about.revision != schema.head():
        raise Refused(
            f"The backup was made by version {about.version} (tables {about.revision}). Restore it with that "
            "version, then upgrade."
        )


def _is_empty(settings: Settings) -> bool:
    if not _is_postgres(settings) and not Path(name_of_file(settings)).exists():
        return True
    engine = make_engine(settings.owner_database)
    try:
        return schema.is_empty(engine)
    except DatabaseError:
        if _is_postgres(settings):
            raise
        return False  # a damaged file: whoever restores over it still has to say so
    finally:
        engine.dispose()
