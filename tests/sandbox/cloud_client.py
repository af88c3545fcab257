"""An OAuth 2.0 app of plain HTTP calls; every value of them can be made wrong on purpose."""

from __future__ import annotations

from typing import Any

import requests

from tests.support.sandbox import CloudApp, CloudBrowser, SandboxProcess, callback_values, with_query

CALLBACK = "http://127.0.0.1:9/oauth2/callback"
SOFTWARE = [
    "read:board-scope:jira-software",
    "read:board-scope.admin:jira-software",
    "read:sprint:jira-software",
    "read:epic:jira-software",
    "read:issue-details:jira",
    "read:jql:jira",
    "read:project:jira",
]
SCOPES = ["read:jira-user", "read:jira-work", "read:me", *SOFTWARE, "offline_access"]


class CloudClient:
    """An app and what it does: ask for consent, exchange, refresh, call."""

    def __init__(self, sandbox: SandboxProcess, app: CloudApp | None = None) -> None:
        self.sandbox = sandbox
        self.app = app or sandbox.make_app(CALLBACK, SCOPES)
        self.http = requests.Session()
        self.http.trust_env = False

    def authorize_url(self, **changed: str | None) -> str:
        """Where consent is given. ``changed``: values of the query; ``None`` leaves one out."""
        values = {"audience": "api.atlassian.com", "client_id": self.app.client_id, "state": "s-1"}
        values |= {"scope": " ".join(SCOPES), "redirect_uri": CALLBACK}
        values |= {"response_type": "code", "prompt": "consent"}
        return with_query(f"{self.sandbox.cloud_url}/authorize", **(values | changed))

    def code(self, user: str = "ada", site: str = "acme", **changed: str | None) -> str:
        """A code after *Accept*."""
        browser = CloudBrowser(self.sandbox, user)
        return callback_values(browser.accept(self.authorize_url(**changed), site))["code"]

    def post(self, as_form: bool = False, **values: str) -> requests.Response:
        """Call the token endpoint with the app's id and secret, unless given others."""
        app = {"client_id": self.app.client_id, "client_secret": self.app.client_secret}
        sent: dict[str, Any] = {"data" if as_form else "json": app | values}
        url = f"{self.sandbox.cloud_url}/oauth/token"
        return self.http.post(url, **sent, timeout=30, allow_redirects=False)

    def exchange(self, code: str, **more: Any) -> requests.Response:
        values = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return self.post(**(values | more))

    def refresh(self, token: str, **more: Any) -> requests.Response:
        return self.post(**({"grant_type": "refresh_token", "refresh_token": token} | more))

    def tokens(self, user: str = "ada", site: str = "acme", **changed: str | None) -> dict[str, Any]:
        """The whole way: what the token endpoint answers."""
        answer = self.exchange(self.code(user, site, **changed))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def get(self, path: str, token: str, site: str = "acme", **more: Any) -> requests.Response:
        """Call the gateway of a site."""
        url = f"{self.sandbox.cloud_url}/ex/jira/{self.sandbox.cloud_ids[site]}{path}"
        return self.call(url, token, **more)

    def call(self, url: str, token: str, method: str = "GET", **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.request(method, url, headers=headers, timeout=30, allow_redirects=False, **more)

    def resources(self, token: str) -> list[dict[str, Any]]:
        """The Jira sites the token reaches."""
        url = f"{self.sandbox.cloud_url}/oauth/token/accessible-resources"
        rows = self.call(url, token).json()
        return [row for row in rows if any("jira" in scope for scope in row["scopes"])]
