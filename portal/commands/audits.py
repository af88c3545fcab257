"""The audit's chains, checked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from portal import clock
from portal.audit import closing, log
from portal.audit.use_batches import check_uses
from portal.commands.opening import opened, opened_as_owner
from portal.config import Settings
from portal.credentials.told_again import tell_again
from portal.people import tenants
from portal.store.work import Work

FOLDER = click.Path(exists=True, file_okay=False, writable=True, path_type=Path)
ARCHIVE = click.Path(exists=True, file_okay=False, path_type=Path)
STAYS = timedelta(days=90)  # warnings told, tests of keys, what changed since a row was looked at
TOO_LATE = "the portal itself looks at them. Name an earlier day."
UNSEEN = "their files were not looked at (--segments)"


@click.command()
@click.argument("slug", required=False)
@click.option(
    "--segments", metavar="DIR", type=ARCHIVE, help="Folder of the files of closed parts, to check too."
)
@click.pass_obj
def verify_audit(settings: Settings, slug: str | None, segments: Path | None) -> None:
    """Check the hash chain of a tenant's audit, and the uses of credentials it covers; without SLUG, the
    portal's and every tenant's."""
    with opened(settings) as work:
        verify_all(work, slug, segments)


def verify_all(work: Work, slug: str | None = None, segments: Path | None = None) -> None:
    """Check and tell of each chain; an error of click's where one does not fit."""
    chains = [tenants.by_slug(work, slug, even_erased=True)] if slug else tenants.list_all(work)
    whole = [_verify(work.within(tenant.id), tenant.slug, segments) for tenant in chains]
    if slug is None:
        whole.append(_verify(work, "the portal", segments))
    if not all(whole):
        raise click.ClickException(
            "The audit was changed. Compare it with a backup, beginning at the line named."
        )
    click.echo(
        "What was cut off at the end does not show, nor an end written anew with all rights to the database: "
        "note each last number elsewhere. Next time it must be there, with its seal."
    )


def _verify(work: Work, whose: str, segments: Path | None) -> bool:
    with work.read() as session:
        count, broken = log.verify(session)
        uses = check_uses(session) if work.tenant_id else None
        until, _ = log.closed_until(session)
        last = log.last_line(session)
        parts, why = closing.check_files(session, segments) if segments else (0, None)
    click.echo(f"{whose}: {f'does not fit from line {broken} on' if broken else 'whole'}, {count} lines")
    if last is not None:
        click.echo(f"{whose}, last line: {last[0]} with the seal {last[1]}")
    if uses is not None:
        click.echo(f"{whose}, uses of credentials: {uses}")
    if until:
        click.echo(
            f"{whose}: lines 1 to {until} are closed; {why or f'{parts} files fit' if segments else UNSEEN}"
        )
    return broken is None and why is None and (uses is None or uses.wrong is None)


@click.command()
@click.option(
    "--before", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First day (UTC) that stays."
)
@click.option("--into", "folder", required=True, metavar="DIR", type=FOLDER, help="Folder for the files.")
@click.pass_obj
def close_audit(settings: Settings, before: datetime, folder: Path) -> None:
    """Take the lines of before a day out of every chain, into files that can be checked."""
    before = before.replace(tzinfo=UTC)
    if before > clock.now() - STAYS:
        raise click.ClickException(f"The last {STAYS.days} days stay: {TOO_LATE}")
    with opened_as_owner(settings) as work:
        closed = 0
        chains = [(work.within(tenant.id), tenant.slug) for tenant in tenants.list_all(work)]
        for chain, whose in (*chains, (work, "the portal")):
            if chain.tenant_id:
                tell_again(chain, before)
            part = closing.close(chain, before, folder)
            if part:
                closed += 1
                click.echo(f"{whose}: lines {part.first} to {part.last} are in {part.file}")
    click.echo(
        "Keep the files as long as the record has to be kept; nothing else holds these lines any more."
        if closed
        else "Nothing in any record is of before that day. Nothing was closed."
    )


COMMANDS = (
    verify_audit,
    close_audit,
)
