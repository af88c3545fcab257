"""OAuth 2.0 with Atlassian: Authlib's client over the guarded wire.

Authlib never gets a refresh token to keep: it has no lock, and would lose grants when two renew at once.
Renewing is :mod:`portal.credentials.refreshing`'s, once however many ask.
"""

import secrets
from collections.abc import Callable
from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session

from portal.jira.answers import Code, trouble_from_response
from portal.jira.oauth2_tokens import TokenPair, read_pair
from portal.jira.wire import TOKEN_BYTES, Wire, WireSession
from portal.secret import Secret

Renew = Callable[[], Secret]


class BearerAuth(requests.auth.AuthBase):
    """``Authorization: Bearer`` with exactly one blank (RFC 6750, section 2.1)."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the header on ``r``."""
        r.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return r


class JiraOAuth2Session(OAuth2Session, WireSession):  # type: ignore[misc]  # Authlib has no types
    """Authlib's OAuth 2.0 session over the wire; ``client_cls`` for Authlib's apps, built anew for each use.

    Every failure is a JiraTrouble. ``bearer`` is the token of API calls; ``renew`` gets another one when it
    is refused before its time, once. ``seconds``: deadline of all calls together, counted from now.
    """

    def __init__(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        *,
        wire: Wire,
        bearer: Secret | None = None,
        renew: Renew | None = None,
        seconds: float | None = None,
        **options: Any,
    ) -> None:
        options |= {"token_endpoint_auth_method": "client_secret_post", "code_challenge_method": "S256"}
        OAuth2Session.__init__(self, client_id, client_secret, **options)
        self._bearer = bearer
        self._renew = renew
        self.attach(wire, None, seconds)
        self._token_adapter = wire.mounted(None, TOKEN_BYTES, seconds)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send with the bearer token. One refused as a token, not for its scopes, is renewed once."""
        if options.pop("withhold_token", False) or options.get("auth") or self._bearer is None:
            return WireSession.request(self, method, url, *args, **options)
        options["auth"] = BearerAuth(self._bearer)
        response = WireSession.request(self, method, url, *args, **options)
        if self._renew is None or not _refused_as_token(response):
            return response
        self._bearer, self._renew = self._renew(), None
        options["auth"] = BearerAuth(self._bearer)
        return WireSession.request(self, method, url, *args, **options)

    def forged(self, method: str, url: str) -> requests.Response:
        """The same call with a token nobody gave out: a Jira that answers it does not check."""
        return WireSession.request(self, method, url, auth=BearerAuth(Secret(secrets.token_urlsafe(48))))

    def _fetch_token(self, url: str, **options: Any) -> TokenPair:
        """Authlib's exchange of a code ends here."""
        return self._exchange(url, **options)

    def _refresh_token(self, url: str, refresh_token: str, **options: Any) -> TokenPair:
        """Authlib's exchange of a refresh token ends here."""
        return self._exchange(url, **options)

    def _exchange(self, url: str, **options: Any) -> TokenPair:
        self.mount(url, self._token_adapter)
        options.pop("method", None)
        return read_pair(WireSession.request(self, "POST", url, data=options.pop("body"), **options))


def _refused_as_token(response: requests.Response) -> bool:
    if response.status_code != 401:
        return False
    trouble = trouble_from_response(response)
    return trouble is not None and trouble.code is Code.UNAUTHORIZED
