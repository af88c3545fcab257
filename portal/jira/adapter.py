"""Pooled, guarded, bounded HTTP: the adapter that every call to a Jira goes through."""

from dataclasses import dataclass
from ipaddress import ip_address
from ssl import SSLContext
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse, ProxyManager
from urllib3.exceptions import HTTPError

from portal.jira.addresses import AddressPolicy
from portal.jira.answers import trouble_from_exception
from portal.jira.connections import guarded_pools, proxy_pools, total_deadline
from portal.jira.trouble import Code, JiraTrouble

MIB = 1024 * 1024
_MAX_RATIO = 100
_CHUNK = 64 * 1024
_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})
_KEPT_HOSTS = 64


@dataclass(frozen=True)
class Budget:
    """What one call may cost: seconds in total, and bytes of answer after unpacking."""

    seconds: float
    bytes: int


class GuardedAdapter(HTTPAdapter):
    """Sends by guarded connections and reads whole answers within a budget.

    TLS is verified whatever ``verify`` says, and proxies come from the operator's settings only. What goes
    wrong is a JiraTrouble, never an exception of requests or urllib3.
    """

    def __init__(self, policy: AddressPolicy, context: SSLContext, proxy: str | None) -> None:
        self._policy = policy
        self._context = context
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        super().__init__(pool_connections=_KEPT_HOSTS, pool_maxsize=16, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Pools whose connections are guarded."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = guarded_pools(self._policy)

    def proxy_manager_for(self, proxy: str, **options: Any) -> ProxyManager:
        """Pools whose connections go to the operator's proxy within the deadline."""
        manager: ProxyManager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = proxy_pools()
        return manager

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """Key pools by our TLS context, whatever ``verify`` and ``cert`` say."""
        host, _ = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"ssl_context": self._context, "cert_reqs": "CERT_REQUIRED"}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context given at construction decides; nothing of the call can turn it off."""

    def answer(self, request: requests.PreparedRequest, budget: Budget) -> requests.Response:
        """Send and read the whole answer. Raises JiraTrouble; bodies of redirects are left unread (T25)."""
        if self._proxies:
            self._refuse_literal(str(request.url))
        try:
            with total_deadline(budget.seconds):
                response = super().send(request, stream=True, timeout=budget.seconds, proxies=self._proxies)
                response._content = _read(response.raw, budget.bytes)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise trouble_from_exception(error) from None
        response._content_consumed = True  # type: ignore[attr-defined]
        return response

    def _refuse_literal(self, url: str) -> None:
        """Names are resolved by the proxy, so only addresses written as such can be checked here."""
        host = urlsplit(url).hostname or ""
        try:
            ip_address(host)
        except ValueError:
            return
        if not self._policy.check(host):
            raise JiraTrouble(Code.ADDRESS_REFUSED, host=host)


def _read(raw: HTTPResponse, limit: int) -> bytes:
    """The unpacked body, at most ``limit`` bytes; empty for a redirect. JiraTrouble ``too_large`` beyond."""
    if 300 <= raw.status < 400:
        raw.close()
        return b""
    try:
        if raw.headers.get("Content-Encoding", "").strip().lower() not in _ENCODINGS:
            raise JiraTrouble(Code.BROKEN_ANSWER, reason="an encoding nobody asked for")
        chunks: list[bytes] = []
        size = 0
        while chunk := raw.read(_CHUNK, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > limit or (size > MIB and size > _MAX_RATIO * raw.tell()):
                raise JiraTrouble(Code.TOO_LARGE, limit_bytes=limit)
        return b"".join(chunks)
    except (JiraTrouble, HTTPError, OSError):
        raw.close()
        raise
