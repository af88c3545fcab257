"""Sealed columns: AES-256-GCM, bound to tenant, table, row and column.

Envelope: ``version (1) | key id (8) | nonce (12) | ciphertext and tag``. The additional data names
where the value belongs, each part with its length in front, so that a ciphertext moved to another row,
column or tenant does not open. Root keys wrap one data key per tenant in the same envelope.
"""

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.errors import SecretUnreadable

VERSION = b"\x01"
HEADER = 1 + 8
NONCE = 12


def place(tenant_id: UUID | None, table: str, row: str, column: str) -> bytes:
    """Additional data for one value: where it belongs."""
    parts = (tenant_id.bytes if tenant_id else b"", table.encode(), row.encode(), column.encode())
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def seal(key: bytes, key_id: str, where: bytes, plain: bytes) -> bytes:
    """The envelope of ``plain`` for the place ``where``."""
    header = VERSION + bytes.fromhex(key_id)
    nonce = os.urandom(NONCE)
    return header + nonce + AESGCM(key).encrypt(nonce, plain, header + where)


def key_id_of(envelope: bytes) -> str:
    """Which key an envelope was sealed with."""
    if len(envelope) < HEADER + NONCE + 16 or envelope[:1] != VERSION:
        raise SecretUnreadable
    return envelope[1:HEADER].hex()


def unseal(key: bytes, where: bytes, envelope: bytes) -> bytes:
    """What the envelope holds; :class:`SecretUnreadable` for anything that does not fit."""
    key_id_of(envelope)
    nonce = envelope[HEADER : HEADER + NONCE]
    try:
        return AESGCM(key).decrypt(nonce, envelope[HEADER + NONCE :], envelope[:HEADER] + where)
    except InvalidTag:
        raise SecretUnreadable from None
