"""Closing tenants, letting them go on, and deleting them."""

import click

from portal.commands.opening import opened
from portal.config import Settings
from portal.people import tenant_ends, tenant_erasing
from portal.people.tenants import by_slug

BACKUPS = (
    "In backups its secrets can be read until the oldest one made before today is thrown away, and so they "
    "can in what your database keeps of deleted rows (write-ahead logs, replicas, snapshots of its disk)."
)

UNSURE = (
    "Nothing was erased. --now erases {name} at once and for good. If you want that, type its slug once "
    "more: almoner delete-tenant {slug} --now --confirm {slug}"
)


@click.command()
@click.argument("slug")
@click.pass_obj
def suspend_tenant(settings: Settings, slug: str) -> None:
    """Close a tenant to its people and programs. Nothing is lost; resume-tenant opens it again."""
    with opened(settings) as work:
        tenant_ends.suspend(work, slug)
    click.echo(f"{slug} is suspended. Its grants are renewed meanwhile; nothing else is done for it.")
    click.echo(f"It goes on by: almoner resume-tenant {slug}")


@click.command()
@click.argument("slug")
@click.pass_obj
def resume_tenant(settings: Settings, slug: str) -> None:
    """Let a suspended tenant go on. What waited for it is done now."""
    with opened(settings) as work:
        tenant = tenant_ends.resume(work, slug)
    if tenant.deleted_at is None:
        click.echo(f"{slug} goes on.")
        return
    when = f"{tenant.deleted_at:%d %B %Y %H:%M} UTC"
    click.echo(f"{slug} is not suspended any more. It stays closed: it is going to be deleted on {when}.")
    click.echo(f"An admin of it can take that back, or you: almoner keep-tenant {slug}")


@click.command()
@click.argument("slug")
@click.option("--now", is_flag=True, help="Erase it at once. This cannot be taken back.")
@click.option("--confirm", metavar="SLUG", help="With --now: the slug once more.")
@click.pass_obj
def delete_tenant(settings: Settings, slug: str, now: bool, confirm: str | None) -> None:
    """Close a tenant and have the worker erase it a week later, or erase it now."""
    with opened(settings) as work:
        found = by_slug(work, slug)
        if now and confirm != slug:
            raise click.ClickException(UNSURE.format(name=found.name, slug=slug))
        if now:
            tenant_erasing.erase_now(work, slug)
            click.echo(f"{slug} is deleted. What is left is its audit, which holds no names.")
            click.echo(BACKUPS)
            return
        tenant = tenant_ends.ask_deletion(work.within(found.id), slug)
    click.echo(f"{slug} is closed, and will be erased on {tenant.deleted_at:%d %B %Y %H:%M} UTC.")
    click.echo(f"Until then an admin of it can take that back, or you: almoner keep-tenant {slug}")


@click.command()
@click.argument("slug")
@click.pass_obj
def keep_tenant(settings: Settings, slug: str) -> None:
    """Take the deletion of a tenant back, while it is not erased."""
    with opened(settings) as work:
        tenant = tenant_ends.take_back(work.within(by_slug(work, slug).id))
    click.echo(f"{slug} is not deleted.{' It is suspended still.' if tenant.is_suspended else ''}")


COMMANDS = (suspend_tenant, resume_tenant, delete_tenant, keep_tenant)
