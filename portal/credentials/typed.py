"""Reading the form in which somebody pastes a token or a password: each mistake is named at its field, and
what is right is kept, sealed, although something else is wrong.

A token that was pasted into another field is never shown again; one that stands where the e-mail address
belongs is taken for what it is. How long tokens of Atlassian's live: "Manage API tokens for your Atlassian
account". That they begin with ATATT is in no document of Atlassian's, but in the tokens themselves.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from portal import clock
from portal.credentials.token_drafts import DraftView, Typed, draft_of, keep_draft
from portal.credentials.ways import methods_for
from portal.errors import FieldErrors
from portal.kinds.methods import API_TOKENS, PASSWORD, PAT
from portal.people.texts import EMAIL, EMAIL_LENGTH, clean_email
from portal.secret import Secret
from portal.store.work import Work
from portal.visible import has_hidden, has_joiners, without_hidden

SHORTEST, LONGEST = 16, 1024
# A year, and a day more: where the person sits it may be tomorrow already.
YEAR = timedelta(days=366)
TEN_YEARS = timedelta(days=3660)
_TOKEN = re.compile(r"AT[A-Z]TT")
# Older tokens of Atlassian's, and those of Jira Server: no name is so long and so mixed.
_LIKE_A_SECRET = re.compile(r"(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9_=+/-]{24,}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TOKEN_TEXT = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Entry:
    """A form as it was sent. ``address`` is that of the Jira the page named, where it named one."""

    method: str
    login: str
    secret: str
    ends_on: str
    address: str = ""


@dataclass(frozen=True)
class Reading:
    """What was made of it: ``typed`` is what is right, ``errors`` has one sentence for each field that is
    not, and ``shown`` is what the fields may show again."""

    typed: Typed
    errors: dict[str, str]
    shown: dict[str, str]


def looks_like_token(text: str) -> bool:
    """Whether a text begins as Atlassian's tokens do: it must not be shown again, wherever it was pasted."""
    return _TOKEN.match(text.strip()) is not None


def last_day(life: timedelta = YEAR) -> date:
    """The last day on which a token made today can end."""
    return (clock.now() + life).date()


def methods_of(work: Work, account_id: UUID, user_id: UUID | None) -> tuple[str, ...]:
    """What this holder may paste; :class:`NotHere` where an account takes nothing of the kind."""
    with work.read() as session:
        return methods_for(session, account_id, user_id)


def keep(work: Work, account_id: UUID, user_id: UUID | None, methods: Sequence[str], entry: Entry) -> Reading:
    """Read a form and keep what is right of it, beside what was held before.

    Mistakes are in what is returned; :class:`FieldErrors` only where the account has another address by now.
    """
    reading = read(entry, methods, draft_of(work, account_id, user_id))
    keep_draft(work, account_id, user_id, reading.typed, entry.address)
    return reading


def read(entry: Entry, methods: Sequence[str], held: DraftView | None) -> Reading:
    """Read a form for one of ``methods``; ``held`` is what was kept of it before."""
    entry = replace(entry, method=entry.method if entry.method in methods else methods[0])
    entry, errors = _in_their_places(entry)
    typed = Typed(entry.method, held.login if held else "", None, held.ends_at if held else None)
    if held and held.method != entry.method and not {held.method, entry.method} <= API_TOKENS:
        held = replace(held, has_secret=False)
    for one in (_login, lambda entry: _secret(entry, held), _end):
        try:
            typed = replace(typed, **one(entry))
        except FieldErrors as wrong:
            errors = wrong.errors | errors
    return Reading(typed, errors, _shown(entry))


def _in_their_places(entry: Entry) -> tuple[Entry, dict[str, str]]:
    """A token in the e-mail field, an e-mail address in the token's: each taken to where it belongs, and the
    person told, if the place is free."""
    if entry.method not in API_TOKENS:
        return entry, {}
    login, secret = entry.login.strip(), entry.secret.strip()
    is_token, is_email = looks_like_secret(login), EMAIL.fullmatch(secret) is not None
    if is_token and is_email:
        told = "E-mail and token were swapped; each stands in its own field now. Look, and press it again."
        return replace(entry, login=secret, secret=login), {"login": told}
    if is_token and not secret:
        told = "This was the API token; it is held as such. Enter the e-mail address here."
        return replace(entry, login="", secret=login), {"login": told}
    if is_email and not login:
        told = "This was the e-mail address; it stands in its field now. Paste the API token here."
        return replace(entry, login=secret, secret=""), {"secret": told}
    return entry, {}


def looks_like_secret(text: str) -> bool:
    """Whether a text that is no address, name or e-mail may be a token of any Jira: it is treated as one."""
    return looks_like_token(text) or _LIKE_A_SECRET.fullmatch(text) is not None


def _login(entry: Entry) -> dict[str, Any]:
    if entry.method == PAT:
        return {"login": ""}
    text = entry.login.strip()
    name, example = (
        ("e-mail address", "name@example.com") if entry.method in API_TOKENS else ("user name", "ada")
    )
    if not text:
        raise _wrong("login", f"Enter the {name} that goes with it.")
    if has_hidden(text) or has_joiners(text):
        raise _wrong("login", f"The {name} holds a character that cannot be seen. Type it by hand.")
    if len(text) > EMAIL_LENGTH:
        raise _wrong("login", f"This is too long for the {name}. Enter one such as {example}.")
    if entry.method == PASSWORD:
        return {"login": _user_name(text)}
    return {"login": _email(text)}


def _user_name(text: str) -> str:
    if ":" in text:
        raise _wrong(
            "login", "A user name with a colon cannot be sent to Jira. Enter the one in the Jira profile."
        )
    if looks_like_secret(text):
        raise _wrong(
            "login", "This looks like a token or a password. Enter the user name of the Jira profile."
        )
    return text


def _email(text: str) -> str:
    if looks_like_secret(text):
        raise _wrong(
            "login", "This looks like the API token, not an e-mail address. Enter the e-mail address."
        )
    if any(mark.isspace() for mark in text):
        raise _wrong("login", "There is a blank in the e-mail address. Take it out.")
    if "@" not in text:
        raise _wrong("login", "An e-mail address has an @. Enter the one you sign in to Atlassian with.")
    if ":" in text:
        raise _wrong("login", "An e-mail address has no colon. Enter it in the form name@example.com.")
    try:
        return clean_email(text)
    except FieldErrors as wrong:
        raise _wrong("login", wrong.errors["email"]) from None


def _secret(entry: Entry, held: DraftView | None) -> dict[str, Any]:
    if entry.method == PASSWORD:
        return _password(entry.secret, held)
    text, name = entry.secret.strip(), "API token" if entry.method in API_TOKENS else "personal access token"
    if not text and held and held.has_secret:
        return {}
    if not text:
        raise _wrong("secret", f"Paste the {name}.")
    if any(mark in text for mark in "\r\n\v\f\u2028\u2029\x85"):
        raise _wrong("secret", "There is a line break inside the token. Copy it again with the copy button.")
    if "@" in text:
        raise _wrong("secret", f"This looks like an e-mail address. Paste the {name}.")
    if any(mark.isspace() for mark in text):
        raise _wrong("secret", "There is a blank in the token. Copy it again with the copy button.")
    if not _TOKEN_TEXT.fullmatch(text):
        raise _wrong("secret", "A character in it stands in no token. Copy it again with the copy button.")
    if len(text) < SHORTEST:
        raise _wrong("secret", f"This is too short for the {name}: a piece is missing. Copy all of it.")
    if len(text) > LONGEST:
        raise _wrong("secret", f"This is too long for the {name}. Copy it again, and nothing else.")
    return {"secret": Secret(text)}


def _password(text: str, held: DraftView | None) -> dict[str, Any]:
    if not text and held and held.has_secret:
        return {}
    if not text:
        raise _wrong("secret", "Enter the password.")
    if has_hidden(text) or has_joiners(text):
        raise _wrong("secret", "There is a character in it that stands in no password. Type it by hand.")
    if len(text) > LONGEST:
        raise _wrong("secret", "This is too long for a password. Enter the password, and nothing else.")
    return {"secret": Secret(text)}


def _end(entry: Entry) -> dict[str, Any]:
    """The end of the day, UTC. Only a Jira Server may tell it by itself; a password has none."""
    text, at_cloud = entry.ends_on.strip(), entry.method in API_TOKENS
    if entry.method == PASSWORD or not (text or at_cloud):
        return {"ends_at": None}
    if not text:
        raise _wrong(
            "ends_on",
            "Enter the day the token ends: Atlassian shows it beside the token, and tells it to no program.",
        )
    day, last = _day(text), last_day(YEAR if at_cloud else TEN_YEARS)
    if day < clock.now().date():
        raise _wrong("ends_on", "This day has passed. Make a new token and paste it, or correct the day.")
    if day > last:
        most = (
            "Atlassian's tokens live for a year at most" if at_cloud else "That is more than ten years away"
        )
        raise _wrong("ends_on", f"{most}. Enter a day up to {last.isoformat()}.")
    return {"ends_at": clock.end_of_day(day)}


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _wrong("ends_on", "This is no day of the calendar. Enter it as year-month-day, such as 2027-03-31.")


def _shown(entry: Entry) -> dict[str, str]:
    """The fields without what may be a secret, wherever it was pasted."""
    login = "" if looks_like_secret(entry.login.strip()) else entry.login
    ends_on = entry.ends_on if len(entry.ends_on) <= len("2027-03-31") else ""
    return {"method": entry.method, "login": _visible(login), "ends_on": _visible(ends_on)}


def _visible(text: str) -> str:
    return without_hidden(text[: 2 * EMAIL_LENGTH])


def _wrong(field: str, sentence: str) -> FieldErrors:
    return FieldErrors({field: sentence})
