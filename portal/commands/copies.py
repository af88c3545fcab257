"""Copies of the whole database: a backup, putting it back, and the way from SQLite to PostgreSQL."""

from pathlib import Path

import click

from portal.audit.log import record
from portal.commands.audits import verify_all
from portal.commands.opening import opened
from portal.config import Settings
from portal.errors import StartRefused
from portal.store import backups, copying
from portal.store.ring import read_ring
from portal.store.vault import Vault

WITHOUT_KEYS = "The root keys are not in it: keep a copy of them elsewhere, or the backup opens nothing."


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(settings: Settings, file: Path) -> None:
    """Write the whole database to FILE, while the portal is serving."""
    with opened(settings) as work:
        about = backups.make(settings, work.store.vault, file)
        with work.write() as session:
            record(session, work, "backup.made", digest=about.digest)
    click.echo(f"{sum(about.counts.values())} rows of {len(about.counts)} tables are in {file}.")
    click.echo(WITHOUT_KEYS)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", metavar="NAME", help="Name of the database that is there, to have it replaced.")
@click.pass_obj
def restore(settings: Settings, file: Path, replace: str | None) -> None:
    """Put the backup in FILE in the place of the database. Stop the portal first."""
    about = backups.restore(settings, Vault(read_ring(settings)), file, replace)
    if backups.counts_now(settings) != about.counts:
        raise StartRefused("Not as many rows came back as were backed up. Do not start the portal on this.")
    with opened(settings) as work:
        verify_all(work)
        with work.write() as session:
            record(session, work, "backup.restored", digest=about.digest)
    click.echo(f"{sum(about.counts.values())} rows of {len(about.counts)} tables are as on {about.made_at}.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def copy_from_sqlite(settings: Settings, file: Path) -> None:
    """Copy the SQLite database FILE into the empty PostgreSQL database of the settings.

    Stop the portal first.
    """
    copied = copying.copy(settings, Vault(read_ring(settings)), file)
    rows = sum(one.rows for one in copied.values())
    with opened(settings) as work:
        verify_all(work)
        with work.write() as session:
            record(session, work, "database.copied", rows=rows)
    click.echo(f"{rows} rows of {len(copied)} tables are the same in both databases. {file} is as it was.")


COMMANDS = (backup, restore, copy_from_sqlite)
