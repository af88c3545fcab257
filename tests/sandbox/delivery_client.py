"""A tool beside Jira Cloud that sends by OAuth credentials of a site; every value of it can be made wrong."""

from __future__ import annotations

from typing import Any

import requests

from tests.support.delivery_control import Credentials2LO
from tests.support.sandbox import SandboxProcess

NOW = "2026-11-22T10:00:00Z"
Json = dict[str, Any]


class Tool:
    """Plain HTTP calls with one client ID and secret."""

    def __init__(self, sandbox: SandboxProcess, credentials: Credentials2LO | None = None) -> None:
        self.sandbox = sandbox
        self.credentials = credentials or sandbox.make_credentials()
        self.http = requests.Session()
        self.http.trust_env = False
        self.token = ""

    def ask(self, as_form: bool = False, **changed: str | None) -> requests.Response:
        """Ask for a token. ``changed``: values of the request; ``None`` leaves one out."""
        values: dict[str, str | None] = {"audience": "api.atlassian.com", "grant_type": "client_credentials"}
        values |= {"client_id": self.credentials.client_id, "client_secret": self.credentials.client_secret}
        given = {name: value for name, value in (values | changed).items() if value is not None}
        sent: dict[str, Any] = {"data" if as_form else "json": given}
        url = f"{self.sandbox.cloud_url}/oauth/token"
        return self.http.post(url, **sent, timeout=30, allow_redirects=False)

    def new_token(self) -> str:
        """Ask, and show it from now on."""
        self.token = str(self.ask().json()["access_token"])
        return self.token

    def url(self, kind: str, rest: str = "bulk", cloud_id: str = "") -> str:
        """Where things of a kind are sent."""
        where = cloud_id or self.credentials.cloud_id
        return f"{self.sandbox.cloud_url}/jira/{kind}/0.1/cloud/{where}/{rest}"

    def post(self, url: str, **sent: Any) -> requests.Response:
        """Send anything, anywhere, with the token."""
        headers = {"Authorization": f"Bearer {self.token or self.new_token()}"} | sent.pop("headers", {})
        return self.http.post(url, headers=headers, **{"timeout": 30, "allow_redirects": False, **sent})

    def send(self, kind: str, body: object, cloud_id: str = "") -> requests.Response:
        """Send a body as JSON."""
        return self.post(self.url(kind, cloud_id=cloud_id), json=body)

    def builds(self, *builds: Json) -> requests.Response:
        return self.send("builds", {"builds": builds})

    def deployments(self, *deployments: Json) -> requests.Response:
        return self.send("deployments", {"deployments": deployments})

    def flags(self, *flags: Json) -> requests.Response:
        return self.send("featureflags", {"flags": flags})

    def repositories(self, *repositories: Json) -> requests.Response:
        return self.send("devinfo", {"repositories": repositories})


def build(number: int = 1, sequence: int = 1, *keys: str, **changed: Any) -> Json:
    """A build of SHOP-4, or of other issues; ``None`` leaves a field out."""
    return _with(
        {
            "pipelineId": "shop-main",
            "buildNumber": number,
            "updateSequenceNumber": sequence,
            "displayName": f"Shop #{number}",
            "url": f"https://ci.example.com/shop/{number}",
            "state": "successful",
            "lastUpdated": NOW,
            "issueKeys": list(keys) or ["SHOP-4"],
        },
        changed,
    )


def deployment(number: int = 1, sequence: int = 1, *keys: str, **changed: Any) -> Json:
    """A deployment of SHOP-4 to production, or of other issues; ``None`` leaves a field out."""
    return _with(
        {
            "deploymentSequenceNumber": number,
            "updateSequenceNumber": sequence,
            "displayName": f"Shop {number}",
            "url": f"https://ci.example.com/deploy/{number}",
            "description": "Nightly",
            "lastUpdated": NOW,
            "state": "successful",
            "pipeline": {"id": "shop-main", "displayName": "Shop", "url": "https://ci.example.com/shop"},
            "environment": {"id": "prod-1", "displayName": "Production", "type": "production"},
            "issueKeys": list(keys) or ["SHOP-4"],
        },
        changed,
    )


def flag(name: str = "new-checkout", sequence: int = 1, *keys: str, **changed: Any) -> Json:
    """A feature flag of SHOP-4 that is on in production; ``None`` leaves a field out."""
    url = f"https://flags.example.com/{name}"
    environment = {"name": "prod", "type": "production"}
    details = {"url": url, "lastUpdated": NOW, "environment": environment, "status": {"enabled": True}}
    return _with(
        {
            "id": name,
            "key": f"shop.{name}",
            "updateSequenceId": sequence,
            "issueKeys": list(keys) or ["SHOP-4"],
            "summary": {"url": url, "status": {"enabled": True}, "lastUpdated": NOW},
            "details": [details],
        },
        changed,
    )


def commit(name: str = "c0ffee", sequence: int = 1, *keys: str, **changed: Any) -> Json:
    """A commit of SHOP-4; ``None`` leaves a field out."""
    return _with(
        {
            "id": name,
            "issueKeys": list(keys) or ["SHOP-4"],
            "updateSequenceId": sequence,
            "message": "SHOP-4 show delivery costs",
            "author": {"email": "ada@example.com"},
            "fileCount": 2,
            "url": f"https://git.example.com/shop/{name}",
            "authorTimestamp": NOW,
            "displayId": name[:6],
        },
        changed,
    )


def branch(name: str = "costs", sequence: int = 1, *keys: str, **changed: Any) -> Json:
    """A branch of SHOP-4; ``None`` leaves a field out."""
    return _with(
        {
            "id": name,
            "issueKeys": list(keys) or ["SHOP-4"],
            "updateSequenceId": sequence,
            "name": f"SHOP-4-{name}",
            "lastCommit": commit("c0ffee", sequence),
            "url": f"https://git.example.com/shop/tree/{name}",
        },
        changed,
    )


def pull_request(name: str = "17", sequence: int = 1, *keys: str, **changed: Any) -> Json:
    """A pull request of SHOP-4; ``None`` leaves a field out."""
    return _with(
        {
            "id": name,
            "issueKeys": list(keys) or ["SHOP-4"],
            "updateSequenceId": sequence,
            "status": "OPEN",
            "title": "Delivery costs",
            "author": {"email": "ada@example.com"},
            "commentCount": 0,
            "sourceBranch": "SHOP-4-costs",
            "lastUpdate": NOW,
            "url": f"https://git.example.com/shop/pull/{name}",
            "displayId": f"#{name}",
        },
        changed,
    )


def repository(sequence: int = 1, **changed: Any) -> Json:
    """A repository without entities; ``None`` leaves a field out."""
    whole = {"id": "shop", "name": "Shop", "url": "https://git.example.com/shop"}
    return _with({**whole, "updateSequenceId": sequence}, changed)


def _with(whole: Json, changed: Json) -> Json:
    return {name: value for name, value in (whole | changed).items() if value is not None}
