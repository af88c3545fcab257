"""What a consent page gave, before it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal import clock
from portal.credentials.grants import Consent
from portal.credentials.registry import Token
from portal.jira.client import Identity
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
class Given:
    """What a consent gave, and whom it acts as. Exactly one of ``kept`` (OAuth 1.0a) and ``consent``."""

    identity: Identity
    kept: KeptToken | None = None
    consent: Consent | None = None
