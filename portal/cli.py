"""``almoner``: what the operator does. Links are printed once and kept nowhere.

Exit codes: 0 done; 1 a rule said no, or the audit is broken; 78 (EX_CONFIG of sysexits.h) settings, database
or root key are not as they have to be.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import click

from portal import __version__, worker
from portal.audit import log
from portal.config import Settings, read_settings
from portal.errors import FieldErrors, Refused, StartRefused
from portal.mail.smtp import Message, deliver, server_of
from portal.mail.troubles import SENTENCES, Code, MailTrouble
from portal.people import demo, invitations, memberships, resets, tenants, texts, users
from portal.start import open_store, prepare
from portal.store import schema
from portal.store.work import OPERATOR, Work

EX_CONFIG = 78


class Commands(click.Group):
    """Commands that end with a sentence, never with a traceback, when the portal refuses something."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn the portal's own errors into a sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except StartRefused as error:
            click.echo(str(error), err=True)
            ctx.exit(EX_CONFIG)
        except FieldErrors as error:
            raise click.ClickException(" ".join(error.errors.values())) from None
        except Refused as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="almoner")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Operate an Almoner portal. Settings come from the environment (ALMONER_...); see README.md."""
    ctx.obj = read_settings()


@contextmanager
def _work(settings: Settings) -> Iterator[Work]:
    store = open_store(settings)
    try:
        yield Work(store, None, OPERATOR)
    finally:
        store.engine.dispose()


@main.command()
@click.pass_obj
def init(settings: Settings) -> None:
    """Make instance folder, root key and tables. Doing it again changes nothing."""
    prepare(settings)
    click.echo("The portal is ready. Keep a copy of its root key apart from its database.")


@main.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database to the portal's version. Make a backup first."""
    schema.migrate(settings.owner_database, settings.database)
    click.echo("The database is at the portal's version.")


@main.command()
@click.argument("slug")
@click.argument("name")
@click.option("--admin", required=True, metavar="EMAIL", help="E-mail address of the first admin.")
@click.pass_obj
def make_tenant(settings: Settings, slug: str, name: str, admin: str) -> None:
    """Make a tenant and an invitation for its first admin."""
    email = texts.clean_email(admin)
    with _work(settings) as work:
        tenant = tenants.make_tenant(work, slug, name)
        token, _ = invitations.make(work.within(tenant.id), email, memberships.ADMIN)
    click.echo(f"The tenant {tenant.slug} is made. Give {email} this link; it works once, for 7 days:")
    click.echo(f"{settings.base_url}/invitation/{token.reveal()}")


@main.command()
@click.argument("email")
@click.argument("name")
@click.pass_obj
def make_support(settings: Settings, email: str, name: str) -> None:
    """Add one of the support staff and a link to set their password."""
    with _work(settings) as work:
        users.make_support(work, email, name)
        _print_reset(settings, work, email)


@main.command()
@click.argument("email")
@click.pass_obj
def reset_link(settings: Settings, email: str) -> None:
    """Make a link with which somebody sets a new password."""
    with _work(settings) as work:
        _print_reset(settings, work, email)


def _print_reset(settings: Settings, work: Work, email: str) -> None:
    token = resets.make_for(work, email)
    click.echo(f"Give {email} this link to set a password; it works once, for 30 minutes:")
    click.echo(f"{settings.base_url}/reset/{token.reveal()}")


@main.command()
@click.argument("slug", required=False)
@click.pass_obj
def verify_audit(settings: Settings, slug: str | None) -> None:
    """Check the hash chain of a tenant's audit; without SLUG, the portal's and every tenant's."""
    with _work(settings) as work:
        chains = [tenants.by_slug(work, slug)] if slug else tenants.list_all(work)
        whole = [_verify(work.within(tenant.id), tenant.slug) for tenant in chains]
        if slug is None:
            whole.append(_verify(work, "the portal"))
    if not all(whole):
        raise click.ClickException(
            "The audit was changed. Compare it with a backup, beginning at the line named."
        )


def _verify(work: Work, whose: str) -> bool:
    with work.read() as session:
        count, broken = log.verify(session)
    click.echo(f"{whose}: {f'does not fit from line {broken} on' if broken else 'whole'}, {count} lines")
    return broken is None


@main.command()
@click.argument("address")
@click.pass_obj
def mail_test(settings: Settings, address: str) -> None:
    """Send one message to ADDRESS now, and say what went wrong."""
    server, recipient = server_of(settings), texts.clean_email(address)
    if server is None:
        raise Refused(SENTENCES[Code.OFF])
    message_id = f"<{uuid4().hex}@{urlsplit(settings.base_url).hostname}>"
    text = f"This is a test of the portal at {settings.base_url}. Its mail arrives."
    try:
        deliver(server, Message(recipient, "Test message from Almoner", text, message_id))
    except MailTrouble as trouble:
        raise Refused(str(trouble)) from None
    click.echo(f"The mail server has taken the message to {recipient}. Look whether it arrives.")


@main.command(name="worker")
@click.pass_obj
def run_worker(settings: Settings) -> None:
    """Do what runs by the clock, until stopped. Any number of these may run at once."""
    worker.main(settings)


@main.command()
@click.pass_obj
def make_demo(settings: Settings) -> None:
    """Make the tenant and people of a practice installation; print how to sign in."""
    if not settings.demo:
        raise Refused(
            "This makes people with printed passwords. Set ALMONER_DEMO=1 if this portal is for practice."
        )
    with _work(settings) as work:
        for person in demo.make_demo(work):
            click.echo(f"{person.role:7} {person.email:20} {person.password or '(password changed since)'}")


if __name__ == "__main__":
    main(prog_name="almoner")
