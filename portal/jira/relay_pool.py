"""Guarded connections that are kept between the requests a program sends through the portal."""

import hashlib
import select
import ssl
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection
from urllib3.util import make_headers

from portal.jira.base_urls import BaseUrl
from portal.jira.connections import ToProxy, ToProxyTLS, guarded_connections
from portal.jira.tls import tls_context
from portal.jira.trouble import Code, JiraTrouble
from portal.jira.wire import Wire

IDLE_SECONDS = 15.0  # Tomcat gives up a connection after 20 (Tomcat 9, "keepAliveTimeout")
KEPT_EACH = 16
KEPT_HOSTS = 512

Pool = deque[tuple[float, HTTPConnection]]


class RelayPool:
    """The connections of a process, by address and trusted authority: one that was verified by one account's
    authority serves no other. ``wire``: its policy and proxy hold here too."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._classes = guarded_connections(wire.policy)
        self._pools: OrderedDict[tuple[Any, ...], tuple[float, Pool]] = OrderedDict()  # when it was called
        self._lock = threading.Lock()

    def of(self, base: BaseUrl, ca_pem: str | None) -> Pool:
        """Those that lead there. Those to the host that was called longest ago are closed where there are too
        many hosts, or they are too old to serve: what its Jira has closed would stay open on our side."""
        authority = hashlib.sha256(ca_pem.encode()).digest() if ca_pem else b""
        key, now = (base.scheme, base.host, base.port, authority), time.monotonic()
        with self._lock:
            pool = self._pools.pop(key, (now, deque()))[1]
            self._pools[key] = now, pool
            called_at, _ = next(iter(self._pools.values()))
            if len(self._pools) > KEPT_HOSTS or now - called_at > IDLE_SECONDS:
                _close_all(self._pools.popitem(last=False)[1][1])
            return pool

    def open(self, base: BaseUrl, ca_pem: str | None) -> HTTPConnection:
        """A new one, which connects when it is used. Raises CaRefused where ``ca_pem`` is no certificate."""
        if self._wire.proxy is not None:
            return self._through_proxy(base, ca_pem, self._wire.proxy)
        options = {"ssl_context": tls_context(ca_pem)} if base.scheme == "https" else {}
        made: HTTPConnection = self._classes[base.scheme](base.host, base.port, **options)
        return made

    def is_direct(self, base: BaseUrl) -> bool:
        """Whether a request line names a path: to the Jira itself, or through a tunnel."""
        return self._wire.proxy is None or base.scheme == "https"

    def proxy_headers(self) -> Iterator[tuple[str, str]]:
        """By what the portal names itself to the operator's proxy."""
        user = urlsplit(self._wire.proxy or "").netloc.rpartition("@")[0]
        if user:
            yield from make_headers(proxy_basic_auth=user).items()

    def _through_proxy(self, base: BaseUrl, ca_pem: str | None, proxy: str) -> HTTPConnection:
        """Names are resolved by the proxy, so only addresses written as such can be checked here."""
        if _is_literal(base.host) and not self._wire.policy.check(base.host):
            raise JiraTrouble(Code.ADDRESS_REFUSED, host=base.host)
        parts = urlsplit(proxy)
        if base.scheme == "http":
            return ToProxy(parts.hostname or "", parts.port)
        made = ToProxyTLS(parts.hostname or "", parts.port, ssl_context=tls_context(ca_pem))
        made.set_tunnel(base.host, base.port, dict(self.proxy_headers()), scheme=parts.scheme)
        return made

    def close(self) -> None:
        """Close what is kept; for shutdown and tests."""
        with self._lock:
            for _, pool in self._pools.values():
                _close_all(pool)


def kept(pool: Pool) -> HTTPConnection | None:
    """One that was used lately and is still open; the others are closed."""
    while True:
        try:
            since, connection = pool.pop()
        except IndexError:
            return None
        if time.monotonic() - since < IDLE_SECONDS and not _is_cut(connection):
            return connection
        connection.close()


def keep(pool: Pool, connection: HTTPConnection) -> None:
    """For the next request."""
    if connection.sock is None or len(pool) >= KEPT_EACH:
        connection.close()
    else:
        pool.append((time.monotonic(), connection))


def _is_cut(connection: HTTPConnection) -> bool:
    """Whether the other side has closed it, or sent what nobody asked for."""
    if isinstance(connection.sock, ssl.SSLSocket) and connection.sock.pending():
        return True  # decrypted already, so the kernel has nothing to tell of
    waits = select.poll()  # select() knows no descriptor above 1023
    waits.register(connection.sock, select.POLLIN)
    return bool(waits.poll(0))


def _close_all(pool: Pool) -> None:
    while pool:
        pool.pop()[1].close()


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
