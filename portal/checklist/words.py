"""Words of which the sentences of several rows are made."""

from collections.abc import Iterable
from datetime import UTC, datetime

_MOST = 8


def listed(names: Iterable[str]) -> str:
    """Names in quotes, the first few of many: “A”, “B” and 3 more."""
    found = list(names)
    shown = ", ".join(f"“{name}”" for name in found[:_MOST])
    return shown if len(found) <= _MOST else f"{shown} and {len(found) - _MOST} more"


def day_of(at: datetime) -> str:
    """A day in UTC: who reads it may be anywhere."""
    here = at.astimezone(UTC)
    return f"{here.day} {here:%b %Y}"


def moment_of(at: datetime) -> str:
    """A moment in UTC, to the minute."""
    return f"{day_of(at)}, {at.astimezone(UTC):%H:%M} UTC"


def many(number: int, thing: str) -> str:
    """``1 board``, ``2 boards``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
