"""Passwords are guessed: how fast that goes, and that it shuts out nobody whose password is guessed (T21).

Wrong ones are counted by the network they come from, and by account and network together. Where one account
is tried from many networks, each of them has a single try until it is calm again. No account is ever locked:
a network that has not tried it yet may, and a browser in which the person has signed in before is counted by
itself. A reset link makes a browser such a one.

Codes of a second factor are tried only by who knows the password. They are few, so those tried for one person
in browsers that are not known count together, from wherever they come; who is slowed by that sets a new
password, with which the other tries end, and whose reset link makes the browser known.

An address that nobody has is counted like any other, so that none of this tells which ones are known (T20).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from uuid import UUID

from portal.audit.log import record
from portal.errors import TooMany
from portal.people import recovery_codes
from portal.people.known_browsers import known_as
from portal.secret import Secret
from portal.store import tries
from portal.store.tries import Ask, Full, Rate
from portal.store.work import Work

AT_ONCE = 30  # of a network, unless the operator says otherwise
NETWORK_EVERY = timedelta(minutes=1)
HERE = Rate(5, timedelta(minutes=12))
ACCOUNT = Rate(20, timedelta(minutes=3))
BROWSER = Rate(10, timedelta(minutes=3))
CODES = Rate(20, timedelta(minutes=3))
NO_ONE = UUID(int=0)


@dataclass(frozen=True)
class Origin:
    """Where somebody comes from: the connection's address, and what :func:`known_browsers.make` gave the
    browser. ``at_once``: how much a network may get wrong at once."""

    address: str
    known: Secret | None = None
    at_once: int = AT_ONCE


def network_of(address: str) -> str:
    """What one guesser has at will: an IPv4 address, the upper half of an IPv6 address. All that is neither
    counts as one."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return "none"
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
    return str(found)


def sign_in_asks(work: Work, email_key: str, user_id: UUID | None, origin: Origin) -> list[Ask]:
    """What a sign-in counts as. ``user_id``: whose address it is, if anybody's."""
    vault = work.store.vault
    if browser := known_as(vault, user_id or NO_ONE, origin.known):
        return [Ask("browser", tries.about(vault, "browser", str(user_id), browser), BROWSER)]
    network = network_of(origin.address)
    account = tries.about(vault, "account", email_key)
    with work.read() as session:
        is_under_attack = tries.is_full(session, account, ACCOUNT)
    here = tries.about(vault, "account from", email_key, network)
    return [
        _of_network(work, "network", origin),
        Ask("account", here, HERE, weight=HERE.at_once if is_under_attack else 1),
        Ask("account", account, ACCOUNT, refuses=False),
    ]


def reset_asks(work: Work, origin: Origin) -> list[Ask]:
    """What asking for a reset link counts as. By network only: who asks for somebody else's address must
    not keep them from asking themselves, and nobody gets more than one mail in ten minutes."""
    return [_of_network(work, "resets", origin)]


def own_password_asks(work: Work) -> list[Ask]:
    """What typing one's present password counts as, to change it: somebody may sit at a browser of
    somebody else's."""
    about = tries.about(work.store.vault, "own password", str(work.user_id))
    return [Ask("own_password", about, BROWSER)]


def email_asks(work: Work) -> list[Ask]:
    """What a link to another e-mail address counts as: it goes to whatever address somebody types."""
    return [Ask("email_change", tries.about(work.store.vault, "email change", str(work.user_id)), HERE)]


def code_asks(work: Work, user_id: UUID, origin: Origin, typed: str) -> list[Ask]:
    """What a code counts as that completes a sign-in. What has the form of a recovery code counts nowhere:
    nobody guesses 80 bits, and who is slowed by somebody else's guesses has another way in."""
    if recovery_codes.has_form(typed):
        return []
    vault, person = work.store.vault, str(user_id)
    if browser := known_as(vault, user_id, origin.known):
        return [Ask("code_browser", tries.about(vault, "code browser", person, browser), BROWSER)]
    here = tries.about(vault, "code from", person, network_of(origin.address))
    return [Ask("code", here, HERE), Ask("code", tries.about(vault, "code", person), CODES)]


def own_code_asks(work: Work, typed: str) -> list[Ask]:
    """What a code counts as that somebody enters who is signed in; a recovery code counts nowhere."""
    if recovery_codes.has_form(typed):
        return []
    return [Ask("own_code", tries.about(work.store.vault, "own code", str(work.user_id)), BROWSER)]


def _of_network(work: Work, by: str, origin: Origin) -> Ask:
    about = tries.about(work.store.vault, by, network_of(origin.address))
    return Ask(by, about, Rate(origin.at_once, NETWORK_EVERY))


def take(work: Work, asks: Sequence[Ask], subject_id: UUID | None) -> None:
    """Count one, before what was typed is looked at. Raises :class:`TooMany`.

    ``subject_id``: whom the line in the audit is about, which is written once for as long as it lasts.
    """
    work = work.within(None)
    try:
        with work.write() as session:
            tries.take(session, asks)
    except Full as full:
        if full.is_new:
            _record(work, full.ask, subject_id)
        raise TooMany(full.seconds) from None


def _record(work: Work, ask: Ask, subject_id: UUID | None) -> None:
    with work.write() as session:
        if tries.note_slowed(session, ask):
            record(session, work, "sign_in.slowed", outcome="failed", subject_id=subject_id, by=ask.by)
