"""Sockets and connections that check the address they connect to and keep a total deadline.

A time-out of ``requests`` runs anew with every byte that drips in, so it never ends a slow answer
(T31). Here every read and write gets only what is left of the whole call's time.
"""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from portal.jira.addresses import AddressPolicy, SockAddr
from portal.jira.heads import GuardedResponse
from portal.jira.trouble import Code, JiraTrouble

CONNECT_SECONDS = 3.0
_ends_at: ContextVar[float] = ContextVar("ends_at")


@contextmanager
def total_deadline(seconds: float) -> Iterator[None]:
    """Every guarded connection used inside ends with JiraTrouble ``deadline`` after ``seconds``."""
    token = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


def _remaining() -> float:
    left = _ends_at.get() - time.monotonic()
    if left <= 0:
        raise JiraTrouble(Code.DEADLINE)
    return left


class _Timed(socket.socket):
    """A socket whose reads and writes together keep the total deadline, to two parts in a hundred: its
    time-out stays while it is about what is left, since setting it is a trip to the kernel."""

    def _keep_deadline(self) -> None:
        left, kept = _remaining(), self.gettimeout()
        if kept is None or not 0.98 * left <= kept <= left:
            self.settimeout(0.99 * left)

    def recv_into(self, *args: Any, **options: Any) -> int:
        self._keep_deadline()
        try:
            return super().recv_into(*args, **options)
        except TimeoutError:
            raise JiraTrouble(Code.DEADLINE) from None

    def send(self, *args: Any, **options: Any) -> int:
        self._keep_deadline()
        try:
            return super().send(*args, **options)
        except TimeoutError:
            raise JiraTrouble(Code.DEADLINE) from None

    def sendall(self, *args: Any, **options: Any) -> None:
        self._keep_deadline()
        try:
            super().sendall(*args, **options)
        except TimeoutError:
            raise JiraTrouble(Code.DEADLINE) from None


class TimedTLSSocket(_Timed, ssl.SSLSocket):
    """The same over TLS, for every context. A handshake keeps the time-out it starts with."""


def _connected(host: str, addresses: list[SockAddr], options: Any) -> socket.socket:
    """The first of ``addresses`` that answers, or JiraTrouble of the last one tried."""
    code = Code.UNREACHABLE
    for family, kind, proto, sockaddr in addresses:
        sock = _Timed(family, kind, proto)
        try:
            for option in options or ():
                sock.setsockopt(*option)
            sock.settimeout(min(CONNECT_SECONDS, _remaining()))
            sock.connect(sockaddr)
            sock.settimeout(_remaining())
            return sock
        except TimeoutError:
            code = Code.CONNECT_TIMEOUT
            sock.close()
        except OSError:
            sock.close()
        except JiraTrouble:
            sock.close()
            raise
    raise JiraTrouble(code, host=host)


class _Guarded(HTTPConnection):
    """Connects only where the policy allows, to the very address that was checked."""

    policy: AddressPolicy
    response_class = GuardedResponse

    def _new_conn(self) -> socket.socket:
        # _dns_host keeps a final dot, which stops the resolver from trying search domains.
        addresses = self.policy.sockaddrs(self._dns_host.strip("[]"), self.port)
        return _connected(self.host, addresses, self.socket_options)


class ToProxy(HTTPConnection):
    """Connects to the operator's outbound proxy, which is where he says, so no address is refused."""

    response_class = GuardedResponse

    def _new_conn(self) -> socket.socket:
        try:
            found = socket.getaddrinfo(self._dns_host.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except OSError:
            raise JiraTrouble(Code.PROXY_FAILED, proxy_host=self.host) from None
        try:
            return _connected(self.host, [(f, k, p, to) for f, k, p, _, to in found], self.socket_options)
        except JiraTrouble as trouble:
            raise JiraTrouble(Code.PROXY_FAILED, proxy_host=self.host, reason=trouble.code) from None


class ToProxyTLS(ToProxy, HTTPSConnection):
    """A TLS connection through the proxy's tunnel."""


class _ProxyPool(HTTPConnectionPool):
    ConnectionCls = ToProxy


class _ProxyTLSPool(HTTPSConnectionPool):
    ConnectionCls = ToProxyTLS


def guarded_connections(address_policy: AddressPolicy) -> dict[str, Any]:
    """Classes of connections by scheme; every one of them keeps the policy."""

    class Plain(_Guarded):
        policy = address_policy

    class OverTLS(_Guarded, HTTPSConnection):
        policy = address_policy

    return {"http": Plain, "https": OverTLS}


def guarded_pools(address_policy: AddressPolicy) -> dict[str, type[HTTPConnectionPool]]:
    """Pool classes by scheme for a ``PoolManager``, of such connections."""
    classes = guarded_connections(address_policy)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = classes["http"]

    class TLSPool(HTTPSConnectionPool):
        ConnectionCls = classes["https"]

    return {"http": PlainPool, "https": TLSPool}


def proxy_pools() -> dict[str, type[HTTPConnectionPool]]:
    """Pool classes by scheme for calls through the operator's outbound proxy."""
    return {"http": _ProxyPool, "https": _ProxyTLSPool}
