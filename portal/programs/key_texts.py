"""The text of a program key: ``alm_<tenant>_<id>_<secret><check>``.

Tenant and id are its UUIDs in base 62, so that the one row is found at once; a scanner knows a key by how it
begins, and a mistyped one by its checksum, without asking anybody. A double click marks the whole of it.
"""

import re
import secrets
import string
import zlib
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from portal.secret import Secret

BEGINNING = "alm_"
LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
ID_LENGTH = 22  # 62 ** 22 > 2 ** 128
SECRET_LENGTH = 32  # 190 random bits
CHECK_LENGTH = 6  # 62 ** 6 > 2 ** 32
# A whole key, or most of one: what must not stand in an address or in what is sent on.
ANYWHERE = re.compile(rb"alm_[0-9A-Za-z]{22}_[0-9A-Za-z]{22}_[0-9A-Za-z]{16}")
_WHOLE = re.compile(r"alm_([0-9A-Za-z]{22})_([0-9A-Za-z]{22})_[0-9A-Za-z]{38}")
_WHOLE_IN = re.compile(_WHOLE.pattern.encode())
_VALUES = {letter: value for value, letter in enumerate(LETTERS)}


@dataclass(frozen=True)
class Named:
    """Which key a text names; whether its secret is right only the row knows."""

    tenant_id: UUID
    key_id: UUID


def beginning_of(tenant_id: UUID, key_id: UUID) -> str:
    """The part that is no secret, by which people tell keys apart."""
    return f"{BEGINNING}{_text(tenant_id.int, ID_LENGTH)}_{_text(key_id.int, ID_LENGTH)}_"


def new_text(tenant_id: UUID, key_id: UUID) -> Secret:
    """The text of a new key."""
    secret = "".join(secrets.choice(LETTERS) for _ in range(SECRET_LENGTH))
    unchecked = beginning_of(tenant_id, key_id) + secret
    return Secret(unchecked + _text(_sum(unchecked), CHECK_LENGTH))


def read(key: Secret) -> Named | None:
    """What a text names; None where it is no key, was mistyped or cut off."""
    text = key.reveal()
    found = _WHOLE.fullmatch(text)
    if found is None or _sum(text[:-CHECK_LENGTH]) != _number(text[-CHECK_LENGTH:]):
        return None
    tenant_id, key_id = _uuid(found[1]), _uuid(found[2])
    return Named(tenant_id, key_id) if tenant_id and key_id else None


def first_in(sent: bytes) -> tuple[Secret, Named] | None:
    """The first whole key that stands anywhere in what was sent, and what it names."""
    texts = (Secret.of(found[0]) for found in _WHOLE_IN.finditer(sent))
    return next(((text, named) for text in texts if (named := read(text))), None)


def _sum(text: str) -> int:
    return zlib.crc32(text.encode("ascii"))


def _text(number: int, length: int) -> str:
    letters = ""
    for _ in range(length):
        number, rest = divmod(number, len(LETTERS))
        letters = LETTERS[rest] + letters
    return letters


def _number(text: str) -> int:
    number = 0
    for letter in text:
        number = number * len(LETTERS) + _VALUES[letter]
    return number


@lru_cache(maxsize=16_384)  # as many as programs use; what is kept is no secret
def _uuid(text: str) -> UUID | None:
    number = _number(text)
    return UUID(int=number) if number < 1 << 128 else None
