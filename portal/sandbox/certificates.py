"""The front door's certificates, good and bad, by an authority of the practice Jira's own."""

from __future__ import annotations

import os
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOSTS = (x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")))
OTHER_HOST = (x509.DNSName("jira.example.com"),)
DAY = timedelta(days=1)
LIVES = {"good": (-30, 90), "expired": (-90, -1), "ends_soon": (-80, 10)}
"""Days from now of beginning and end; those of every other certificate are the good one's."""


@dataclass(frozen=True)
class Pair:
    """A key with its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def public_pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def pem(self) -> bytes:
        """The private key, then the certificate."""
        plain, pkcs8 = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, pkcs8, plain) + self.public_pem


def _made(subject: str, issuer: Pair | None, days: tuple[int, int], *more: x509.ExtensionType) -> Pair:
    """A new pair, signed by ``issuer``, or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    signer = issuer.key if issuer else key
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    for extension in more:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return Pair(key, builder.sign(signer, hashes.SHA256()))


def _authority(subject: str, issuer: Pair | None) -> Pair:
    return _made(subject, issuer, (-365, 3650), x509.BasicConstraints(ca=True, path_length=None))


def _for_server(
    issuer: Pair | None, days: tuple[int, int], hosts: tuple[x509.GeneralName, ...] = HOSTS
) -> Pair:
    return _made(str(hosts[0].value), issuer, days, x509.SubjectAlternativeName(hosts))


class Certificates:
    """Makes the front door's TLS contexts; the authority is kept in ``folder`` for the next start."""

    def __init__(self, folder: Path | None) -> None:
        """``folder`` None: the authority is a new one each time."""
        self.authority = _kept(folder / "door-authority.pem") if folder else _authority(_NAME, None)
        self.context = cache(self._context)

    @property
    def authority_pem(self) -> str:
        """What an account has to trust to get in by https."""
        return self.authority.public_pem.decode()

    def _context(self, kind: str) -> ssl.SSLContext:
        """The context of one of the switch's words."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        with tempfile.TemporaryDirectory() as folder:  # the ssl module reads files only
            path = Path(folder) / "server.pem"
            path.touch(0o600)
            path.write_bytes(self._server(kind).pem)
            context.load_cert_chain(path)
        return context

    def _server(self, kind: str) -> Pair:
        days = LIVES.get(kind, LIVES["good"])
        if kind == "self_signed":
            return _for_server(None, days)
        if kind == "incomplete_chain":  # the certificate between is not sent along
            return _for_server(_authority("Practice authority between", self.authority), days)
        return _for_server(self.authority, days, OTHER_HOST if kind == "wrong_host" else HOSTS)


_NAME = "Practice authority of this computer"


def _kept(path: Path) -> Pair:
    """The authority of a former start, or a new one written down."""
    if path.exists():
        pem = path.read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return Pair(key, x509.load_pem_x509_certificate(pem))
    made = _authority(_NAME, None)
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(made.pem)
    return made
