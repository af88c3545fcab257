"""The exchanges of the token endpoint: a code for tokens, a refresh token for newer ones.

Every exchange is one step under the state's lock, so that of many callers with one refresh token exactly one
finds it unused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from portal.sandbox.cloud.scopes import OFFLINE
from portal.sandbox.cloud.store import (
    CODE_TTL,
    IDLE_TTL,
    App,
    BearerToken,
    Code,
    Family,
    Grant,
    RefreshToken,
    random_text,
)
from portal.sandbox.state import State


@dataclass
class TokenError(Exception):
    """A refusal with OAuth's ``error`` and ``error_description``."""

    status: int
    error: str
    description: str


REFUSALS = {
    "invalid_grant": (403, "Unknown or invalid refresh token."),
    "unauthorized_client": (403, "refresh_token is invalid"),
    "access_denied": (401, "Unauthorized"),
}


def refusal(error: str) -> TokenError:
    """The refusal of a refresh token as Atlassian words it (its page OAuth 2.0 (3LO) apps)."""
    status, description = REFUSALS[error]
    return TokenError(status, error, description)


def client(state: State, client_id: str, client_secret: str) -> App:
    """The app that shows its secret. Raises ``TokenError``, alike for a wrong secret and an unknown app."""
    faults = state.faults
    is_refused = faults.client_unknown or faults.client_secret_wrong
    app = None if is_refused else state.cloud.app_of(client_id)
    known = app.client_secret if app else secrets.token_hex(8)
    if not hmac.compare_digest(known.encode(), client_secret.encode()) or app is None:
        raise refusal("access_denied")
    return app


def exchange_code(state: State, app: App, given: dict[str, str]) -> dict[str, Any]:
    """Tokens for a code of one use. Raises ``TokenError``."""
    with state.lock:
        try:
            code = _code(state, app, given)
        except TokenError:
            state.cloud.exchanges_refused += 1
            raise
        family = Family(secrets.token_hex(8), app.client_id, code.user)
        state.cloud.families[family.id] = family
        code.family = family.id
        name = f"{app.client_id} {code.user}"
        state.cloud.exchanges[name] = state.cloud.exchanges.get(name, 0) + 1
        answer = _issue(state, family, state.cloud.grants[app.client_id, code.user])
        state.save()
        return answer


def _code(state: State, app: App, given: dict[str, str]) -> Code:
    code = state.cloud.codes.get(given.get("code", ""))
    if code is None or code.client_id != app.client_id:
        raise TokenError(403, "invalid_grant", "Invalid authorization code")
    if code.family:  # RFC 6749, 4.1.2: what came of a code used twice ends
        state.cloud.end_family(code.family, "code used twice")
        raise TokenError(403, "invalid_grant", "Invalid authorization code")
    if code.created + CODE_TTL < state.now() or (app.client_id, code.user) not in state.cloud.grants:
        raise TokenError(403, "invalid_grant", "Invalid authorization code")
    if given.get("redirect_uri", "") != code.redirect_uri:
        raise TokenError(403, "invalid_grant", "The redirect URI is not the one of the authorization request")
    if not _verified(code.challenge, given.get("code_verifier", "")):
        raise TokenError(403, "invalid_grant", "Failed to verify code verifier")
    return code


def _verified(challenge: str, verifier: str) -> bool:
    """RFC 7636, 4.6, with S256; a verifier without a challenge is refused too (RFC 9700, 2.1.1)."""
    if not challenge:
        return not verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=")
    return hmac.compare_digest(made, challenge.encode())


def refresh(state: State, app: App, token: str, scope: str) -> dict[str, Any]:
    """Newer tokens; the used refresh token ends, but for the leeway. Raises ``TokenError``.

    ``scope``, where it is asked for, may not hold more than the grant (RFC 6749, section 6).
    """
    with state.lock:
        found = state.cloud.refresh_tokens.get(token)
        family = state.cloud.families.get(found.family) if found else None
        try:
            if found is None or family is None or family.client_id != app.client_id:
                raise refusal("invalid_grant")
            grant = _still_good(state, found, family)
            if set(scope.split()) - set(grant.scopes):
                raise TokenError(400, "invalid_scope", "More scopes than were granted.")
        except TokenError:
            state.cloud.refreshes_refused += 1
            if family:
                family.refreshes_refused += 1
            state.save()
            raise
        found.used = found.used or state.now()
        family.refreshes_ok += 1
        state.cloud.refreshes_ok += 1
        answer = _issue(state, family, grant)
        state.save()
        return answer


def _still_good(state: State, token: RefreshToken, family: Family) -> Grant:
    now, leeway = state.now(), state.faults.refresh_leeway_seconds
    if state.faults.refresh_error != "none":
        raise refusal(state.faults.refresh_error)
    if family.dead or family.user in state.faults.user_disabled:
        raise refusal("invalid_grant")
    if token.used and not (leeway and now - token.used <= leeway):
        state.cloud.end_family(family.id, "refresh token used twice")
        raise refusal("invalid_grant")
    grant = state.cloud.grants.get((family.client_id, family.user))
    if grant is None or OFFLINE not in grant.scopes or token.issued + IDLE_TTL < now:
        raise refusal("invalid_grant")
    return grant


def _issue(state: State, family: Family, grant: Grant) -> dict[str, Any]:
    now, lifetime = state.now(), state.faults.access_token_seconds
    scopes = state.faults.scopes_now(grant.scopes)
    access = BearerToken(_access_token(), family.id, list(grant.scopes), now + lifetime)
    state.cloud.bearer_tokens[access.token] = access
    answer = {
        "access_token": access.token,
        "expires_in": lifetime,
        "token_type": "Bearer",
        "scope": " ".join(scopes),
    }
    if OFFLINE in grant.scopes:
        newer = RefreshToken(_shaped(300), family.id, now)
        state.cloud.refresh_tokens[newer.token] = newer
        answer["refresh_token"] = newer.token
    return answer


def _access_token() -> str:
    return _shaped(1100)


def _shaped(length: int) -> str:
    """Random, but with the look and length of a signed token, as Atlassian's have them."""
    return f"eyJraWQiOiJ{random_text(40)}.eyJqdGkiOiI{random_text(length - 150)}.{random_text(86)}"
