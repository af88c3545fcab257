"""Setting the portal up, upgrading it, and what runs beside the server."""

from urllib.parse import urlsplit
from uuid import uuid4

import click

from portal import worker
from portal.config import Settings
from portal.errors import Refused
from portal.mail.smtp import Message, deliver, server_of
from portal.mail.troubles import SENTENCES, Code, MailTrouble
from portal.people import texts
from portal.start import prepare, upgrade


@click.command()
@click.pass_obj
def init(settings: Settings) -> None:
    """Make instance folder, root key and tables. Doing it again changes nothing."""
    prepare(settings)
    click.echo("The portal is ready. Keep a copy of its root key apart from its database.")


@click.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database to the portal's version. Make a backup first."""
    upgrade(settings)
    click.echo("The database is at the portal's version.")


@click.command()
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


@click.command(name="worker")
@click.pass_obj
def run_worker(settings: Settings) -> None:
    """Do what runs by the clock, until stopped. Any number of these may run at once."""
    worker.main(settings)


COMMANDS = (init, migrate, mail_test, run_worker)
