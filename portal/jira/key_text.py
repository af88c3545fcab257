"""From a pasted text to the bytes of one private key, or to the name of what was pasted instead."""

import base64
import binascii
import re
from enum import StrEnum

from portal.errors import PortalError

MAX_BYTES = 16 * 1024
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \1-----", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")
_PEM_ONLY = (
    "Paste only the text from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----, both lines included."
)


class KeyProblem(StrEnum):
    """What was pasted instead of a usable RSA private key."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    BINARY = "binary"
    NO_KEY = "no_key"
    INCOMPLETE = "incomplete"
    TEXT_AROUND = "text_around"
    TWO_KEYS = "two_keys"
    PUBLIC_KEY = "public_key"
    CERTIFICATE = "certificate"
    ENCRYPTED = "encrypted"
    OPENSSH = "openssh"
    EC = "ec"
    DSA = "dsa"
    EDWARDS = "ed25519"
    OTHER_KIND = "other_kind"
    UNREADABLE = "unreadable"
    TOO_SMALL = "too_small"
    TOO_BIG = "too_big"
    DAMAGED = "damaged"
    WEAK = "weak"


_NEW_KEY = (
    "Let the portal make a key pair, or make one with:"
    " openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem"
)
_SENTENCES = {
    KeyProblem.EMPTY: "There is no key here. " + _PEM_ONLY,
    KeyProblem.TOO_LONG: "This is longer than 16 KiB, which no RSA key is. " + _PEM_ONLY,
    KeyProblem.BINARY: "This file is not text. Convert it with:"
    " openssl pkey -inform DER -in key.der -out key.pem and take key.pem.",
    KeyProblem.NO_KEY: "This is no private key. " + _PEM_ONLY,
    KeyProblem.INCOMPLETE: "The first or the last line of the key is missing. " + _PEM_ONLY,
    KeyProblem.TEXT_AROUND: "There is other text around the key. " + _PEM_ONLY,
    KeyProblem.TWO_KEYS: "There are two private keys here. Paste only the one whose public half is in Jira.",
    KeyProblem.PUBLIC_KEY: "This is the public key; that one belongs in Jira. Paste the private key here:"
    " the file it was made from, often named privatekey.pem or privatekey.pcks8.",
    KeyProblem.CERTIFICATE: "This is a certificate. Paste the private key that belongs to it, often in a file"
    " ending in .key or .pem.",
    KeyProblem.ENCRYPTED: "This key is protected by a passphrase. Remove it with:"
    " openssl pkey -in key.pem -out plain.pem and paste plain.pem; it is kept encrypted here.",
    KeyProblem.OPENSSH: "This key is in the form of OpenSSH or PuTTY. Convert a copy with:"
    " ssh-keygen -p -N '' -m PKCS8 -f copy-of-key (PuTTYgen: Conversions, Export OpenSSH key, first)"
    " and paste that file. Jira needs an RSA key.",
    KeyProblem.EC: "This is an elliptic curve (EC) key, and Jira takes RSA only. " + _NEW_KEY,
    KeyProblem.DSA: "This is a DSA key, and Jira takes RSA only. " + _NEW_KEY,
    KeyProblem.EDWARDS: "This is an Ed25519 or Ed448 key, and Jira takes RSA only. " + _NEW_KEY,
    KeyProblem.OTHER_KIND: "This private key is of a kind that Jira does not take; it must be RSA. "
    + _NEW_KEY,
    KeyProblem.UNREADABLE: "The text between the first and last line is not a key: part of it may be missing"
    " or changed. Copy the whole file again, or check it with: openssl pkey -in key.pem -check",
    KeyProblem.TOO_SMALL: "This RSA key is too short to be safe; at least 2048 bits are needed. " + _NEW_KEY,
    KeyProblem.TOO_BIG: "This RSA key is longer than 4096 bits, which makes every call slow. " + _NEW_KEY,
    KeyProblem.DAMAGED: "The numbers in this key do not fit together, so it was changed or damaged."
    " Take the original file. " + _NEW_KEY,
    KeyProblem.WEAK: "This key can be broken: its numbers were not chosen well. Do not use it. " + _NEW_KEY,
}


class KeyRefused(PortalError):
    """A pasted key cannot be used. ``code`` names what it is, ``message`` says what to take instead."""

    def __init__(self, code: KeyProblem) -> None:
        self.code = code
        self.message = _SENTENCES[code]
        super().__init__(self.message)


def read_key_bytes(pasted: str | bytes) -> bytes:
    """The DER bytes of the one private key in ``pasted``. Raises KeyRefused; nothing long is ever parsed.

    Repaired on the way, because the meaning is clear: literal ``\\n``, lost or foreign line breaks, byte
    order marks, UTF-16, quotes around, a base64 body without its header, and a body under another header.
    """
    text = _plain_text(pasted)
    blocks = _BLOCK.findall(text)
    if not blocks:
        return _headerless(text)
    private = [(label, body) for label, body in blocks if label.endswith("PRIVATE KEY")]
    if not private:
        raise KeyRefused(_instead(blocks[0][0]))
    if len(private) > 1:
        raise KeyRefused(KeyProblem.TWO_KEYS)
    label, body = private[0]
    _refuse_label(label, body)
    if len(blocks) > 1 or _BLOCK.sub("", text).strip():
        raise KeyRefused(KeyProblem.TEXT_AROUND)
    return _decode(body)


def _plain_text(pasted: str | bytes) -> str:
    if len(pasted) > MAX_BYTES:
        raise KeyRefused(KeyProblem.TOO_LONG)
    text = _decoded(pasted) if isinstance(pasted, bytes) else pasted
    text = text.replace("\\r", "\n").replace("\\n", "\n").strip("\ufeff\"' \t\r\n")
    if not text:
        raise KeyRefused(KeyProblem.EMPTY)
    if "\0" in text:
        raise KeyRefused(KeyProblem.BINARY)
    return text


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise KeyRefused(KeyProblem.BINARY) from None


def _headerless(text: str) -> bytes:
    if "-----BEGIN" in text or "-----END" in text:
        raise KeyRefused(KeyProblem.INCOMPLETE)
    if text.startswith(("ssh-", "ecdsa-sha2-", "---- BEGIN SSH2 PUBLIC KEY")):
        raise KeyRefused(KeyProblem.PUBLIC_KEY)
    if text.startswith("PuTTY-User-Key-File"):
        raise KeyRefused(KeyProblem.OPENSSH)
    if not _BASE64.fullmatch(text):
        raise KeyRefused(KeyProblem.NO_KEY)
    return _decode(text, KeyProblem.NO_KEY)


def _instead(label: str) -> KeyProblem:
    if label.endswith("PUBLIC KEY"):
        return KeyProblem.PUBLIC_KEY
    return KeyProblem.CERTIFICATE if "CERTIFICATE" in label else KeyProblem.NO_KEY


def _refuse_label(label: str, body: str) -> None:
    if label.startswith("ENCRYPTED") or "ENCRYPTED" in body[:100]:
        raise KeyRefused(KeyProblem.ENCRYPTED)
    if label.startswith("OPENSSH"):
        raise KeyRefused(KeyProblem.OPENSSH)
    if label.startswith("EC "):
        raise KeyRefused(KeyProblem.EC)
    if label.startswith("DSA "):
        raise KeyRefused(KeyProblem.DSA)


def _decode(body: str, problem: KeyProblem = KeyProblem.UNREADABLE) -> bytes:
    """The bytes of a base64 body, whatever happened to its line breaks."""
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        raise KeyRefused(problem) from None
