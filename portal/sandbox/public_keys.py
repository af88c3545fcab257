"""Reading the public key pasted into an application link."""

from __future__ import annotations

import textwrap

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

HEADER, FOOTER = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"


class PublicKeyError(ValueError):
    """The text is no RSA public key. The message is what Jira's form shows."""


def read_public_key(text: str) -> str:
    """Return the PEM of a pasted RSA public key: PEM, or the bare base64 body as Jira takes it too.

    Raises ``PublicKeyError``.
    """
    body = text.strip()
    if not body:
        raise PublicKeyError("Please enter the public key of the consumer.")
    if "PRIVATE KEY" in body:
        raise PublicKeyError("This is a private key. Enter the public key; keep the private key secret.")
    body = "".join(body.replace(HEADER, "").replace(FOOTER, "").split())
    pem = "\n".join([HEADER, *textwrap.wrap(body, 64), FOOTER, ""])
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise PublicKeyError(
            "The public key is not valid: it could not be read as an RSA public key."
        ) from None
    if not isinstance(key, RSAPublicKey):
        raise PublicKeyError("The public key is not valid: only RSA keys can be used.")
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
