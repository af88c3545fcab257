"""What people paste as a private key: each named for what it is, repaired where safe (T40)."""

import base64
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from portal.clock import now
from portal.jira.private_keys import (
    KeyProblem,
    KeyRefused,
    SigningKey,
    load_trusted,
    make_key,
    read_pasted_key,
)
from portal.secret import Secret

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
OPEN = serialization.NoEncryption()
LOCKED = serialization.BestAvailableEncryption(b"pass phrase")


@cache
def key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def text(private: object, form: serialization.PrivateFormat = PKCS8, lock: object = OPEN) -> str:
    return private.private_bytes(PEM, form, lock).decode()  # type: ignore[attr-defined]


def body(pem: str) -> str:
    return "".join(pem.splitlines()[1:-1])


def public(encoding: serialization.Encoding = PEM) -> bytes:
    return key().public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


def certificate() -> str:
    name = x509.Name([])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key().public_key())
    made = made.serial_number(1).not_valid_before(now()).not_valid_after(now() + timedelta(days=1))
    return made.sign(key(), hashes.SHA256()).public_bytes(PEM).decode()


def pkcs8_under_pkcs1() -> str:
    return text(key()).replace("PRIVATE KEY", "RSA PRIVATE KEY")


def changed_number() -> str:
    """A key whose private exponent was tampered with; it loads without validation."""
    good = key().private_numbers()
    n = rsa.RSAPrivateNumbers(
        good.p, good.q, good.d ^ 2, good.dmp1, good.dmq1, good.iqmp, good.public_numbers
    )
    return text(n.private_key(unsafe_skip_rsa_key_validation=True))


def from_primes(p: int, q: int, e: int = 65537) -> str:
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(e, p * q)
    )
    return text(numbers.private_key(unsafe_skip_rsa_key_validation=True))


def close_primes() -> str:
    """Two primes next to each other, which Fermat's method finds at once."""
    made = subprocess.run(["openssl", "prime", "-generate", "-bits", "1024"], capture_output=True, check=True)
    p = int(made.stdout)
    q = p + 2
    while pow(2, q - 1, q) != 1:
        q += 2
    return from_primes(max(p, q), min(p, q))


def sixteen_thousand_bits() -> str:
    """Too long to make here in time: odd numbers of the right length do, for a load without validation."""
    return from_primes((1 << 8191) + 1, (1 << 8190) + 3, 65537)


REPAIRED: dict[str, Callable[[], str | bytes]] = {
    "PKCS#8": lambda: text(key()),
    "PKCS#1": lambda: text(key(), PKCS1),
    "PKCS#8 under a PKCS#1 header": pkcs8_under_pkcs1,
    "CRLF": lambda: text(key()).replace("\n", "\r\n"),
    "literal backslash n": lambda: text(key()).replace("\n", "\\n"),
    "literal backslash r n": lambda: text(key()).replace("\n", "\\r\\n"),
    "quoted": lambda: '"' + text(key()).replace("\n", "\\n") + '"',
    "one line": lambda: text(key()).replace("\n", ""),
    "blanks for line breaks": lambda: text(key()).replace("\n", " "),
    "indented": lambda: "    " + text(key()).replace("\n", "\n    "),
    "byte order mark": lambda: b"\xef\xbb\xbf" + text(key()).encode(),
    "UTF-16": lambda: text(key()).encode("utf-16"),
    "body only": lambda: body(text(key())),
    "body only, PKCS#1, in lines": lambda: "\n".join(text(key(), PKCS1).splitlines()[1:-1]),
    "no final line break": lambda: text(key()).strip(),
}
REFUSED: dict[str, tuple[str, Callable[[], str | bytes]]] = {
    "nothing": ("empty", lambda: ""),
    "blanks": ("empty", lambda: " \n\t"),
    "a megabyte": ("too_long", lambda: "A" * 1024 * 1024),
    "prose": ("no_key", lambda: "the key is in the safe, ask Grace!"),
    "short word": ("no_key", lambda: "secret1"),
    "NUL in it": ("binary", lambda: text(key()).replace("M", "\0", 1)),
    "DER file": ("binary", lambda: key().private_bytes(serialization.Encoding.DER, PKCS8, OPEN)),
    "no last line": ("incomplete", lambda: text(key()).rpartition("-----END")[0]),
    "no first line": ("incomplete", lambda: text(key()).partition("\n")[2]),
    "bag attributes": ("text_around", lambda: "Bag Attributes\n  friendlyName: jira\n" + text(key())),
    "text after": ("text_around", lambda: text(key()) + "sent from my phone"),
    "key and certificate": ("text_around", lambda: text(key()) + certificate()),
    "two keys": ("two_keys", lambda: text(key()) + text(key(), PKCS1)),
    "public key": ("public_key", lambda: public()),
    "public key, body only": (
        "public_key",
        lambda: base64.b64encode(public(serialization.Encoding.DER)).decode(),
    ),
    "public key under a private header": ("public_key", lambda: public().replace(b"PUBLIC", b"PRIVATE")),
    "ssh-rsa line": ("public_key", lambda: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ ada@laptop"),
    "certificate": ("certificate", certificate),
    "certificate, body only": ("certificate", lambda: body(certificate())),
    "encrypted PKCS#8": ("encrypted", lambda: text(key(), PKCS8, LOCKED)),
    "encrypted PKCS#1": ("encrypted", lambda: text(key(), PKCS1, LOCKED)),
    "encrypted, body only": ("encrypted", lambda: body(text(key(), PKCS8, LOCKED))),
    "OpenSSH": ("openssh", lambda: text(key(), serialization.PrivateFormat.OpenSSH)),
    "PuTTY": ("openssh", lambda: "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none"),
    "EC": ("ec", lambda: text(ec.generate_private_key(ec.SECP256R1()))),
    "EC, old form": ("ec", lambda: text(ec.generate_private_key(ec.SECP256R1()), PKCS1)),
    "DSA": ("dsa", lambda: text(dsa.generate_private_key(1024), PKCS1)),
    "DSA, PKCS#8": ("dsa", lambda: text(dsa.generate_private_key(1024))),
    "Ed25519": ("ed25519", lambda: text(ed25519.Ed25519PrivateKey.generate())),
    "RSA 1024": ("too_small", lambda: text(key(1024))),
    "RSA 16384": ("too_big", sixteen_thousand_bits),
    "changed number": ("damaged", changed_number),
    "close primes": ("weak", close_primes),
    "exponent 3": ("weak", lambda: text(rsa.generate_private_key(3, 2048))),
    "letters lost": ("unreadable", lambda: text(key()).replace(body(text(key()))[70:110], "")),
    "not base64": ("unreadable", lambda: text(key()).replace("MII", "M-!")),
}


@pytest.mark.parametrize("name", REPAIRED)
def test_usable_pastes_give_the_same_key(name: str) -> None:
    read = read_pasted_key(REPAIRED[name]())
    assert read.pem.reveal() == text(key())
    assert read.public_pem == public().decode()
    assert read.bits == 2048


@pytest.mark.parametrize("name", REFUSED)
def test_each_unusable_paste_is_named(name: str) -> None:
    code, make = REFUSED[name]
    pasted = make()
    began = time.thread_time()  # of this thread alone: other programs may keep the machine busy
    with pytest.raises(KeyRefused) as caught:
        read_pasted_key(pasted)
    assert caught.value.code == KeyProblem(code)
    assert time.thread_time() - began < 0.5


def test_the_longest_key_is_taken() -> None:
    made = subprocess.run(["openssl", "genrsa", "4096"], capture_output=True, check=True).stdout
    assert read_pasted_key(made).bits == 4096


def test_every_problem_has_a_sentence_of_its_own() -> None:
    sentences = {KeyRefused(problem).message for problem in KeyProblem}
    assert len(sentences) == len(KeyProblem)


def test_fingerprint_is_that_of_the_public_key() -> None:
    made = make_key(2048)
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "DER"],
        input=made.public_pem.encode(),
        capture_output=True,
        check=True,
    ).stdout
    digest = subprocess.run(
        ["openssl", "dgst", "-sha256", "-binary"], input=der, capture_output=True, check=True
    )
    assert made.fingerprint == "SHA256:" + base64.b64encode(digest.stdout).decode().rstrip("=")


def test_the_private_half_does_not_print(signing_key: SigningKey) -> None:
    assert "PRIVATE" not in repr(signing_key)


@pytest.mark.parametrize("bits", [1024, 2047, 8192])
def test_other_sizes_are_not_made(bits: int) -> None:
    with pytest.raises(ValueError):
        make_key(bits)


def test_cache_is_by_fingerprint_and_version(signing_key: SigningKey) -> None:
    first = load_trusted(signing_key.pem, "SHA256:a", 1)
    assert load_trusted(Secret("not even read"), "SHA256:a", 1) is first
    assert load_trusted(signing_key.pem, "SHA256:a", 2) is not first


def test_a_cached_key_is_ready_at_once(signing_key: SigningKey) -> None:
    load_trusted(signing_key.pem, signing_key.fingerprint, 7)
    began = time.thread_time()
    for _ in range(100):
        load_trusted(signing_key.pem, signing_key.fingerprint, 7)
    assert time.thread_time() - began < 0.1
