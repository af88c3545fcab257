"""An external application of Jira Server by OAuth 2.0, of plain HTTP calls; every value can be made wrong."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

import requests

from tests.support.sandbox import JiraBrowser, SandboxProcess, callback_values, with_query

CALLBACK = "http://127.0.0.1:9/oauth2/callback"
OAUTH2 = "/rest/oauth2/latest"


def pkce() -> tuple[str, str]:
    """A verifier and its S256 challenge."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class ServerClient:
    """A link and what its application does: ask for consent, exchange, refresh, call."""

    def __init__(self, sandbox: SandboxProcess, scopes: tuple[str, ...] = ("WRITE",)) -> None:
        self.sandbox = sandbox
        self.id, self.secret = sandbox.make_incoming_link(CALLBACK, scopes=scopes)

    def authorize_url(self, **changed: str | None) -> str:
        """Where consent is given. ``changed``: values of the query; ``None`` leaves one out."""
        values = {"client_id": self.id, "redirect_uri": CALLBACK, "response_type": "code"}
        values |= {"scope": "WRITE", "state": "s-1"}
        return with_query(f"{self.sandbox.url}{OAUTH2}/authorize", **(values | changed))

    def allowed(self, user: str = "ada", **changed: str | None) -> dict[str, str]:
        """The callback's values after *Allow*."""
        return callback_values(JiraBrowser(self.sandbox, user).allow(self.authorize_url(**changed)))

    def post(self, **values: str | None) -> requests.Response:
        """Call the token endpoint with id and secret, unless given others; ``None`` leaves one out."""
        form = {"client_id": self.id, "client_secret": self.secret, "redirect_uri": CALLBACK} | values
        sent = {name: value for name, value in form.items() if value is not None}
        return requests.post(f"{self.sandbox.url}{OAUTH2}/token", data=sent, timeout=10)

    def exchange(self, code: str, **more: str | None) -> requests.Response:
        return self.post(**({"grant_type": "authorization_code", "code": code} | more))

    def refresh(self, token: str, **more: str | None) -> requests.Response:
        return self.post(**({"grant_type": "refresh_token", "refresh_token": token} | more))

    def tokens(self, user: str = "ada", **changed: str | None) -> dict[str, Any]:
        """The whole way: what the token endpoint answers."""
        answer = self.exchange(self.allowed(user, **changed)["code"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def call(self, path: str, token: str, method: str = "GET", json: Any = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, self.sandbox.url + path, headers=headers, json=json, timeout=10)

    def user(self, token: str) -> str:
        """As whom REST answers this token."""
        return self.call("/rest/api/2/serverInfo", token).headers["X-AUSERNAME"]
