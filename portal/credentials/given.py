"""What a consent page gave, or a person pasted, before it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal import clock
from portal.credentials.grants import Consent
from portal.credentials.registry import HeldToken, Token
from portal.jira.client import Identity
from portal.kinds.methods import OAUTH1, OAUTH2
from portal.secret import Secret


@dataclass(frozen=True)
class KeptToken:
    """An access token with what Jira said about its life (jira.md 1.1: always what the answer says)."""

    token: Token
    session_handle: Secret | None
    expires_at: datetime | None
    authorization_expires_at: datetime | None
    consumer_key: str

    @classmethod
    def from_answer(cls, token: Token, answer: Mapping[str, Any], consumer_key: str) -> "KeptToken":
        """From the access-token endpoint's answer."""
        handle = answer.get("oauth_session_handle")
        return cls(
            token=token,
            session_handle=Secret(handle) if handle else None,
            expires_at=_after(answer.get("oauth_expires_in")),
            authorization_expires_at=_after(answer.get("oauth_authorization_expires_in")),
            consumer_key=consumer_key,
        )


def _after(seconds: str | None) -> datetime | None:
    return clock.now() + timedelta(seconds=int(seconds)) if seconds else None


@dataclass(frozen=True)
class TypedToken:
    """A token or password that somebody pasted, with the login it goes with and the end they know of."""

    method: str
    login: str
    secret: Secret
    ends_at: datetime | None

    @property
    def held(self) -> HeldToken:
        """As it is sent."""
        return HeldToken(self.method, self.login, self.secret)


@dataclass(frozen=True)
class Given:
    """What came, and whom it acts as: exactly one of ``kept`` (OAuth 1.0a), ``consent`` (OAuth 2.0) and
    ``typed``."""

    identity: Identity
    kept: KeptToken | None = None
    consent: Consent | None = None
    typed: TypedToken | None = None

    @property
    def method(self) -> str:
        """How the credential is held from here on."""
        if self.typed:
            return self.typed.method
        return OAUTH2 if self.consent else OAUTH1
