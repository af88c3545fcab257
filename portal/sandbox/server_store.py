"""Personal access tokens, incoming OAuth 2.0 links and their grants, and failed sign-ins of Jira Server.

Who changes several of them together holds the state's lock.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

REFRESH_TTL = 90 * 86_400
"""Seconds a refresh token lives (Atlassian's page "OAuth 2.0 provider system properties")."""


@dataclass
class Pat:
    """A personal access token. ``created`` and ``expires`` (0: never) are in epoch seconds."""

    id: int
    token: str = field(repr=False)
    name: str
    user: str
    created: int
    expires: int = 0


@dataclass
class IncomingLink:
    """A link to an external application that comes in by OAuth 2.0."""

    id: str
    name: str
    redirect_url: str
    scopes: list[str]
    client_id: str
    client_secret: str = field(repr=False)


@dataclass
class ServerCode:
    """An authorization code. ``created`` is in epoch seconds; an empty challenge: none was sent."""

    code: str = field(repr=False)
    client_id: str
    user: str
    redirect_uri: str
    scopes: list[str]
    challenge: str
    challenge_method: str
    created: int


@dataclass
class ServerGrant:
    """What one consent gave: one pair of tokens, replaced at each refresh. Times are in epoch seconds."""

    id: str
    client_id: str
    user: str
    scopes: list[str]
    created: int
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires: int
    refresh_expires: int


class ServerStore:
    """What a second start of the Server side goes on with, besides the links of OAuth 1.0a."""

    def __init__(self) -> None:
        """Without any token or link."""
        self.pats: dict[int, Pat] = {}
        self.incoming: dict[str, IncomingLink] = {}
        self.codes: dict[str, ServerCode] = {}
        self.grants: dict[str, ServerGrant] = {}
        self.passwords: dict[str, str] = {}
        self.failures: dict[str, int] = {}

    def pat(self, token: str) -> Pat | None:
        """The personal access token with this value."""
        return next((one for one in self.pats.values() if one.token == token), None)

    def client(self, client_id: str) -> IncomingLink | None:
        """The incoming link with this client ID."""
        return next((one for one in self.incoming.values() if one.client_id == client_id), None)

    def grant_of(self, **wanted: str) -> ServerGrant | None:
        """The grant whose ``access_token`` or ``refresh_token`` this is."""
        ((name, token),) = wanted.items()
        return next((one for one in self.grants.values() if getattr(one, name) == token), None)

    def end_grants(self, user: str) -> None:
        """The person revoked every application that came in by OAuth 2.0."""
        self.grants = {key: one for key, one in self.grants.items() if one.user != user}

    def remove_incoming(self, link_id: str) -> None:
        """Delete a link with its codes and tokens."""
        link = self.incoming.pop(link_id, None)
        if link:
            self.codes = {k: one for k, one in self.codes.items() if one.client_id != link.client_id}
            self.grants = {k: one for k, one in self.grants.items() if one.client_id != link.client_id}

    def as_json(self) -> dict[str, Any]:
        """What goes into the state file."""
        rows = {name: [asdict(row) for row in getattr(self, name).values()] for name in _TABLES}
        return rows | {"passwords": self.passwords, "failures": self.failures}

    def take(self, content: dict[str, Any]) -> None:
        """Read it back. Raises ``KeyError`` or ``TypeError`` for what ``as_json`` never wrote."""
        for name, (kind, key) in _TABLES.items():
            rows = [kind(**row) for row in content[name]]
            setattr(self, name, {getattr(row, key): row for row in rows})
        self.passwords = content["passwords"]
        self.failures = content["failures"]


_TABLES: dict[str, tuple[type[Any], str]] = {
    "pats": (Pat, "id"),
    "incoming": (IncomingLink, "id"),
    "codes": (ServerCode, "code"),
    "grants": (ServerGrant, "id"),
}
