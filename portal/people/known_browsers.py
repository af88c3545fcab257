"""Browsers in which a person has signed in before: a cookie says so, signed and bound to that person.

It lets nobody in. Whoever brings it is not slowed by what strangers guess (:mod:`portal.people.guessing`),
but counted by that cookie alone.
"""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from itsdangerous import BadSignature, TimestampSigner

from portal.secret import Secret
from portal.store.vault import Vault

VALID_FOR = timedelta(days=180)
ID_BYTES = 16


def make(vault: Vault, user_id: UUID) -> Secret:
    """What the browser is given in which this person has just signed in."""
    return Secret(_signer(vault, user_id).sign(secrets.token_urlsafe(ID_BYTES)).decode())


def known_as(vault: Vault, user_id: UUID, given: Secret | None) -> str | None:
    """The browser's id, where it was given for this very person and not too long ago; else None."""
    if given is None:
        return None
    try:
        return _signer(vault, user_id).unsign(given.reveal(), max_age=int(VALID_FOR.total_seconds())).decode()
    except (BadSignature, UnicodeError):
        return None


def _signer(vault: Vault, user_id: UUID) -> TimestampSigner:
    keys = vault.derive("known browsers")[::-1]  # the last one signs, all of them open
    return TimestampSigner(keys, salt=user_id.bytes, digest_method=hashlib.sha256)
