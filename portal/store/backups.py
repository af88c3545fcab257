"""Backups: one file that holds the database as it was at one moment, and what to know before putting it back.

A tar file, compressed, with two members: ``backup.json`` and ``database`` (a SQLite file, or PostgreSQL's
custom format). What ``backup.json`` says is sealed by a key that comes from the root key; the root keys
themselves are never part of a backup.
"""

import hashlib
import hmac
import json
import os
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, func, make_url, select
from sqlalchemy.exc import DatabaseError

from portal import __version__, clock
from portal.config import Settings
from portal.errors import Refused
from portal.store import disk, dumps, schema
from portal.store.base import Base
from portal.store.engine import make_engine
from portal.store.tables import RootCanary
from portal.store.vault import Vault, check_ring

ABOUT, DATABASE = "backup.json", "database"
AT_ONCE = 1024 * 1024
# What comes of reading a ``backup.json`` that none of us has written: nothing in it is believed yet.
NOT_AS_WRITTEN = (ValueError, KeyError, TypeError, AttributeError)
DAMAGED = "The database is damaged: SQLite's own check finds faults. Restore an older one."
BESIDE_SQLITE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True)
class About:
    """What a backup says of itself. ``counts``: rows by table. ``canaries``: what the root keys must open, in
    hexadecimal digits. ``digest``: SHA-256 of the database in it."""

    kind: str
    version: str
    revision: str
    made_at: str
    counts: dict[str, int]
    canaries: dict[str, str]
    digest: str


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
            _pack(about, _seal(vault, about), copy, whole)
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
        about = _unpack(path, vault, copy)
        _check(settings, vault, about)
        if not _is_empty(settings) and replace != name:
            raise Refused(f"The database {name} is not empty. To replace it, type: --replace {name}")
        if _is_postgres(settings):
            dumps.replace(settings.owner_database, copy)
        else:
            _put_sqlite(Path(name_of_file(settings)), copy)
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
        digest=_digest(copy),
    )


def _copy_postgres(settings: Settings, copy: Path) -> About:
    with _owner(settings) as connection:
        dumps.dump(settings.owner_database, connection, copy)
        return _about(connection, "postgresql", copy)


def _copy_sqlite(settings: Settings, copy: Path) -> About:
    copy.touch(0o600)
    with (
        _damage_is_told(),
        closing(sqlite3.connect(name_of_file(settings), timeout=10)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)  # in one step, of one moment; who writes meanwhile is not kept waiting
        target.execute("PRAGMA journal_mode=DELETE")
    _check_sqlite(copy)
    engine = make_engine(f"sqlite:///{copy.absolute()}")
    try:
        with engine.execution_options(writes=False).connect() as connection:
            about = _about(connection, "sqlite", copy)
    finally:
        engine.dispose()
    return about


def _check_sqlite(copy: Path) -> None:
    with _damage_is_told(), closing(sqlite3.connect(copy)) as connection:
        if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise Refused(DAMAGED)


@contextmanager
def _damage_is_told() -> Iterator[None]:
    """Some damage SQLite's check reports as a row, some keeps it from reading at all."""
    try:
        yield
    except sqlite3.OperationalError:
        raise  # a full disk, a file in use: not damage
    except sqlite3.DatabaseError:
        raise Refused(DAMAGED) from None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seal(vault: Vault, about: About, number: int = 0) -> str:
    said = json.dumps(asdict(about), sort_keys=True).encode()
    return hmac.digest(vault.derive("backups")[number], said, hashlib.sha256).hex()


def _pack(about: About, seal: str, copy: Path, whole: Path) -> None:
    text = json.dumps({"about": asdict(about), "seal": seal}, indent=1).encode()
    descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as packed:
            member = tarfile.TarInfo(ABOUT)
            member.size = len(text)
            packed.addfile(member, BytesIO(text))
            packed.add(copy, DATABASE)
        file.flush()
        os.fsync(file.fileno())


def _unpack(path: Path, vault: Vault, copy: Path) -> About:
    """What a backup says of itself, believed only with the seal of a root key; its database in ``copy``."""
    try:
        with tarfile.open(path, "r:gz") as packed:
            said, database = (packed.extractfile(name) for name in (ABOUT, DATABASE))
            if said is None or database is None:
                raise ValueError("members are files")
            head = json.load(said)
            about, seal = About(**head["about"]), str(head["seal"])
            known = {str(key): bytes.fromhex(sealed) for key, sealed in about.canaries.items()}
            copy.touch(0o600)
            with copy.open("wb") as file:
                while piece := database.read(AT_ONCE):
                    file.write(piece)
    except FileNotFoundError:
        raise Refused(f"There is no file {path}.") from None
    except (OSError, tarfile.TarError, zlib.error, EOFError, *NOT_AS_WRITTEN):
        raise Refused(f"{path} is no backup of this portal, or is not whole.") from None
    check_ring(vault.ring, known)
    seals = (_seal(vault, about, one) for one in range(len(vault.ring.ids)))
    if not any(hmac.compare_digest(seal.encode(), one.encode()) for one in seals):
        raise Refused(f"What {path} says of itself was changed, or another portal made it.")
    if _digest(copy) != about.digest:
        raise Refused(f"The database in {path} is not the one that was backed up.")
    return about


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


def _put_sqlite(place: Path, copy: Path) -> None:
    _check_sqlite(copy)
    if place.exists():
        with closing(sqlite3.connect(place, timeout=1)) as old:
            try:
                # Leaving WAL needs the file for oneself: whoever serves holds it open.
                old.execute("PRAGMA journal_mode=DELETE")
            except sqlite3.OperationalError:
                raise Refused(f"The file {place} is in use. Stop the portal and its workers first.") from None
            except sqlite3.DatabaseError:
                pass  # damaged, which is why it is replaced
    with copy.open("rb+") as file:
        os.fsync(file.fileno())
    for ending in BESIDE_SQLITE:  # SQLite would apply to the new file what was written for the old one
        place.with_name(place.name + ending).unlink(missing_ok=True)
    disk.sync_folder(place.parent)  # gone before the new file has its name
    copy.replace(place)
    disk.sync_folder(place.parent)
