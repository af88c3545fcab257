"""What becomes of Atlassian accounts: people change their name, and close their account."""

from __future__ import annotations

import time

from portal.sandbox.cloud.account_rows import CLOSED, UPDATED, AccountChange
from portal.sandbox.people import USERS, User, account_json
from portal.sandbox.state import State

FORMER = "Former user"


class AccountError(ValueError):
    """What is asked of an account cannot be. The text says what and why."""


def person(text: str) -> User:
    """One of the practice users by e-mail address, account id or user name. Raises ``AccountError``."""
    wanted = text.lower()
    for user in USERS.values():
        if wanted in (user.email, user.account_id, user.name):
            return user
    raise AccountError(f"There is no account {text!r}.")


def precise_now(state: State) -> float:
    """The clock of ``state.now()`` with parts of a second: a report and a change may fall into one."""
    return time.time() + state.faults.clock_offset_seconds


def close(state: State, user: User) -> None:
    """Close an account: all that acts in its name ends."""
    with state.lock:
        state.cloud.account_changes[user.account_id] = AccountChange(
            user.account_id, CLOSED, precise_now(state)
        )
        state.cloud.end_person(user.name)
        state.save()


def rename(state: State, user: User, name: str) -> None:
    """Give an account another name. Raises ``AccountError`` for a closed one."""
    with state.lock:
        if is_closed(state, user):
            raise AccountError("The account is closed.")
        state.cloud.account_changes[user.account_id] = AccountChange(
            user.account_id, UPDATED, precise_now(state), name
        )
        state.save()


def is_closed(state: State, user: User) -> bool:
    """Whether the account was closed."""
    change = state.cloud.account_changes.get(user.account_id)
    return change is not None and change.status == CLOSED


def name_of(state: State, user: User) -> str:
    """The name the account has now; that of a closed one is shown to nobody."""
    change = state.cloud.account_changes.get(user.account_id)
    if change is None:
        return user.display_name
    return FORMER if change.status == CLOSED else change.name or user.display_name


def shown(state: State, user: User, base_url: str) -> dict[str, object]:
    """An account as a site shows it now; a closed one has no e-mail address any more."""
    closed = is_closed(state, user)
    answer = account_json(user, base_url, active=not closed) | {"displayName": name_of(state, user)}
    return {key: value for key, value in answer.items() if not (closed and key == "emailAddress")}
