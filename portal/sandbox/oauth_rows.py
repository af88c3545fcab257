"""Application links, and request and access tokens of OAuth 1.0a."""

from __future__ import annotations

from dataclasses import dataclass, field

REQUEST_TOKEN_TTL = 600
ACCESS_TOKEN_TTL = 157_680_000
SESSION_TTL = 160_272_000
UNDECIDED, ALLOWED, DENIED = "undecided", "allowed", "denied"


@dataclass
class Link:
    """An application link with its incoming authentication (the consumer). Empty key: none configured."""

    id: str
    name: str
    url: str
    consumer_key: str = ""
    consumer_name: str = ""
    description: str = ""
    public_key: str = ""
    callback_url: str = ""
    two_lo_allowed: bool = False
    two_lo_user: str = ""


@dataclass
class RequestToken:
    """A request token on its way through the consent page. ``created`` is in epoch seconds."""

    token: str
    secret: str = field(repr=False)
    consumer_key: str
    callback: str
    created: int
    decision: str = UNDECIDED
    user: str = ""
    verifier: str = field(default="", repr=False)


@dataclass
class AccessToken:
    """An access token of one user. ``created`` and ``session_created`` are in epoch seconds."""

    token: str
    secret: str = field(repr=False)
    consumer_key: str
    user: str
    created: int
    session_handle: str = field(repr=False)
    session_created: int
