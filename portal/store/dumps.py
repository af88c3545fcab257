"""PostgreSQL's own ``pg_dump``, ``pg_restore`` and ``psql``, run as the owner of the tables.

The password is in the environment of the program, never among its arguments, which every user of the machine
can read.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, make_url, text

from portal.errors import Refused, StartRefused
from portal.store import owner_reads
from portal.store.engine import make_engine

# Everything the owner made in this schema goes, so that nothing of another version is left.
EMPTY = (
    "SET LOCAL lock_timeout = '10s'; DO $$ DECLARE one record; BEGIN"
    " FOR one IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relkind = 'r'"
    "  AND c.relnamespace = current_schema()::regnamespace"
    " LOOP EXECUTE 'DROP TABLE ' || one.name || ' CASCADE'; END LOOP;"
    " FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p"
    "  WHERE p.pronamespace = current_schema()::regnamespace AND p.proowner = current_user::regrole"
    " LOOP EXECUTE 'DROP FUNCTION ' || one.name; END LOOP; END $$;"
)
# Nothing of what somebody has set up for psql; an error ends it, and is told in one line.
IN_ONE = (
    "--no-psqlrc",
    "--quiet",
    "--output=/dev/null",
    "--single-transaction",
    "--set=ON_ERROR_STOP=1",
    "--set=VERBOSITY=terse",
)
OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND usesysid IS NOT NULL"  # null for the server's own; most else of another role's row is hidden
)


def dump(owner_url: str, connection: Connection, path: Path) -> None:
    """Write what the transaction of ``connection`` sees of the whole database to a file.

    Raises :class:`StartRefused` where a table's rows would be missing, or the program is or fails.
    """
    if blind := owner_reads.without(connection):
        raise StartRefused(f"The owner cannot read all rows of {', '.join(blind)}. Run: almoner migrate")
    snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
    form = ("--format=custom", "--enable-row-security", f"--snapshot={snapshot}", f"--file={path}")
    _run("pg_dump", owner_url, form)


def replace(owner_url: str, path: Path) -> None:
    """Put a dump in the place of everything in the database, in one transaction: all of it or nothing.

    The whole dump is read before the database is touched, into statements beside it. Raises
    :class:`Refused` while somebody else is connected; :class:`StartRefused` where the programs are missing or
    fail, as when a role that the dump names is not there.
    """
    _refuse_others(owner_url)
    script = path.with_name("statements")
    script.touch(0o600)
    _run("pg_restore", owner_url, ("--no-owner", f"--file={script}", str(path)), connects=False)
    _run("psql", owner_url, (*IN_ONE, f"--command={EMPTY}", f"--file={script}"))


def _refuse_others(owner_url: str) -> None:
    engine = make_engine(owner_url)
    try:
        with engine.connect() as connection:
            if connection.scalar(OTHERS):
                raise Refused("Others are connected to the database. Stop the portal and its workers first.")
    finally:
        engine.dispose()


def _run(program: str, url: str, options: Sequence[str], *, connects: bool = True) -> None:
    place = make_url(url)
    where = ("--no-password", f"--dbname={_address(place)}") if connects else ()
    command = [program, *where, *options]
    try:
        subprocess.run(  # noqa: S603  # nosec B603 # a fixed program; the settings say the rest
            command, env=_environment(place), capture_output=True, text=True, check=True
        )
    except FileNotFoundError:
        raise StartRefused(
            f"The program {program} is not there. Install PostgreSQL's client, not older than the server."
        ) from None
    except subprocess.CalledProcessError as error:
        raise StartRefused(f"{program} failed: {_why(error.stderr)}") from None


def _why(said: str) -> str:
    """The line that tells what was wrong; what comes after it is the statement."""
    lines = said.strip().splitlines() or ["it did not say why"]
    return next((line for line in lines if "error:" in line.lower()), lines[-1])


def _address(place: URL) -> str:
    """Where to connect and as whom, without the password."""
    query = {name: str(value) for name, value in place.query.items()}
    named = {"host": place.host, "port": place.port, "user": place.username, "dbname": place.database}
    return make_conninfo("", **{name: str(value) for name, value in named.items() if value}, **query)


def _environment(place: URL) -> Mapping[str, str]:
    password = {"PGPASSWORD": str(place.password)} if place.password else {}
    return {**os.environ, **password}
