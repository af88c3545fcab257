"""Whether a host takes connections, and the TLS certificate it presents, without saying anything to it."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from cryptography import x509
from cryptography.x509.oid import NameOID
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from portal.jira.answers import trouble_from_exception
from portal.jira.base_urls import BaseUrl
from portal.jira.connections import guarded_pools, total_deadline
from portal.jira.tls import looking_context, tls_context
from portal.jira.trouble import JiraTrouble, clean
from portal.jira.wire import Wire, before_send

_SHOWN = 120
_NAMES_SHOWN = 5


@dataclass(frozen=True)
class Certificate:
    """A host's certificate: for whom and by whom, in words for a page, and when it ends (UTC)."""

    subject: str
    issuer: str
    ends_at: datetime


@dataclass(frozen=True)
class Refused:
    """What a host presents though no call accepts it: the names it is for (at most five), by whom, and from
    when until when (UTC)."""

    names: list[str]
    issuer: str
    begins_at: datetime
    ends_at: datetime


def certificate_of(wire: Wire, base_url: BaseUrl, ca_pem: str | None) -> Certificate | None:
    """The certificate that a call to ``base_url`` meets; None over plain http. As :func:`reach`."""
    return reach(wire, base_url, ca_pem) if base_url.scheme == "https" else None


def reach(wire: Wire, base_url: BaseUrl, ca_pem: str | None) -> Certificate | None:
    """Connect to ``base_url`` as a call would, over a connection of its own, and hang up.

    The certificate that was met; None over plain http, and through an outbound proxy, where it is the proxy's
    matter whom to connect to. Raises the JiraTrouble a call would (``tls_expired`` for a certificate that has
    ended), with a ``reason`` where the host had taken the connection, and CaRefused.
    """
    if wire.proxy:
        return None
    for hook in before_send:
        hook(requests.Request("HEAD", base_url.text).prepare())
    try:
        with total_deadline(wire.deadline):
            seen = _presented(wire, base_url, ca_pem)
            return _read(seen) if seen else None
    except (JiraTrouble, HTTPError, OSError) as error:
        trouble = trouble_from_exception(error)
        trouble.evidence.setdefault("host", base_url.host)
        raise trouble from None


def refused(wire: Wire, base_url: BaseUrl) -> Refused | None:
    """The certificate of a host that :func:`reach` refused: it alone tells a person which one is installed.

    Nothing is said over the connection, so that nothing depends on who answers. None where it cannot be read.
    """
    tls = {"ssl_context": looking_context(), "cert_reqs": "CERT_NONE", "assert_hostname": False}
    try:
        with total_deadline(wire.deadline), _connected(wire, base_url, tls) as connection:
            seen = connection.sock.getpeercert(binary_form=True)  # type: ignore[union-attr]
        return _refused(x509.load_der_x509_certificate(seen))
    except (JiraTrouble, HTTPError, OSError, ValueError, x509.DuplicateExtension, x509.InvalidVersion):
        return None


def _refused(seen: x509.Certificate) -> Refused:
    try:
        also = seen.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = [*also.get_values_for_type(x509.DNSName), *map(str, also.get_values_for_type(x509.IPAddress))]
    except x509.ExtensionNotFound:
        names = _common_names(seen.subject)
    issuer = ", ".join(_common_names(seen.issuer))
    named = [clean(name, _SHOWN) for name in names[:_NAMES_SHOWN]]
    return Refused(named, clean(issuer, _SHOWN), seen.not_valid_before_utc, seen.not_valid_after_utc)


def _common_names(name: x509.Name) -> list[str]:
    kinds = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    return [str(one.value) for kind in kinds for one in name.get_attributes_for_oid(kind)]


def _presented(wire: Wire, base_url: BaseUrl, ca_pem: str | None) -> dict[str, Any] | None:
    """What Python read of the verified certificate."""
    is_tls = base_url.scheme == "https"
    tls = {"ssl_context": tls_context(ca_pem), "cert_reqs": "CERT_REQUIRED"} if is_tls else {}
    with _connected(wire, base_url, tls) as connection:
        seen: dict[str, Any] | None = connection.sock.getpeercert() if is_tls else None  # type: ignore[union-attr]
        return seen


@contextmanager
def _connected(wire: Wire, base_url: BaseUrl, tls: dict[str, Any]) -> Iterator[HTTPConnection]:
    """A connection like those of the wire's own calls."""
    connect: Any = guarded_pools(wire.policy)[base_url.scheme].ConnectionCls
    connection: HTTPConnection = connect(base_url.host, base_url.port, **tls)
    try:
        connection.connect()
        yield connection
    finally:
        connection.close()


def _read(seen: dict[str, Any]) -> Certificate:
    ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(seen["notAfter"]), UTC)
    return Certificate(_name(seen.get("subject", ())), _name(seen.get("issuer", ())), ends_at)


def _name(parts: Any) -> str:
    """Common name and organisation, such as ``R11, Let's Encrypt``; empty where it has neither."""
    pieces = dict(pair for part in parts for pair in part)
    named = [pieces[kind] for kind in ("commonName", "organizationName") if pieces.get(kind)]
    return clean(", ".join(named), _SHOWN)
