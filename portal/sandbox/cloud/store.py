"""Apps, grants and tokens of the Cloud side. Who changes several of them together holds the state's lock."""

from __future__ import annotations

import secrets
import string
from dataclasses import asdict, dataclass, field
from typing import Any

from portal.sandbox.cloud.account_rows import AccountChange, ApiToken, Report
from portal.sandbox.cloud.credential_rows import Credentials2LO, Token2LO

CODE_TTL = 600
IDLE_TTL = 90 * 86_400
_ALPHABET = string.ascii_letters + string.digits


@dataclass
class App:
    """An OAuth 2.0 integration of the developer console. ``apis`` are those added to it."""

    id: str
    owner: str
    name: str
    client_id: str
    client_secret: str = field(repr=False)
    callback_url: str = ""
    scopes: list[str] = field(default_factory=list)
    apis: list[str] = field(default_factory=list)
    sharing: bool = False


@dataclass
class Grant:
    """What one person allowed one app: there is one of them, and each consent writes it anew."""

    client_id: str
    user: str
    scopes: list[str]
    sites: list[str]
    created: int


@dataclass
class Code:
    """An authorization code. ``family`` is what came of it once it was exchanged."""

    code: str = field(repr=False)
    client_id: str
    user: str
    redirect_uri: str
    challenge: str
    created: int
    family: str = ""


@dataclass
class Family:
    """All tokens that descend from one code; they end together."""

    id: str
    client_id: str
    user: str
    refreshes_ok: int = 0
    refreshes_refused: int = 0
    dead: bool = False
    ended_by: str = ""


@dataclass
class RefreshToken:
    """A refresh token. ``used`` is when it was first exchanged (0: not yet), in epoch seconds."""

    token: str = field(repr=False)
    family: str
    issued: int
    used: int = 0


@dataclass
class BearerToken:
    """An access token with what it was issued for; ``expires`` in epoch seconds."""

    token: str = field(repr=False)
    family: str
    scopes: list[str]
    expires: int


def random_text(length: int) -> str:
    """Random letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


class CloudStore:
    """Everything of the Cloud side that a second start goes on with."""

    def __init__(self) -> None:
        """Without any app."""
        self.apps: dict[str, App] = {}
        self.grants: dict[tuple[str, str], Grant] = {}
        self.codes: dict[str, Code] = {}
        self.families: dict[str, Family] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.bearer_tokens: dict[str, BearerToken] = {}
        self.api_tokens: dict[str, ApiToken] = {}
        self.account_changes: dict[str, AccountChange] = {}
        self.credentials_2lo: dict[str, Credentials2LO] = {}
        self.tokens_2lo: dict[str, Token2LO] = {}
        self.reports: list[Report] = []
        self.wrong_tries: dict[str, int] = {}
        self.exchanges: dict[str, int] = {}
        self.exchanges_refused = 0
        self.refreshes_ok = 0
        self.refreshes_refused = 0

    def app_of(self, client_id: str) -> App | None:
        """The app with this client id."""
        return next((app for app in list(self.apps.values()) if app.client_id == client_id), None)

    def end_family(self, family_id: str, reason: str) -> None:
        """End every token of a family. Its used refresh tokens stay known, as dead ones."""
        family = self.families.get(family_id)
        if family and not family.dead:
            family.dead, family.ended_by = True, reason
        self.bearer_tokens = {key: one for key, one in self.bearer_tokens.items() if one.family != family_id}

    def end_families(self, client_id: str, user: str | None, reason: str) -> None:
        """End all families of an app, or of one person's grant to it."""
        for family in list(self.families.values()):
            if family.client_id == client_id and user in (None, family.user):
                self.end_family(family.id, reason)

    def end_grant(self, client_id: str, user: str) -> None:
        """The person removed the app."""
        self.grants.pop((client_id, user), None)
        self.end_families(client_id, user, "removed by the person")

    def end_person(self, user: str) -> None:
        """The account was closed: its grants and API tokens end."""
        for grant in [one for one in self.grants.values() if one.user == user]:
            self.end_grant(grant.client_id, user)
        self.api_tokens = {key: one for key, one in self.api_tokens.items() if one.user != user}

    def remove_app(self, app: App) -> None:
        """Delete an app with its grants and tokens."""
        self.apps.pop(app.id, None)
        self.end_families(app.client_id, None, "app deleted")
        self.grants = {key: one for key, one in self.grants.items() if one.client_id != app.client_id}

    def keep_token_2lo(self, token: Token2LO, now: int) -> None:
        """Keep a new one; those that are over go."""
        self.tokens_2lo = {key: one for key, one in self.tokens_2lo.items() if one.expires > now}
        self.tokens_2lo[token.token] = token

    def age_refresh_tokens(self, days: float) -> None:
        """Make every refresh token older by so many days."""
        for token in self.refresh_tokens.values():
            token.issued -= int(days * 86_400)
            token.used -= int(days * 86_400) if token.used else 0

    def as_json(self) -> dict[str, Any]:
        """What goes into the state file."""
        tables = {name: [asdict(row) for row in getattr(self, name).values()] for name in _TABLES}
        counters = {name: getattr(self, name) for name in _COUNTERS}
        return tables | counters | {"reports": [asdict(report) for report in self.reports]}

    def take(self, content: dict[str, Any]) -> None:
        """Read it back. Raises ``KeyError`` or ``TypeError`` for what ``as_json`` never wrote."""
        for name, (kind, keys) in _TABLES.items():
            rows = [kind(**row) for row in (content.get(name, []) if name in _LATER else content[name])]
            setattr(self, name, {_key(row, keys): row for row in rows})
        for name in _COUNTERS:
            setattr(self, name, content[name])
        self.reports = [Report(**row) for row in content.get("reports", [])]


def _key(row: Any, keys: tuple[str, ...]) -> Any:
    values = tuple(getattr(row, key) for key in keys)
    return values if len(values) > 1 else values[0]


_TABLES: dict[str, tuple[type[Any], tuple[str, ...]]] = {
    "apps": (App, ("id",)),
    "grants": (Grant, ("client_id", "user")),
    "codes": (Code, ("code",)),
    "families": (Family, ("id",)),
    "refresh_tokens": (RefreshToken, ("token",)),
    "bearer_tokens": (BearerToken, ("token",)),
    "api_tokens": (ApiToken, ("token",)),
    "account_changes": (AccountChange, ("account_id",)),
    "credentials_2lo": (Credentials2LO, ("client_id",)),
    "tokens_2lo": (Token2LO, ("token",)),
}
# A file of before there were any has none.
_LATER = ("api_tokens", "account_changes", "credentials_2lo", "tokens_2lo")
_COUNTERS = ("exchanges", "exchanges_refused", "refreshes_ok", "refreshes_refused")
