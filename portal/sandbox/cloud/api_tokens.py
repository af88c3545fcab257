"""API tokens of Atlassian accounts: what one may be, and finding the one that is shown.

support.atlassian.com, "Manage API tokens for your Atlassian account": they live for 1 to 365 days. A token
does not tell whether it has scopes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from portal.sandbox.cloud.account_rows import ApiToken
from portal.sandbox.cloud.accounts import AccountError
from portal.sandbox.cloud.scopes import SCOPES
from portal.sandbox.cloud.store import random_text
from portal.sandbox.people import USERS, User
from portal.sandbox.state import State

LONGEST_DAYS = 365
LONGEST_LABEL = 100
DAY = 86_400


@dataclass(frozen=True)
class TokenWish:
    """What a person wants. ``scopes`` ``None``: a classic token."""

    label: str
    days: int
    scopes: list[str] | None = None


def check_label(label: str) -> None:
    """Raises ``AccountError`` unless a token may be called so."""
    if not label.strip() or len(label) > LONGEST_LABEL:
        raise AccountError(f"Enter a name of at most {LONGEST_LABEL} characters.")


def check_days(days: int) -> None:
    """Raises ``AccountError`` unless a token may live so long."""
    if not 1 <= days <= LONGEST_DAYS:
        raise AccountError("Choose an expiry date from tomorrow to one year from today.")


def check_scopes(scopes: list[str]) -> None:
    """Raises ``AccountError`` unless these are scopes of Jira, and at least one."""
    if not scopes:
        raise AccountError("Select at least one scope.")
    unknown = [one for one in scopes if one not in SCOPES or SCOPES[one].api != "jira"]
    if unknown:
        raise AccountError(f"There is no scope {unknown[0]!r}.")


def make(state: State, user: User, wish: TokenWish) -> ApiToken:
    """Make a token. Raises ``AccountError``."""
    check_label(wish.label)
    check_days(wish.days)
    if wish.scopes is not None:
        check_scopes(wish.scopes)
    now = state.now()
    text = f"ATATT3xFfGF0{random_text(171)}={secrets.token_hex(4).upper()}"
    token = ApiToken(
        text, secrets.token_hex(8), user.name, wish.label.strip(), wish.scopes, now, now + wish.days * DAY
    )
    with state.lock:
        state.cloud.api_tokens[token.token] = token
        state.save()
    return token


def alive(state: State, email: str, text: str) -> ApiToken | None:
    """The token that lives and belongs to the account with this address, however that is capitalised."""
    token = state.cloud.api_tokens.get(text)
    if state.faults.api_tokens_expired:
        return None
    if token is None or token.expires <= state.now() or token.user in state.faults.user_disabled:
        return None
    return token if USERS[token.user].email == email.lower() else None
