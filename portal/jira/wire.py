"""The one way out to Jira, built once per process, and the sessions that use it."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from portal import metrics
from portal.jira.adapter import MIB, Budget, GuardedAdapter
from portal.jira.addresses import AddressPolicy
from portal.jira.tls import tls_context
from portal.jira.trouble import Code, JiraTrouble

TOKEN_BYTES = MIB
REST_BYTES = 8 * MIB
_KEPT_ADAPTERS = 64

# Called with each request, which has a ``url``, just before it is sent. Tests assert here that no database
# connection is held.
before_send: list[Callable[[Any], None]] = []


class _Mounted(BaseAdapter):
    """The shared adapter for one session: what is left of its time, its limit of bytes, our name.

    The deadline is the session's, which is made for one use: a page that asks three times waits no longer
    for a slow Jira than one that asks once.
    """

    def __init__(self, wire: "Wire", adapter: GuardedAdapter, limit: int, seconds: float) -> None:
        super().__init__()
        self._wire = wire
        self._adapter = adapter
        self._limit = limit
        self._until = time.monotonic() + seconds

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send; trouble names the host that was called, which on Jira Cloud is not the site."""
        try:
            return self._send(request)
        except JiraTrouble as trouble:
            trouble.evidence.setdefault("host", urlsplit(str(request.url)).hostname or "")
            raise

    def _send(self, request: requests.PreparedRequest) -> requests.Response:
        self._wire.refuse_plain_http(str(request.url))
        request.headers["User-Agent"] = self._wire.user_agent
        request.headers["Accept-Encoding"] = "gzip"
        for hook in before_send:
            hook(request)
        left = self._until - time.monotonic()
        if left <= 0:
            raise JiraTrouble(Code.DEADLINE)
        started, outcome = time.monotonic(), "error"
        try:
            with self._wire.calling():
                response = self._adapter.answer(request, Budget(left, self._limit))
            outcome = f"{response.status_code // 100}xx"
            return response
        except JiraTrouble as trouble:
            outcome = str(trouble.code)
            raise
        finally:
            metrics.JIRA_CALLS.labels(outcome).observe(time.monotonic() - started)

    def close(self) -> None:
        """Nothing: the pool outlives the sessions that use it."""


class WireSession(requests.Session):
    """A session that can only go out through the wire: no environment, no cookies, no redirects.

    ``calls`` is how many were begun.
    """

    calls = 0

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send, and count it."""
        self.calls += 1
        return super().send(request, **options)

    def attach(self, wire: "Wire", ca_pem: str | None, seconds: float | None = None) -> None:
        """Route every call of this session through ``wire``, trusting ``ca_pem`` when given.

        ``seconds``: deadline of all its calls together, counted from now; left out: the wire's.
        """
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.adapters.clear()
        for prefix in ("https://", "http://"):
            self.mount(prefix, wire.mounted(ca_pem, REST_BYTES, seconds))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: no redirect is followed, nor its body read, packed as it may be (T25)."""
        return None


class Wire:
    """How this process reaches Jira: address policy, plain-http hosts, name, proxy, deadline (seconds a use).

    Through a proxy the names are resolved by the proxy, so refusing private addresses is then its duty.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        plain_http_hosts: frozenset[str],
        user_agent: str,
        proxy: str | None = None,
        deadline: float = 20.0,
    ) -> None:
        self.policy = policy
        self.plain_http_hosts = plain_http_hosts
        self.user_agent = user_agent
        self.proxy = proxy
        self.deadline = deadline
        # Entered around each call, in the thread that makes it.
        self.calling: Callable[[], AbstractContextManager[None]] = nullcontext
        self._lock = threading.Lock()
        self._adapters: OrderedDict[str, GuardedAdapter] = OrderedDict()

    def session(self, ca_pem: str | None = None, seconds: float | None = None) -> WireSession:
        """A new session over the shared pool of ``ca_pem``, for ``seconds`` from now.

        Raises CaRefused when that is no certificate.
        """
        session = WireSession()
        session.attach(self, ca_pem, seconds)
        return session

    def mounted(self, ca_pem: str | None, limit: int, seconds: float | None = None) -> BaseAdapter:
        """An adapter for ``Session.mount``: answers of at most ``limit`` bytes, for ``seconds`` from now."""
        return _Mounted(self, self._adapter(ca_pem), limit, seconds or self.deadline)

    def refuse_plain_http(self, url: str) -> None:
        """JiraTrouble ``plain_http_refused`` unless https, or the operator listed the host."""
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in self.plain_http_hosts:
            raise JiraTrouble(Code.PLAIN_HTTP_REFUSED, host=parts.hostname)

    def close(self) -> None:
        """Close every pooled connection; for shutdown and tests."""
        with self._lock:
            for adapter in self._adapters.values():
                adapter.close()
            self._adapters.clear()

    def _adapter(self, ca_pem: str | None) -> GuardedAdapter:
        """One pool per trusted authority: a connection verified by one account's must not serve another's."""
        fingerprint = hashlib.sha256((ca_pem or "").encode()).hexdigest()
        with self._lock:
            adapter = self._adapters.get(fingerprint)
            if adapter is None:
                adapter = GuardedAdapter(self.policy, tls_context(ca_pem), self.proxy)
                self._adapters[fingerprint] = adapter
                if len(self._adapters) > _KEPT_ADAPTERS:
                    self._adapters.popitem(last=False)[1].close()
            self._adapters.move_to_end(fingerprint)
            return adapter
