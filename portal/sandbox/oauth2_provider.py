"""The rules of the OAuth 2.0 provider, asked by oauthlib's server: clients, codes, tokens.

oauthlib decides the order of the checks, verifies PKCE and words the answers (RFC 6749, RFC 7636); what Jira
does differently stands here with where it is known from. Whoever calls holds the state's lock.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from oauthlib.oauth2 import RequestValidator, WebApplicationServer

from portal.sandbox.cloud.store import random_text
from portal.sandbox.server_scopes import covers
from portal.sandbox.server_store import REFRESH_TTL, ServerCode, ServerGrant
from portal.sandbox.state import State, current_state

_READ = "READ"


class Provider(RequestValidator):  # type: ignore[misc]
    """What oauthlib asks. ``request`` is oauthlib's; ``request.client`` is set to the link."""

    def validate_client_id(self, client_id: str, request: Any, *_: Any, **__: Any) -> bool:
        """Whether an incoming link has this client ID."""
        state = current_state()
        request.client = None if state.faults.client_unknown else state.server.client(client_id)
        return request.client is not None

    def authenticate_client(self, request: Any, *_: Any, **__: Any) -> bool:
        """By ``client_id`` and ``client_secret`` in the form (``client_secret_post``)."""
        if not self.validate_client_id(request.client_id or "", request):
            return False
        if current_state().faults.client_secret_wrong:
            return False
        known = request.client.client_secret.encode()
        return hmac.compare_digest(known, (request.client_secret or "").encode())

    def validate_redirect_uri(self, _: str, redirect_uri: str, request: Any, *__: Any, **___: Any) -> bool:
        """Exactly the link's redirect URL."""
        is_other = current_state().faults.callback_mismatch
        return bool(redirect_uri == request.client.redirect_url) and not is_other

    def get_default_redirect_uri(self, *_: Any, **__: Any) -> None:
        """There is none: ``redirect_uri`` is always sent."""

    def validate_response_type(self, _: str, response_type: str, *__: Any, **___: Any) -> bool:
        """Codes only."""
        return response_type == "code"

    def get_default_scopes(self, _: str, request: Any, *__: Any, **___: Any) -> list[str]:
        """Those of the link. That Jira takes a request without ``scope`` so is not confirmed."""
        return _scopes_now(request.client.scopes)

    def validate_scopes(self, _: str, scopes: list[str], client: Any, *__: Any, **___: Any) -> bool:
        """No more than the link has."""
        return covers(_scopes_now(client.scopes), scopes)

    def validate_grant_type(self, _: str, grant_type: str, *__: Any, **___: Any) -> bool:
        """The two this Jira has."""
        return grant_type in ("authorization_code", "refresh_token")

    def is_pkce_required(self, *_: Any) -> bool:
        """Held when a challenge was sent, and not asked for."""
        return False

    def save_authorization_code(self, client_id: str, code: Any, request: Any, *_: Any, **__: Any) -> None:
        """Keep a code the person has just allowed."""
        state = current_state()
        state.server.codes[code["code"]] = ServerCode(
            code["code"],
            client_id,
            request.user,
            request.redirect_uri,
            list(request.scopes),
            request.code_challenge or "",
            request.code_challenge_method or "",
            state.now(),
        )

    def validate_code(self, _: str, code: str, client: Any, request: Any, *__: Any, **___: Any) -> bool:
        """A code of this client, young enough, of somebody who is still active."""
        state = current_state()
        found = state.server.codes.get(code)
        if found is None or found.client_id != client.client_id:
            return False
        if found.created + state.faults.server_code_seconds <= state.now():
            return False
        request.user, request.scopes = found.user, found.scopes
        return _goes_on(request, state)

    def confirm_redirect_uri(self, _: str, code: str, redirect_uri: str, *__: Any, **___: Any) -> bool:
        """The one the code was sent to."""
        return current_state().server.codes[code].redirect_uri == redirect_uri

    def get_code_challenge(self, code: str, _: Any) -> str | None:
        """The challenge, if one was sent."""
        return current_state().server.codes[code].challenge or None

    def get_code_challenge_method(self, code: str, _: Any) -> str:
        """``S256`` or ``plain``."""
        return current_state().server.codes[code].challenge_method

    def invalidate_authorization_code(self, _: str, code: str, *__: Any, **___: Any) -> None:
        """A code is used once."""
        current_state().server.codes.pop(code, None)

    def validate_refresh_token(self, token: str, client: Any, request: Any, *_: Any, **__: Any) -> bool:
        """A live token of this client, and the link's redirect URL with it.

        Without ``redirect_uri`` Jira answers ``invalid_grant`` and not a word more (jira.js documents it).
        That the refresh tokens of deactivated users are refused is not confirmed.
        """
        state = current_state()
        grant = state.server.grant_of(refresh_token=token)
        if grant is None or grant.client_id != client.client_id or grant.refresh_expires <= state.now():
            return False
        if state.faults.server_refresh_spent:
            return False
        if request.redirect_uri != client.redirect_url:
            return False
        request.user, request.server_grant = grant.user, grant
        return _goes_on(request, state)

    def get_original_scopes(self, _: str, request: Any, *__: Any, **___: Any) -> list[str]:
        """The scopes of the consent. That a link which was narrowed since narrows them is not confirmed."""
        return _scopes_now(request.server_grant.scopes)

    def save_token(self, token: Any, request: Any, *_: Any, **__: Any) -> None:
        """Keep the pair; a refresh puts it in the place of the former, whose two tokens end at once."""
        state = current_state()
        now = state.now()
        former = request.server_grant if request.grant_type == "refresh_token" else None
        grant = ServerGrant(
            id=former.id if former else secrets.token_hex(8),
            client_id=request.client.client_id,
            user=request.user,
            scopes=list(request.scopes),
            created=former.created if former else now,
            access_token=token["access_token"],
            refresh_token=token["refresh_token"],
            access_expires=now + token["expires_in"],
            refresh_expires=now + REFRESH_TTL,
        )
        state.server.grants[grant.id] = grant


def _scopes_now(scopes: list[str]) -> list[str]:
    """What of these scopes a link has now."""
    return [_READ] if current_state().faults.link_reads_only else list(scopes)


def _goes_on(request: Any, state: State) -> bool:
    """Whether the person is active; adds what Jira's answer has beside the tokens."""
    request.extra_credentials = {"created_at": state.now()}
    return request.user not in state.faults.user_disabled


def _access_token(_: Any) -> str:
    return f"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOi{random_text(160)}.{random_text(43)}"


def _refresh_token(_: Any) -> str:
    return secrets.token_hex(32)


SERVER = WebApplicationServer(
    Provider(),
    token_generator=_access_token,
    token_expires_in=lambda _: current_state().faults.server_token_seconds,
    refresh_token_generator=_refresh_token,
)
