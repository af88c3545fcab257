"""Tokens in cookies and links. The portal keeps their hash only, so a copy of the database opens nothing."""

import hashlib
import secrets

from portal.secret import Secret

TOKEN_BYTES = 32


def new_token() -> Secret:
    """256 random bits in letters that need no escaping in a URL or cookie."""
    return Secret(secrets.token_urlsafe(TOKEN_BYTES))


def digest(token: Secret) -> bytes:
    """What is stored of a token. Fast on purpose: 256 random bits cannot be guessed, unlike a password."""
    return hashlib.sha256(token.reveal().encode()).digest()
