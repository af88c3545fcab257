"""The root key ring: adding a key, letting it seal, sealing again what older keys sealed, retiring those.

A key is promoted only after it was added, so that every machine can open what it seals before it seals
anything. The order of steps is such that whoever is stopped between two of them begins again.
"""

from collections import Counter

import click

from portal.audit.log import record
from portal.commands.opening import opened
from portal.config import Settings
from portal.credentials import claims
from portal.errors import Refused
from portal.store import rewrapping
from portal.store.ring import RootRing, changing_ring, replace_ring_file
from portal.store.tables import RootCanary
from portal.store.vault import Vault
from portal.store.work import Work

WHERE_RINGS_ARE_KEPT = "Copy the ring to every machine of this portal, and to the safe place of its copy."


@click.group()
def root_key() -> None:
    """Change the root key ring, while the portal is serving: add, promote, rewrap, retire."""


@root_key.command(name="list")
@click.pass_obj
def list_keys(settings: Settings) -> None:
    """Show the keys of the ring by id, which one seals, and how many values each has sealed."""
    with opened(settings) as work:
        counted, ring = _counted(work), _ring(work)
    for number, identifier in enumerate(ring.ids):
        click.echo(f"{identifier}  {'seals ' if number == 0 else 'opens '}  values: {counted[identifier]}")


@root_key.command()
@click.pass_obj
def add(settings: Settings) -> None:
    """Make a new key. It opens from now on, and seals once it is promoted."""
    with changing_ring(settings), opened(settings) as work:
        before = _ring(work)
        ring = before.with_new_key()
        identifier = next(one for one in ring.ids if one not in before)
        if not settings.root_key_command:
            replace_ring_file(settings.root_key_path, ring)
        with work.write() as session:
            record(session, work, "root_key.added", key_id=identifier)
    if settings.root_key_command:
        click.echo("Put this line, which holds the keys, where ALMONER_ROOT_KEY_COMMAND reads it:", err=True)
        click.echo(ring.text())
    click.echo(f"The key {identifier} is made. {WHERE_RINGS_ARE_KEPT}", err=bool(settings.root_key_command))
    click.echo(f"Then run: almoner root-key promote {identifier}", err=bool(settings.root_key_command))


@root_key.command()
@click.argument("key_id")
@click.pass_obj
def promote(settings: Settings, key_id: str) -> None:
    """Let the key KEY_ID seal from now on, in every process. The older ones go on opening."""
    with changing_ring(settings), opened(settings) as work:
        _refuse_unknown(_ring(work), key_id)
        if settings.root_key_command and _ring(work).active_id != key_id:
            raise Refused(
                f"Put the entry {key_id} first in what ALMONER_ROOT_KEY_COMMAND prints. Then run this again."
            )
        _leave_canary(work, key_id)
        if not settings.root_key_command:
            replace_ring_file(settings.root_key_path, _ring(work).with_first(key_id))
        # Once more: whoever looked between the two would not look again.
        _leave_canary(work, key_id, "root_key.promoted")
    click.echo(f"The key {key_id} seals from now on. {WHERE_RINGS_ARE_KEPT}")
    click.echo("Then run: almoner root-key rewrap")


@root_key.command()
@click.pass_obj
def rewrap(settings: Settings) -> None:
    """Seal with the promoted key what older keys sealed. May be stopped at any time, and run again."""
    with opened(settings) as work:
        count = rewrapping.rewrap(work) + claims.renew(work)
        with work.write() as session:
            record(session, work, "root_key.rewrapped", key_id=_ring(work).active_id, count=count)
    click.echo(f"Values sealed anew: {count}.")


@root_key.command()
@click.argument("key_id")
@click.pass_obj
def retire(settings: Settings, key_id: str) -> None:
    """Take the key KEY_ID out of the ring, if nothing is sealed with it any more."""
    with changing_ring(settings), opened(settings) as work:
        _refuse_unknown(_ring(work), key_id)
        if _ring(work).active_id == key_id:
            raise Refused(f"The key {key_id} seals. Promote another one first.")
        _take_canary(work, key_id)
        if not settings.root_key_command:
            replace_ring_file(settings.root_key_path, RootRing(_ring(work).without(key_id)))
    click.echo(
        f"The key {key_id} is retired. Backups made before hold what only it opens: keep it as long as them."
    )
    if settings.root_key_command:
        click.echo(f"Take the entry {key_id} out of what ALMONER_ROOT_KEY_COMMAND prints.")
    else:
        click.echo(WHERE_RINGS_ARE_KEPT)


def _ring(work: Work) -> RootRing:
    return work.store.vault.ring


def _refuse_unknown(ring: RootRing, key_id: str) -> None:
    if key_id not in ring:
        raise Refused(f"There is no key {key_id} in the ring. `almoner root-key list` shows them.")


def _counted(work: Work) -> Counter[str]:
    return rewrapping.count(work) + claims.count(work)


def _leave_canary(work: Work, key_id: str, event: str | None = None) -> None:
    with work.write() as session:
        vault: Vault = session.info["vault"]
        vault.renew_canary(session, key_id)
        if event:
            record(session, work, event, key_id=key_id)


def _take_canary(work: Work, key_id: str) -> None:
    """With the canary gone no process seals by this key; who was about to has ended when it can be deleted.

    Raises :class:`Refused`, and keeps it, while something is sealed by the key.
    """
    with work.write() as session:
        canary = session.get(RootCanary, key_id, with_for_update=True)
        if canary is not None:
            session.delete(canary)
            session.flush()
        if count := _counted(work)[key_id]:
            raise Refused(f"Values still sealed with {key_id}: {count}. Run first: almoner root-key rewrap")
        record(session, work, "root_key.retired", key_id=key_id)


COMMANDS = (root_key,)
