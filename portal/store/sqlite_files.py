"""The file of a SQLite database, copied and replaced whole; that is done for PostgreSQL by ``dumps``."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from portal.errors import Refused
from portal.store import disk

DAMAGED = "The database is damaged: SQLite's own check finds faults. Restore an older one."
BESIDE_SQLITE = ("-wal", "-shm", "-journal")


def copy(place: Path, to: Path) -> None:
    """Copy a database that may be in use, as it is at one moment; :class:`Refused` for a damaged one."""
    to.touch(0o600)
    with (
        _damage_is_told(),
        closing(sqlite3.connect(place, timeout=10)) as source,
        closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target)  # in one step, of one moment; who writes meanwhile is not kept waiting
        target.execute("PRAGMA journal_mode=DELETE")
    _check(to)


def replace(place: Path, by: Path) -> None:
    """Put a copy, ``by``, in the place of a database that nobody uses. Raises :class:`Refused`."""
    _check(by)
    if place.exists():
        with closing(sqlite3.connect(place, timeout=1)) as old:
            try:
                # Leaving WAL needs the file for oneself: whoever serves holds it open.
                old.execute("PRAGMA journal_mode=DELETE")
            except sqlite3.OperationalError:
                raise Refused(f"The file {place} is in use. Stop the portal and its workers first.") from None
            except sqlite3.DatabaseError:
                pass  # damaged, which is why it is replaced
    with by.open("rb+") as file:
        os.fsync(file.fileno())
    for ending in BESIDE_SQLITE:  # SQLite would apply to the new file what was written for the old one
        place.with_name(place.name + ending).unlink(missing_ok=True)
    disk.sync_folder(place.parent)  # gone before the new file has its name
    by.replace(place)
    disk.sync_folder(place.parent)


def _check(file: Path) -> None:
    with _damage_is_told(), closing(sqlite3.connect(file)) as connection:
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
