"""RSA keys for signing: made here, or read from what somebody pasted (T40)."""

import base64
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from portal.jira.key_text import KeyProblem, KeyRefused, read_key_bytes
from portal.secret import Secret

__all__ = [
    "KEY_SIZES",
    "KeyProblem",
    "KeyRefused",
    "SigningKey",
    "load_trusted",
    "make_key",
    "read_pasted_key",
]

KEY_SIZES = (2048, 3072, 4096)
_EXPONENT = 65537
_CACHED_KEYS = 1024
_KINDS: tuple[tuple[type, KeyProblem], ...] = (
    (ec.EllipticCurvePrivateKey, KeyProblem.EC),
    (dsa.DSAPrivateKey, KeyProblem.DSA),
    (ed25519.Ed25519PrivateKey, KeyProblem.EDWARDS),
    (ed448.Ed448PrivateKey, KeyProblem.EDWARDS),
)


@dataclass(frozen=True)
class SigningKey:
    """A checked RSA key pair.

    ``pem`` is canonical PKCS#8, ``public_pem`` what is pasted into Jira, ``fingerprint`` the SHA-256 of the
    public key's DER form as ``SHA256:<base64 without padding>``.
    """

    pem: Secret
    public_pem: str
    fingerprint: str
    bits: int


def make_key(bits: int) -> SigningKey:
    """A new key pair of 2048, 3072 or 4096 bits. Raises ValueError for another size."""
    if bits not in KEY_SIZES:
        raise ValueError(f"RSA keys are made with {KEY_SIZES} bits, not {bits}.")
    return _signing_key(rsa.generate_private_key(_EXPONENT, bits))


def read_pasted_key(pasted: str | bytes) -> SigningKey:
    """The RSA key in a pasted text or uploaded file. Raises KeyRefused, which names what was found instead.

    Full validation takes 40 to 260 ms for 2048 to 4096 bits and seconds beyond, so size and proportions are
    looked at first, in a load without validation.
    """
    der = read_key_bytes(pasted)
    unchecked = _parse(der, skip_validation=True)
    _check_cheaply(unchecked)
    return _signing_key(_parse(der, skip_validation=False))


def load_trusted(pem: Secret, fingerprint: str, version: int) -> rsa.RSAPrivateKey:
    """The key object of a ``SigningKey.pem`` of ours, from a cache by ``fingerprint`` and ``version``.

    No validation: it was done when the key was taken in, and would cost 90 times the signature. Nothing of
    the text is kept as a cache key.
    """
    with _cache_lock:
        if key := _cache.get((fingerprint, version)):
            _cache.move_to_end((fingerprint, version))
            return key
    loaded = serialization.load_pem_private_key(
        pem.reveal().encode("ascii"), None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(loaded, rsa.RSAPrivateKey):
        raise KeyRefused(KeyProblem.OTHER_KIND)
    with _cache_lock:
        _cache[fingerprint, version] = loaded
        if len(_cache) > _CACHED_KEYS:
            _cache.popitem(last=False)
    return loaded


_cache: OrderedDict[tuple[str, int], rsa.RSAPrivateKey] = OrderedDict()
_cache_lock = threading.Lock()


def _parse(der: bytes, *, skip_validation: bool) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=skip_validation)
    except TypeError:  # what cryptography raises for "encrypted, and no password given"
        raise KeyRefused(KeyProblem.ENCRYPTED) from None
    except UnsupportedAlgorithm:
        raise KeyRefused(KeyProblem.OTHER_KIND) from None
    except ValueError:
        raise KeyRefused(_what_instead(der) if skip_validation else KeyProblem.DAMAGED) from None
    if isinstance(key, rsa.RSAPrivateKey):
        return key
    raise KeyRefused(
        next((problem for kind, problem in _KINDS if isinstance(key, kind)), KeyProblem.OTHER_KIND)
    )


def _what_instead(der: bytes) -> KeyProblem:
    """What bytes are that are no private key."""
    try:
        serialization.load_der_public_key(der)
        return KeyProblem.PUBLIC_KEY
    except (ValueError, UnsupportedAlgorithm):
        pass
    try:
        x509.load_der_x509_certificate(der)
        return KeyProblem.CERTIFICATE
    except ValueError:
        return KeyProblem.UNREADABLE


def _check_cheaply(key: rsa.RSAPrivateKey) -> None:
    """Refuse what is too small, too big, weak, or would make full validation slow."""
    if key.key_size < KEY_SIZES[0]:
        raise KeyRefused(KeyProblem.TOO_SMALL)
    if key.key_size > KEY_SIZES[-1]:
        raise KeyRefused(KeyProblem.TOO_BIG)
    numbers = key.private_numbers()
    parts = (numbers.p, numbers.q, numbers.d, numbers.dmp1, numbers.dmq1, numbers.iqmp)
    if any(part.bit_length() > key.key_size for part in parts):
        raise KeyRefused(KeyProblem.DAMAGED)
    if numbers.public_numbers.e != _EXPONENT:
        raise KeyRefused(KeyProblem.WEAK)
    # FIPS 186-5 A.1.3: primes closer than this fall to Fermat's method, which needs a few rounds only.
    if abs(numbers.p - numbers.q) <= 1 << (key.key_size // 2 - 100):
        raise KeyRefused(KeyProblem.WEAK)


def _signing_key(key: rsa.RSAPrivateKey) -> SigningKey:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key()
    digest = hashlib.sha256(public.public_bytes(serialization.Encoding.DER, form)).digest()
    return SigningKey(
        pem=Secret.of(pem),
        public_pem=public.public_bytes(serialization.Encoding.PEM, form).decode("ascii"),
        fingerprint="SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("="),
        bits=key.key_size,
    )
