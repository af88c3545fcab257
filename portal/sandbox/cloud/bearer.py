"""Who asks with an access token, and what it opens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Response, g, jsonify, request

from portal.sandbox.people import USERS, User
from portal.sandbox.state import State

_BEARER = re.compile(r"Bearer ([\x21-\x7e]+)")


class UnauthorizedError(Exception):
    """A 401 of Atlassian's front. The text is its ``message``."""


@dataclass
class Holder:
    """The person of a token, with the scopes and cloud ids it opens now."""

    user: User
    scopes: list[str]
    sites: list[str]


def holder(state: State) -> Holder:
    """Who asks: ``Bearer``, exactly one blank, and a token that is alive. Raises ``UnauthorizedError``.

    A later consent of the same person counts for tokens issued before it: a person has one grant to an app.
    """
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    with state.lock:
        token = state.cloud.bearer_tokens.get(found[1]) if found else None
        family = state.cloud.families.get(token.family) if token else None
        grant = state.cloud.grants.get((family.client_id, family.user)) if family else None
        if token is None or grant is None or token.expires <= state.now():
            raise UnauthorizedError("Unauthorized")
        if grant.user in state.faults.user_disabled:
            raise UnauthorizedError("Unauthorized")
        g.entry.token_user = grant.user
        scopes = [scope for scope in token.scopes if scope in grant.scopes]
        return Holder(USERS[grant.user], scopes, list(grant.sites))


def refused(error: UnauthorizedError) -> tuple[Response, int]:
    """The 401 of the gateway."""
    return jsonify(code=401, message=str(error)), 401
