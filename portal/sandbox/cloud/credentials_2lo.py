"""OAuth credentials of a site: what its admin makes for a self-hosted tool, and the tokens got by them.

support.atlassian.com, "Integrate with self-hosted tools using OAuth": they belong to a site and to no person.
The tokens are asked for with the client ID and secret alone (developer.atlassian.com, "Integrate Jira
Software Cloud with on-premises tools"): a quarter of an hour, no refresh token.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any
from urllib.parse import urlsplit

from portal.sandbox.cloud.bearer import ForbiddenError, UnauthorizedError, shown_token
from portal.sandbox.cloud.credential_rows import Credentials2LO, Token2LO
from portal.sandbox.cloud.places import Site
from portal.sandbox.cloud.store import random_text
from portal.sandbox.cloud.tokens import TokenError, refusal
from portal.sandbox.state import State

PERMISSIONS = {
    "deployments": "Deployments",
    "builds": "Builds",
    "devinfo": "Development information",
    "featureflags": "Feature flags",
}
"""What credentials may send, as paths have it, with its name on the page; in the page's order."""
AUDIENCE = "api.atlassian.com"
LONGEST_NAME = 255


def check(wanted: dict[str, Any]) -> dict[str, str]:
    """Say by field name what is wrong with ``name``, ``server_url``, ``logo_url``, ``permissions``."""
    problems = {}
    if not 1 <= len(wanted["name"]) <= LONGEST_NAME:
        problems["name"] = f"Enter a name of at most {LONGEST_NAME} characters."
    for field, label in (("server_url", "server base URL"), ("logo_url", "logo URL")):
        if not _is_address(wanted[field]):
            problems[field] = f"Enter the whole {label}, beginning with https:// or http://."
    if not wanted["permissions"] or set(wanted["permissions"]) - set(PERMISSIONS):
        problems["permissions"] = "Select at least one permission."
    return problems


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def make(state: State, site: Site, wanted: dict[str, Any]) -> Credentials2LO:
    """Make credentials of what ``check`` found nothing wrong with."""
    made = Credentials2LO(
        random_text(32), f"ATOA{random_text(60)}", secrets.token_hex(8), site.name, state.now(), **wanted
    )
    with state.lock:
        state.cloud.credentials_2lo[made.client_id] = made
        state.save()
    return made


def of_site(state: State, site: Site) -> list[Credentials2LO]:
    """Those of one site, oldest first."""
    with state.lock:
        return [one for one in state.cloud.credentials_2lo.values() if one.site == site.name]


def delete(state: State, site: Site, credentials_id: str) -> bool:
    """Delete credentials of this site; their tokens are nobody's then. Whether there were any."""
    with state.lock:
        for one in of_site(state, site):
            if one.id == credentials_id:
                del state.cloud.credentials_2lo[one.client_id]
                state.save()
                return True
    return False


def issue(state: State, given: dict[str, str]) -> dict[str, Any]:
    """A token for a client ID with its secret. Raises ``TokenError``.

    The status and words for another audience are not confirmed.
    """
    faults = state.faults
    is_refused = (
        faults.deliveries_credentials != "good" or faults.client_unknown or faults.client_secret_wrong
    )
    with state.lock:
        found = state.cloud.credentials_2lo.get(given.get("client_id", ""))
        known = found.client_secret if found and not is_refused else secrets.token_hex(32)
        shown = given.get("client_secret", "")
        if found is None or not hmac.compare_digest(known.encode(), shown.encode()):
            raise refusal("access_denied")
        if given.get("audience") != AUDIENCE:
            raise TokenError(403, "access_denied", f"The audience of this service is {AUDIENCE}.")
        lifetime = faults.deliveries_token_seconds
        token = Token2LO(_text(), found.client_id, state.now() + lifetime)
        state.cloud.keep_token_2lo(token, state.now())
        state.save()
    return {"access_token": token.token, "expires_in": lifetime, "token_type": "Bearer"}


def _text() -> str:
    return f"eyJraWQiOiJ{random_text(40)}.eyJhdWQiOiJ{random_text(600)}.{random_text(86)}"


def end_tokens(state: State) -> None:
    """Every token is over now; new ones can be had."""
    with state.lock:
        state.cloud.tokens_2lo.clear()
        state.save()


def bearer(state: State) -> Credentials2LO:
    """The credentials behind the token that is shown.

    Raises ``UnauthorizedError``, and ``ForbiddenError`` for the token of a person who consented to an app.
    """
    faults = state.faults
    with state.lock:
        consented = state.cloud.bearer_tokens.get(shown_token())
        if consented and consented.expires > state.now():
            raise ForbiddenError
        token = state.cloud.tokens_2lo.get(shown_token())
        found = state.cloud.credentials_2lo.get(token.client_id) if token else None
        is_refused = faults.deliveries_unauthorized or faults.deliveries_credentials == "deleted"
        if token is None or found is None or is_refused or token.expires <= state.now():
            raise UnauthorizedError("Unauthorized")
        return found
