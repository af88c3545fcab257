"""OAuth 2.0 with Atlassian and with Jira Data Center: Authlib's client over the guarded wire.

Authlib never gets a refresh token to keep: it has no lock, and would lose grants when two renew at once.
Renewing is :mod:`portal.credentials.refreshing`'s, once however many ask.
"""

import json
import secrets
import threading
from collections.abc import Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.auth import ClientAuth

from portal.jira.answers import Code, JiraTrouble, trouble_from_response
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
        ca_pem: str | None = None,
        seconds: float | None = None,
        **options: Any,
    ) -> None:
        options |= {"token_endpoint_auth_method": "client_secret_post", "code_challenge_method": "S256"}
        OAuth2Session.__init__(self, client_id, client_secret, **options)
        self._bearer = bearer
        self._renew = renew
        self._renewing = threading.Lock()
        self.attach(wire, ca_pem, seconds)
        self._token_adapter = wire.mounted(ca_pem, TOKEN_BYTES, seconds)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send with the bearer token. One refused as a token, not for its scopes, is renewed once."""
        if options.pop("withhold_token", False) or options.get("auth") or self._bearer is None:
            return WireSession.request(self, method, url, *args, **options)
        sent = self._bearer
        options["auth"] = BearerAuth(sent)
        response = WireSession.request(self, method, url, *args, **options)
        if not _refused_as_token(response):
            return response
        with self._renewing:  # calls made side by side were refused alike: the first renews for all
            if self._renew is not None and self._bearer is sent:
                self._bearer, self._renew = _renewed(self._renew), None
        if self._bearer is sent:
            return response
        options["auth"] = BearerAuth(self._bearer)
        return WireSession.request(self, method, url, *args, **options)

    def forged(self, method: str, url: str) -> requests.Response:
        """The same call with a token nobody gave out: a Jira that answers it does not check."""
        return WireSession.request(self, method, url, auth=BearerAuth(Secret(secrets.token_urlsafe(48))))

    def token_for_itself(self, url: str, audience: str) -> TokenPair:
        """A token by client ID and secret alone (RFC 6749, section 4.4), asked for as Atlassian wants it."""
        auth = self.client_auth(_in_json)
        pair: TokenPair = self.fetch_token(url, auth=auth, grant_type="client_credentials", audience=audience)
        return pair

    def _fetch_token(self, url: str, **options: Any) -> TokenPair:
        """Authlib's exchange of a code ends here, and that of the client's own secret."""
        return self._exchange(url, **options)

    def _refresh_token(self, url: str, refresh_token: str, **options: Any) -> TokenPair:
        """Authlib's exchange of a refresh token ends here."""
        return self._exchange(url, is_renewal=True, **options)

    def _exchange(self, url: str, *, is_renewal: bool = False, **options: Any) -> TokenPair:
        self.mount(url, self._token_adapter)
        options.pop("method", None)
        answer = WireSession.request(self, "POST", url, data=options.pop("body"), **options)
        return read_pair(answer, is_renewal=is_renewal)


def _in_json(
    client: ClientAuth, method: str, url: str, headers: MutableMapping[str, str], body: str
) -> tuple[str, MutableMapping[str, str], bytes]:
    """A way of Authlib's for a client to prove itself: ID and secret beside the rest, all in JSON."""
    proof = {"client_id": client.client_id, "client_secret": client.client_secret}
    sent = json.dumps(dict(parse_qsl(body)) | proof).encode()
    headers["Content-Type"], headers["Content-Length"] = "application/json", str(len(sent))
    return url, headers, sent


def _renewed(renew: Renew) -> Secret:
    """Another token. Trouble says that it is of renewing: the call was refused before, so it did nothing."""
    try:
        return renew()
    except JiraTrouble as trouble:
        trouble.is_of_renewal = True
        raise


def _refused_as_token(response: requests.Response) -> bool:
    if response.status_code != 401:
        return False
    trouble = trouble_from_response(response)
    return trouble is not None and trouble.code is Code.UNAUTHORIZED
