"""What an admin types to have a program key made, read field by field."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal import clock
from portal.errors import FieldErrors
from portal.kinds.methods import OAUTH1
from portal.people.texts import clean_name
from portal.programs.keys import (
    OPERATIONS,
    READ_CREDENTIALS,
    READ_PROXY,
    WRITE_DELIVERIES,
    WRITE_PROXY,
    KeyAccount,
)
from portal.programs.networks import read_networks
from portal.programs.paths import PRESETS, read_patterns

PRESET, LONGEST = timedelta(days=90), timedelta(days=365)
NO_ACCOUNT = "Choose the ALM accounts that this key is for."
NO_OPERATION = "Choose what programs with this key may do."
NONE_DELIVERS = (
    "deliveries:write needs an account of the kind Jira Cloud builds and deployments. Choose one, or leave "
    "deliveries:write out."
)
NONE_GIVES = (
    "There is nothing to give out: these accounts are set to read only, or sign each request with a key that "
    "never leaves. Choose to read Jira through this portal instead, or another account."
)
ALL_ONLY_SEND = (
    "These accounts only send. What you chose beside deliveries:write needs an account of another kind. "
    "Choose one, or leave those operations out."
)
NO_PATH = "Enter the paths of Jira that programs may send requests to, such as rest/api."
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True)
class Typed:
    """The fields of the form, as they were sent. ``accounts`` are ids, ``paths`` and ``networks`` lines."""

    name: str
    accounts: Collection[str]
    operations: Collection[str]
    ends_on: str
    paths: str = ""
    networks: str = ""


@dataclass(frozen=True)
class Wanted:
    """A key that can be made. ``ends_at`` is the end of its last day, in UTC."""

    name: str
    accounts: Sequence[KeyAccount]
    operations: list[str]
    paths: list[str]
    networks: list[str]
    ends_at: datetime


def read(typed: Typed, offered: Sequence[KeyAccount]) -> Wanted:
    """What was typed; :class:`FieldErrors` with a sentence for each field that is wrong."""
    fields: dict[str, Callable[[], Any]] = {
        "name": lambda: _name(typed.name),
        "accounts": lambda: _accounts(typed, offered),
        "operations": lambda: _operations(typed.operations),
        "paths": lambda: _paths(typed),
        "networks": lambda: read_networks(typed.networks),
        "ends_at": lambda: read_end(typed.ends_on),
    }
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field, take in fields.items():
        try:
            values[field] = take()
        except ValueError as error:
            errors[field.replace("ends_at", "ends_on")] = str(error)
    if errors:
        raise FieldErrors(errors)
    return Wanted(**values)


def preset_day() -> date:
    """The day on which a new key ends unless another is chosen."""
    return (clock.now() + PRESET).date()


def last_day() -> date:
    """The last day on which a key made today can end."""
    return (clock.now() + LONGEST).date()


def read_end(text: str) -> datetime:
    """The end of the day (ISO 8601) that was typed; ValueError with a sentence for any other text."""
    today, last = clock.now().date(), last_day()
    try:
        day = date.fromisoformat(text.strip()) if _DAY.fullmatch(text.strip()) else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError("Enter the last day of the key as year-month-day, such as 2027-03-31.")
    if not today <= day <= last:
        raise ValueError(f"Enter a day from {today.isoformat()} to {last.isoformat()}: a year at most.")
    return clock.end_of_day(day)


def _name(text: str) -> str:
    try:
        return clean_name(text)
    except FieldErrors as error:
        raise ValueError(error.errors["name"]) from None


def _accounts(typed: Typed, offered: Sequence[KeyAccount]) -> list[KeyAccount]:
    """The accounts that were chosen: all are offered, and what was chosen can be done with some."""
    wanted, operations = set(typed.accounts), set(typed.operations)
    chosen = [one for one in offered if str(one.id) in wanted]
    if not chosen or len(chosen) < len(wanted):
        raise ValueError(NO_ACCOUNT)
    if WRITE_DELIVERIES in operations and not any(one.kind.only_sends for one in chosen):
        raise ValueError(NONE_DELIVERS)
    if operations - {WRITE_DELIVERIES} and all(one.kind.only_sends for one in chosen):
        raise ValueError(ALL_ONLY_SEND)
    if operations == {READ_CREDENTIALS} and not any(map(_gives, chosen)):
        raise ValueError(NONE_GIVES)
    return chosen


def _gives(account: KeyAccount) -> bool:
    """Whether it can give out a token or password: not where all is signed with a key that never leaves."""
    return not (account.kind.only_sends or account.read_only or account.kind.account_by == (OAUTH1,))


def _operations(chosen: Collection[str]) -> list[str]:
    """In one order; who may write by the proxy may read by it."""
    if not chosen or not set(chosen) <= set(OPERATIONS):
        raise ValueError(NO_OPERATION)
    wanted = {*chosen, READ_PROXY} if WRITE_PROXY in chosen else set(chosen)
    return [name for name in OPERATIONS if name in wanted]


def _paths(typed: Typed) -> list[str]:
    """The presets for a key that sends nothing through the portal, whatever stands in the field."""
    if {READ_PROXY, WRITE_PROXY}.isdisjoint(typed.operations):
        return list(PRESETS)
    patterns = read_patterns(typed.paths)
    if not patterns:
        raise ValueError(NO_PATH)
    return patterns
