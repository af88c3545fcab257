"""What an ALM account rests on and has no date: it renews itself, or nobody has said when it ends."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.held_credentials import Held
from portal.alm_accounts.words_of_endings import NO_END
from portal.credentials.states import IDLE_SOON
from portal.kinds.methods import OAUTH1, PASSWORD, TWO_LEGGED

# NIST SP 800-57 part 1, table 1: private signature keys are best used for one to three years.
KEY_YEARS = timedelta(days=730)
ADVISED_BEFORE = timedelta(days=30)
Notes = defaultdict[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class NoEnd:
    """What has no date: a sentence, and the accounts it is true of, each with what there is to tell."""

    kind: str
    sentence: str
    accounts: tuple[tuple[str, str], ...]


def of_credentials(
    accounts: Sequence[AccountView], held: Sequence[Held], now: datetime, reader: UUID | None
) -> Notes:
    """Of credentials that have no end; whose they are is said to ``reader`` where there are others'."""
    notes: Notes = defaultdict(list)
    for account in accounts:
        for kind, those in _endless(account, held, now).items():
            notes[kind].append((account.name, _whose(those, reader) if reader else ""))
    return notes


def of_accounts(accounts: Sequence[AccountView], now: datetime, zone: tzinfo, *, is_proxied: bool) -> Notes:
    """The same of what is the accounts' as such."""
    notes: Notes = defaultdict(list)
    for account in accounts:
        if account.app and account.app.secret_set_at:
            notes["secret"].append((account.name, f"held since {_day(account.app.secret_set_at, zone)}"))
        key = account.current_key
        if key and key.made_at + KEY_YEARS - now > ADVISED_BEFORE:
            until = _day(key.made_at + KEY_YEARS, zone)
            notes["key"].append((account.name, f"made {_day(key.made_at, zone)}, best replaced by {until}"))
        if why := _no_certificate(account, is_proxied):
            notes["no_certificate"].append((account.name, why))
    return notes


def sentences(*notes: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[NoEnd, ...]:
    """What is to be said of all these, in the order of the page; each kind once, whoever noted it."""
    told = {kind: tuple(one for some in notes for one in some.get(kind, ())) for kind in NO_END}
    return tuple(NoEnd(kind, NO_END[kind], told[kind]) for kind in NO_END if told[kind])


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
