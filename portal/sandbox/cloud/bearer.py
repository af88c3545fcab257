"""Who asks with an access token, and what it opens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Response, g, jsonify, request

from portal.sandbox.cloud.places import SITES, belongs, site_of
from portal.sandbox.cloud.store import Grant
from portal.sandbox.people import USERS, User
from portal.sandbox.state import State

_BEARER = re.compile(r"Bearer ([\x21-\x7e]+)")


class UnauthorizedError(Exception):
    """A 401 of Atlassian's front. The text is its ``message``."""


class ForbiddenError(Exception):
    """A 403 of Atlassian's front: whoever asks is known, and may not."""


@dataclass
class Holder:
    """The person of a token, with the scopes and cloud ids it opens now; ``client_id``: its app's, if any."""

    user: User
    scopes: list[str]
    sites: list[str]
    client_id: str = ""


def shown_token() -> str:
    """What the caller shows: ``Bearer``, exactly one blank, and the token; empty for anything else."""
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    return found[1] if found else ""


def holder(state: State) -> Holder:
    """Who asks with a token that is alive. Raises ``UnauthorizedError``.

    A later consent of the same person counts for tokens issued before it: a person has one grant to an app.
    """
    with state.lock:
        token = state.cloud.bearer_tokens.get(shown_token())
        family = state.cloud.families.get(token.family) if token else None
        grant = state.cloud.grants.get((family.client_id, family.user)) if family else None
        if token is None or grant is None or token.expires <= state.now():
            raise UnauthorizedError("Unauthorized")
        if grant.user in state.faults.user_disabled:
            raise UnauthorizedError("Unauthorized")
        g.entry.token_user = grant.user
        scopes = [scope for scope in token.scopes if scope in grant.scopes]
        return Holder(
            USERS[grant.user], state.faults.scopes_now(scopes), _sites(state, grant), grant.client_id
        )


def _sites(state: State, grant: Grant) -> list[str]:
    """Those of the grant its person is on now."""
    faults = state.faults
    others = [site.cloud_id for site in SITES if site.cloud_id not in grant.sites]
    covered = [site for one in (others if faults.other_site else grant.sites) if (site := site_of(one))]
    return [
        site.cloud_id
        for site in covered
        if belongs(grant.user, site, faults.not_on_site) and site.name not in faults.sites_removed
    ]


def refused(error: UnauthorizedError) -> tuple[Response, int]:
    """The 401 of the gateway."""
    return jsonify(code=401, message=str(error)), 401
