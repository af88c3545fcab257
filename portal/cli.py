"""``almoner``: the group of what the operator does, and what its commands exit with.

Exit codes: 0 done; 1 a rule said no, or the audit is broken; 78 (EX_CONFIG of sysexits.h) settings, database
or root key are not as they have to be.
"""

from typing import Any

import click

from portal import __version__
from portal.commands import audits, copies, keys, people, running, tenants
from portal.config import read_settings
from portal.errors import FieldErrors, Refused, SecretUnreadable, StartRefused

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
        except SecretUnreadable:
            click.echo(
                "What is sealed cannot be opened, or the first key of the ring seals nothing yet. "
                "Compare `almoner root-key list` with the ring of the other machines.",
                err=True,
            )
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


for matter in (running, tenants, people, audits, keys, copies):
    for command in matter.COMMANDS:
        main.add_command(command)


if __name__ == "__main__":
    main(prog_name="almoner")
