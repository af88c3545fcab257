"""Who asks with ``Authorization: Bearer``: the owner of a personal access token or of an OAuth 2.0 token."""

from __future__ import annotations

from portal.sandbox.people import USERS, User
from portal.sandbox.state import State

READING = ("GET", "HEAD")
PAT_SINCE, OAUTH2_SINCE = (8, 14), (8, 22)


def bearer_user(header: str, state: State, method: str) -> tuple[User | None, bool]:
    """The user, and whether the token may do what ``method`` does.

    A token that is unknown, over or revoked makes nobody of its caller: Jira goes on as if there were none.
    That a deactivated user's tokens are answered the same way is not confirmed on a real Jira.
    """
    token = header.partition(" ")[2].strip()
    with state.lock:
        name, may_write = _owner(token, state)
    if name not in USERS or name in state.faults.user_disabled:
        return None, False
    return USERS[name], may_write or method in READING


def _owner(token: str, state: State) -> tuple[str, bool]:
    """User name and whether the token may write; an empty name for a token that is none."""
    now = state.now()
    if state.faults.server_tokens != "good":
        return "", False
    pat = state.server.pat(token)
    if pat and state.faults.at_least(*PAT_SINCE) and (not pat.expires or pat.expires > now):
        return pat.user, True
    grant = state.server.grant_of(access_token=token)
    if grant and state.faults.at_least(*OAUTH2_SINCE) and grant.access_expires > now:
        return grant.user, any(scope != "READ" for scope in grant.scopes)
    return "", False
