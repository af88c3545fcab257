"""Rows about Atlassian accounts: their API tokens, what became of them, and what apps reported."""

from __future__ import annotations

from dataclasses import dataclass, field

CLOSED, UPDATED = "closed", "updated"


@dataclass
class ApiToken:
    """An API token. ``scopes`` ``None``: a classic one, without scopes; ``last_used`` 0: not yet."""

    token: str = field(repr=False)
    id: str
    user: str
    label: str
    scopes: list[str] | None
    created: int
    expires: int
    last_used: int = 0


@dataclass
class AccountChange:
    """What became of an account: ``CLOSED`` or ``UPDATED``, and since when in epoch seconds."""

    account_id: str
    status: str
    at: float
    name: str = ""


@dataclass
class Report:
    """One call of an app that said whose personal data it holds.

    ``too_soon``: the account ids that the same app reported less than a cycle before.
    """

    at: int
    client_id: str
    accounts: list[dict[str, str]]
    too_soon: list[str]
    answered: list[dict[str, str]]
