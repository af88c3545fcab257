"""Small servers on loopback that answer with exactly the bytes a test gives, and certificates for them."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.clock import now

Answer = Callable[[bytes], Iterable[bytes]]


def reply(body: bytes = b"{}", status: str = "200 OK", **headers: str) -> bytes:
    """A whole HTTP answer; header names are given with ``_`` for ``-``."""
    headers = {"Content_Type": "application/json", "Connection": "close"} | headers
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}"])
    return head.encode() + b"\r\n\r\n" + body


class Server:
    """Listens until the block ends; ``requests`` holds every request's head and body as received."""

    def __init__(
        self, answer: Answer, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        self._answer = answer
        self._tls = tls
        self.requests: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server((host, port))
        self.host, self.port = self._listener.getsockname()[:2]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            stream = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with stream:
                stream.settimeout(10)
                last = b"keep-alive"
                while b"keep-alive" in last and (request := _receive(stream)):
                    self.requests.append(request)
                    last = b""
                    for last in self._answer(request):
                        stream.sendall(last)
        except OSError:
            connection.close()


def _receive(stream: socket.socket) -> bytes:
    """One request with its body; empty when the client hung up. A TLS greeting counts as one."""
    request = b""
    while chunk := stream.recv(65536):
        request += chunk
        head, end, body = request.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if request.startswith(b"\x16") or (end and len(body) >= int(length.group(1) if length else 0)):
            break
    return request


def always(*parts: bytes) -> Answer:
    """The same bytes whatever is asked."""
    return lambda request: parts


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, or a self-signed certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder("Test authority", "Test authority", key).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        return cls(key, builder.sign(key, hashes.SHA256()))

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def server_context(
        self, folder: Path, host: str = "127.0.0.1", *, expired: bool = False
    ) -> ssl.SSLContext:
        """A server's TLS context with a certificate for ``host`` that this authority signed."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.DNSName(host) if host[0].isalpha() else x509.IPAddress(ip_address(host))
        builder = _builder(host, "Test authority", key, expired=expired)
        signed = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False).sign(
            self.key, hashes.SHA256()
        )
        path = folder / f"{host}-{expired}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
        return context


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, *, expired: bool = False
) -> x509.CertificateBuilder:
    start = now() - timedelta(days=10)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1 if expired else 20))
    )
