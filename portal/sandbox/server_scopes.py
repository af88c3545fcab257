"""The scopes of an incoming link, each of which implies those before it."""

from __future__ import annotations

from collections.abc import Sequence

SCOPES = {
    "READ": "Read: view projects and issues that you can see",
    "WRITE": "Write: create, change and delete projects and issues as you can",
    "ADMIN": "Admin: administer Jira as you can, but not the system",
    "SYSTEM_ADMIN": "System admin: administer the whole Jira as you can",
}
"""Name to what the consent page says of it."""
_ORDER = list(SCOPES)


def covers(given: Sequence[str], asked: Sequence[str]) -> bool:
    """Whether the scopes of a link allow all that is asked for; an unknown one is never allowed."""
    highest = max((_ORDER.index(scope) for scope in given), default=-1)
    return all(scope in SCOPES and _ORDER.index(scope) <= highest for scope in asked)
