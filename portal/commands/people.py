"""Tenants, people, and the links with which they come in. Links are printed once and kept nowhere."""

import click

from portal.commands.opening import opened
from portal.config import Settings
from portal.errors import Refused
from portal.people import demo, invitations, memberships, resets, second_factor, tenants, texts, users
from portal.store.work import Work


@click.command()
@click.argument("slug")
@click.argument("name")
@click.option("--admin", required=True, metavar="EMAIL", help="E-mail address of the first admin.")
@click.pass_obj
def make_tenant(settings: Settings, slug: str, name: str, admin: str) -> None:
    """Make a tenant and an invitation for its first admin."""
    email = texts.clean_email(admin)
    with opened(settings) as work:
        tenant = tenants.make_tenant(work, slug, name)
        token, _ = invitations.make(work.within(tenant.id), email, memberships.ADMIN)
    click.echo(f"The tenant {tenant.slug} is made. Give {email} this link; it works once, for 7 days:")
    click.echo(f"{settings.base_url}/invitation/{token.reveal()}")


@click.command()
@click.argument("email")
@click.argument("name")
@click.pass_obj
def make_support(settings: Settings, email: str, name: str) -> None:
    """Add one of the support staff and a link to set their password."""
    with opened(settings) as work:
        users.make_support(work, email, name)
        _print_reset(settings, work, email)


@click.command()
@click.argument("email")
@click.pass_obj
def end_support(settings: Settings, email: str) -> None:
    """Take somebody off the support staff; their sign-ins and visits end at once."""
    with opened(settings) as work:
        users.end_support(work, email)
    click.echo(f"{email} belongs to the support staff no longer.")


@click.command()
@click.argument("email")
@click.pass_obj
def reset_link(settings: Settings, email: str) -> None:
    """Make a link with which somebody sets a new password."""
    with opened(settings) as work:
        _print_reset(settings, work, email)


@click.command()
@click.argument("email")
@click.pass_obj
def reset_second_factor(settings: Settings, email: str) -> None:
    """Take away the second factor of somebody who has lost phone and recovery codes."""
    with opened(settings) as work:
        second_factor.reset(work, email)
    click.echo(f"The second factor of {email} is taken away, and all their sign-ins are ended.")
    click.echo("They sign in with their password, and set up a new one. Be sure that it was they who asked.")


def _print_reset(settings: Settings, work: Work, email: str) -> None:
    token = resets.make_for(work, email)
    click.echo(f"Give {email} this link to set a password; it works once, for 30 minutes:")
    click.echo(f"{settings.base_url}/reset/{token.reveal()}")


@click.command()
@click.pass_obj
def make_demo(settings: Settings) -> None:
    """Make the tenant and people of a practice installation; print how to sign in."""
    if not settings.demo:
        raise Refused(
            "This makes people with printed passwords. Set ALMONER_DEMO=1 if this portal is for practice."
        )
    with opened(settings) as work:
        for person in demo.make_demo(work):
            click.echo(f"{person.role:7} {person.email:20} {person.password or '(password changed since)'}")


COMMANDS = (make_tenant, make_support, end_support, reset_link, reset_second_factor, make_demo)
