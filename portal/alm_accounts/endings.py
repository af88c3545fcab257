"""What ends when: one list over all that an ALM account rests on, and what happens by itself.

Most of it is stored where it was typed or told: the end of a token, of an OAuth 1.0a token, of a TLS
certificate, of the former way of an account that was converted. What renews itself has no date; it gets one
when it cannot.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.ends_of_keys import KeyEnd, ends_of_keys
from portal.alm_accounts.words_of_endings import NEW_WAY, NO_END, REMIND, Words, words_of
from portal.credentials.grants import idle_end
from portal.credentials.states import IDLE_SOON
from portal.jira.answers import Code
from portal.kinds.methods import OAUTH1, PASSWORD, TWO_LEGGED
from portal.people.users import names
from portal.store.tables import Credential, Grant
from portal.store.work import Work

# NIST SP 800-57 part 1, table 1: private signature keys are best used for one to three years.
KEY_YEARS = timedelta(days=730)
ADVISED_BEFORE = timedelta(days=30)
OWN, MINE, PEOPLE, ACCOUNT, PROGRAM = "own", "mine", "people", "account", "program"
Notes = defaultdict[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class Held:
    """One credential in use, as far as its end goes. ``user_id`` None: the account's own."""

    id: UUID
    account_id: UUID
    user_id: UUID | None
    connected_by: UUID
    method: str
    ends_at: datetime | None
    serves_until: datetime | None
    idle_end: datetime | None
    is_refused: bool


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
class NoEnd:
    """What has no date: a sentence, and the accounts it is true of, each with what there is to tell."""

    kind: str
    sentence: str
    accounts: tuple[tuple[str, str], ...]


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
    notes = _notes(saved, mine, now, reader if is_admin else None)
    if is_admin:
        _note_accounts(notes, saved, now, zone, is_proxied=is_proxied)
    no_end = tuple(NoEnd(kind, NO_END[kind], tuple(notes[kind])) for kind in NO_END if notes.get(kind))
    grouped = _named(work, _grouped(seen, zone))
    return Calendar(tuple(sorted(grouped, key=lambda one: one.ends_at)), no_end)


def held_of(session: Session, account_ids: Sequence[UUID]) -> list[Held]:
    """The credentials in use on these accounts: the accounts' own and every person's. No token is read."""
    of_grant = (Grant.tenant_id == Credential.tenant_id) & (Grant.id == Credential.grant_id)
    wanted = (
        select(*_READ)
        .outerjoin(Grant, of_grant)
        .where(Credential.account_id.in_(account_ids), Credential.state == "active")
        .where(or_(Credential.grant_id.is_(None), Grant.state == "active"))
        .order_by(Credential.connected_at)
    )
    return [_held(row) for row in session.execute(wanted)]


_READ = (
    Credential.id,
    Credential.account_id,
    Credential.user_id,
    Credential.connected_by,
    Credential.method,
    Credential.expires_at,
    Credential.serves_until,
    Grant.refreshed_at,
    Grant.trouble,
)


def _held(row: Any) -> Held:
    return Held(
        id=row.id,
        account_id=row.account_id,
        user_id=row.user_id,
        connected_by=row.connected_by,
        method=row.method,
        # A token for sending is got anew whenever it is used.
        ends_at=None if row.method == TWO_LEGGED else row.expires_at,
        serves_until=row.serves_until,
        idle_end=idle_end(row.refreshed_at) if row.refreshed_at else None,
        is_refused=row.trouble == Code.CLIENT_REFUSED,
    )


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


def _notes(
    accounts: Sequence[AccountView], held: Sequence[Held], now: datetime, reader: UUID | None
) -> Notes:
    """Of credentials that have no end; whose they are is said to ``reader`` where there are others'."""
    notes: Notes = defaultdict(list)
    for account in accounts:
        for kind, those in _endless(account, held, now).items():
            notes[kind].append((account.name, _whose(those, reader) if reader else ""))
    return notes


def _note_accounts(
    notes: Notes, accounts: Sequence[AccountView], now: datetime, zone: tzinfo, *, is_proxied: bool
) -> None:
    """The same of what is the accounts' as such."""
    for account in accounts:
        if account.app and account.app.secret_set_at:
            notes["secret"].append((account.name, f"held since {_day(account.app.secret_set_at, zone)}"))
        key = account.current_key
        if key and key.made_at + KEY_YEARS - now > ADVISED_BEFORE:
            until = _day(key.made_at + KEY_YEARS, zone)
            notes["key"].append((account.name, f"made {_day(key.made_at, zone)}, best replaced by {until}"))
        if why := _no_certificate(account, is_proxied):
            notes["no_certificate"].append((account.name, why))


def _endless(account: AccountView, held: Iterable[Held], now: datetime) -> dict[str, list[Held]]:
    """The credentials of an account that have no date of their own, by what is to be said of them."""
    found: dict[str, list[Held]] = defaultdict(list)
    for one in held:
        if one.account_id != account.id or one.serves_until or one.method == TWO_LEGGED:
            continue
        if one.idle_end:
            if one.idle_end - now >= IDLE_SOON and not one.is_refused:
                found["consent" if account.kind.is_cloud else "consent_server"].append(one)
        elif one.ends_at is None:
            found[one.method if one.method in (OAUTH1, PASSWORD) else "token"].append(one)
    return found


def _whose(held: Sequence[Held], reader: UUID) -> str:
    others = sum(one.user_id not in (None, reader) for one in held)
    pieces = ["the account's own"] if any(one.user_id is None for one in held) else []
    pieces += ["yours"] if any(one.user_id == reader for one in held) else []
    if others:
        pieces.append("1 person's" if others == 1 else f"{others} people's")
    return ", ".join(pieces)


def _no_certificate(account: AccountView, is_proxied: bool) -> str:
    """Why none was seen; empty where one was, and on Jira Cloud, where Atlassian renews its own."""
    if account.kind.is_cloud or account.certificate or account.base_url is None:
        return ""
    if account.base_url.startswith("http://"):
        return "plain http, so it presents none"
    if is_proxied:
        return "reached through a proxy, which alone sees it"
    return "not seen yet: press Test connection"


def _day(at: datetime, zone: tzinfo) -> str:
    here = at.astimezone(zone)
    return f"{here.day} {here:%b %Y}"
