"""What ends when: one list over all that an ALM account rests on, and what happens by itself.

Most of it is stored where it was typed or told: the end of a token, of an OAuth 1.0a token, of a TLS
certificate, of the former way of an account that was converted. What renews itself has no date; it gets one
when it cannot.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from uuid import UUID

from portal import clock
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.endless import (
    ADVISED_BEFORE,
    KEY_YEARS,
    NoEnd,
    of_accounts,
    of_credentials,
    sentences,
)
from portal.alm_accounts.ends_of_keys import KeyEnd, ends_of_keys
from portal.alm_accounts.held_credentials import Held, held_of
from portal.alm_accounts.words_of_endings import NEW_WAY, REMIND, Words, words_of
from portal.credentials.states import IDLE_SOON
from portal.people.users import names
from portal.store.work import Work

OWN, MINE, PEOPLE, ACCOUNT, PROGRAM = "own", "mine", "people", "account", "program"


@dataclass(frozen=True)
class Ending:
    """One thing and its end. ``subject_id`` is the row that ends, ``user_id`` the person whose it is and
    ``authorised_by`` who connected the account's own or made the program's key, whose name stands for the
    account's. ``people``: how many it stands for, ``person`` their
    name where it is one. ``is_former``: connected by a way that its account does not take any more."""

    kind: str
    whose: str
    account_id: UUID
    account_name: str
    subject_id: UUID
    ends_at: datetime
    user_id: UUID | None = None
    authorised_by: UUID | None = None
    people: int = 1
    is_shared: bool = False
    is_former: bool = False
    person: str = ""

    @property
    def words(self) -> Words:
        """What it is, what happens by itself, who can act, and what to do."""
        words = words_of(self.kind, self.whose, is_shared=self.is_shared)
        if not self.is_former:
            return words
        return replace(words, todo=REMIND if self.whose == PEOPLE else NEW_WAY)

    @property
    def path(self) -> str:
        """The page of the tenant on which it is mended."""
        if self.whose == MINE:
            return f"profile/alm-credentials/{self.account_id}"
        if self.whose == PROGRAM:
            return f"programs/{self.subject_id}"
        page = f"alm-accounts/{self.account_id}"
        if self.whose == PEOPLE:
            return f"{page}/people/?show=former" if self.is_former else f"{page}/people/"
        if self.kind == "signing_key":
            return f"{page}/key"
        return f"{page}/set-up" if self.words.in_set_up else page


@dataclass(frozen=True)
class Calendar:
    """``dated``: next first, with what has ended before it. ``no_end``: said once, under it."""

    dated: tuple[Ending, ...]
    no_end: tuple[NoEnd, ...]


def calendar(
    work: Work, accounts: Iterable[AccountView], zone: tzinfo, *, is_admin: bool, is_proxied: bool = False
) -> Calendar:
    """What ends of these accounts, for the person at work: an admin sees everybody's, a member their own.

    ``zone`` is the reader's; ``is_proxied``: calls go through a proxy, and no certificate is seen.
    """
    saved = [account for account in accounts if account.saved]
    now, reader = clock.now(), work.user_id
    with work.read() as session:
        held = held_of(session, [account.id for account in saved])
        keys = ends_of_keys(session, [account.id for account in saved], now) if is_admin else []
    mine = [one for one in held if is_admin or one.user_id == work.user_id]
    dated = [ending for account in saved for ending in what_ends(account, mine, now, is_admin=is_admin)]
    dated += of_keys(keys)
    seen = [replace(one, whose=MINE) if one.user_id == reader else one for one in dated]
    ends_not = [of_credentials(saved, mine, now, reader if is_admin else None)]
    if is_admin:
        ends_not.append(of_accounts(saved, now, zone, is_proxied=is_proxied))
    grouped = _named(work, _grouped(seen, zone))
    return Calendar(tuple(sorted(grouped, key=lambda one: one.ends_at)), sentences(*ends_not))


def what_ends(
    account: AccountView, held: Iterable[Held], now: datetime, *, is_admin: bool = True
) -> list[Ending]:
    """The dated endings of one account; ``is_admin``: also those of the account as such."""
    of_account = [one for one in held if one.account_id == account.id]
    found = [ending for one in of_account for ending in _of_credential(account, one, now)]
    return found + _of_account(account, of_account, now) if is_admin else found


def of_keys(keys: Iterable[KeyEnd]) -> list[Ending]:
    """The endings of the keys of programs; each stands under its own name."""
    return [
        Ending(
            "program_key", PROGRAM, one.account_id, one.name, one.id, one.ends_at, authorised_by=one.made_by
        )
        for one in keys
    ]


def _of_credential(account: AccountView, held: Held, now: datetime) -> list[Ending]:
    ends: list[tuple[str, datetime]] = []
    if held.ends_at and not held.idle_end:
        ends.append((held.method, held.ends_at))
    if held.idle_end and held.idle_end - now < IDLE_SOON:
        ends.append(("idle", held.idle_end))
    if held.serves_until:
        earlier = [(kind, at) for kind, at in ends if at < held.serves_until]
        ends = earlier or [("old_way", held.serves_until)]
    whose = PEOPLE if held.user_id else OWN
    by = None if held.user_id else held.connected_by
    former = held.serves_until is not None
    return [
        Ending(kind, whose, account.id, account.name, held.id, at, held.user_id, by, is_former=former)
        for kind, at in ends
    ]


def _of_account(account: AccountView, held: Sequence[Held], now: datetime) -> list[Ending]:
    """What is nobody's in particular: the secret of its app, its signing key, its Jira's certificate."""
    found: list[tuple[str, UUID, datetime]] = []
    app, key, certificate = account.app, account.current_key, account.certificate
    if app and any(one.is_refused for one in held):
        found.append(("client_secret", app.id, _refused_by(held, now)))
    if key and key.made_at + KEY_YEARS - now <= ADVISED_BEFORE:
        found.append(("signing_key", key.id, key.made_at + KEY_YEARS))
    if certificate:
        found.append(("certificate", account.id, certificate.ends_at))
    shared = account.is_by_shared_app
    return [
        Ending(kind, ACCOUNT, account.id, account.name, subject, at, is_shared=shared)
        for kind, subject, at in found
    ]


def _refused_by(held: Sequence[Held], now: datetime) -> datetime:
    """When the first consent is lost for good; until then the right secret mends everything."""
    return min((one.idle_end for one in held if one.is_refused and one.idle_end), default=now)


def _grouped(endings: Iterable[Ending], zone: tzinfo) -> list[Ending]:
    """One line for all people whose same thing ends on the same day."""
    groups: dict[tuple[object, ...], list[Ending]] = defaultdict(list)
    for one in endings:
        alone = () if one.whose == PEOPLE else (one.subject_id,)
        day = one.ends_at.astimezone(zone).date()
        groups[(one.account_id, one.kind, one.whose, one.is_former, day, *alone)].append(one)
    return [replace(min(group, key=lambda one: one.ends_at), people=len(group)) for group in groups.values()]


def _named(work: Work, endings: Sequence[Ending]) -> list[Ending]:
    """With the person's name where somebody else's stands alone."""
    alone = [one.user_id for one in endings if one.whose == PEOPLE and one.people == 1 and one.user_id]
    known = names(work, alone) if alone else {}
    by_person = {user_id: known.get(user_id, "") for user_id in alone}
    return [replace(one, person=by_person.get(one.user_id, "")) if one.user_id else one for one in endings]
