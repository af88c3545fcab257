"""Sending a request of a program on to a Jira, and its answer back, without holding either whole.

The connections are the guarded ones of :mod:`portal.jira.connections`: the address is checked where they
connect, TLS is verified, every read and write keeps the one deadline. They are used through http.client,
which takes a third of the time that the layers for single answers do.
"""

import http.client
import re
import ssl
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from urllib3.connection import HTTPConnection

from portal import metrics
from portal.jira.answers import trouble_from_exception
from portal.jira.base_urls import BaseUrl
from portal.jira.connections import total_deadline
from portal.jira.heads import RelayedResponse
from portal.jira.relay_pool import RelayPool, keep, kept
from portal.jira.trouble import Code, JiraTrouble
from portal.jira.wire import Wire, before_send

CHUNK = 64 * 1024
# Sending them again does what sending them once does (RFC 9110, section 9.2.2).
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})
READING = frozenset({"GET", "HEAD"})
_UNPLAIN, _BREAKS = re.compile(r"[^!-~]"), re.compile(r"[\r\n\0]")
_LENGTH = re.compile(r"[0-9]{1,18}")
_count = cache(metrics.JIRA_CALLS.labels)
BROKEN = (http.client.HTTPException, OSError, ValueError)


@dataclass(frozen=True)
class Call:
    """One request: ``target`` is its path and query as they stand in the request line.

    ``body`` is whole, or a stream of ``length`` bytes (None: unknown, it is sent in chunks). ``only_reads``:
    that Jira does no more for it than read, whatever its method.
    """

    method: str
    base: BaseUrl
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes | Iterator[bytes]
    length: int | None
    ca_pem: str | None
    only_reads: bool = False

    @property
    def url(self) -> str:
        """Where it goes."""
        return self.base.origin + self.target

    @property
    def may_change(self) -> bool:
        """Whether Jira may do something because of it."""
        return not (self.only_reads or self.method in READING)

    @property
    def can_be_repeated(self) -> bool:
        """Whether the whole of it is at hand, and sending it again does what sending it once does."""
        return isinstance(self.body, bytes) and (self.only_reads or self.method in IDEMPOTENT)


class Answer:
    """An answer to ``call``; its body is still to be read, by :meth:`read`, until ``until`` (monotonic).

    It holds its connection, and whatever ``holds`` was given, until it is closed.
    """

    def __init__(self, call: Call, response: RelayedResponse, until: float, holds: ExitStack) -> None:
        self.call = call
        self._response = response
        self._until = until
        self._holds = holds
        self._seen = b""
        self.status = response.status
        self.told = response.headers  # the first of each, by its name in small letters

    def hold(self, also: ExitStack) -> None:
        """Hold this too until it is closed."""
        self._holds.push(also)

    def peek(self, size: int) -> bytes:
        """The beginning of the body, which is still read afterwards: ``size`` bytes or all there are."""
        while len(self._seen) < size and not self.is_over:
            self._seen += self._read(size - len(self._seen))
        return self._seen

    def read(self, size: int = CHUNK) -> bytes:
        """The next bytes of the body, none at its end. Raises JiraTrouble."""
        seen, self._seen = self._seen, b""
        return seen or self._read(size)

    def _read(self, size: int) -> bytes:
        with _told_of(self.call):
            try:
                with total_deadline(self._until - time.monotonic()):
                    chunk = self._response.read(size)
            except BROKEN as error:
                raise trouble_from_exception(error) from None
            if not chunk and self._response.length:  # http.client does not tell, and half would look whole
                raise JiraTrouble(Code.BROKEN_ANSWER, reason="it broke off")
            return chunk

    @property
    def is_over(self) -> bool:
        """Whether the body was read to its end, so that the connection may serve again."""
        return self._response.isclosed()

    def cut(self) -> None:
        """Read no more of it."""
        self._response.close()

    def close(self) -> None:
        """Give back what is held. Doing it again changes nothing."""
        self._holds.close()


class Relay:
    """The way by which requests of programs go out from a process."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.pool = RelayPool(wire)

    def send(self, call: Call, until: float) -> Answer:
        """Send, and wait for the head of the answer. Raises JiraTrouble."""
        self._wire.refuse_plain_http(call.base.origin)
        for hook in before_send:
            hook(call)
        with ExitStack() as begun:
            begun.enter_context(self._wire.calling())
            begun.enter_context(_measured())
            pool = self.pool.of(call.base, call.ca_pem)
            connection = kept(pool)
            is_kept = connection is not None
            if connection is None:
                connection = self._connected(call, until)
            with _told_of(call):  # from here on something may have been sent
                answer = self._send(call, connection, until, pool, is_kept=is_kept)
            answer.hold(begun.pop_all())
            return answer

    def _connected(self, call: Call, until: float) -> HTTPConnection:
        connection: HTTPConnection | None = None
        try:
            connection = self.pool.open(call.base, call.ca_pem)
            with total_deadline(until - time.monotonic()):
                connection.connect()
        except BaseException as error:
            if connection is not None:
                connection.close()
            if isinstance(error, BROKEN):
                raise trouble_from_exception(error) from None
            raise
        return connection

    def _send(
        self, call: Call, connection: HTTPConnection, until: float, pool: deque[Any], *, is_kept: bool
    ) -> Answer:
        try:
            try:
                return self._exchange(call, connection, until, pool)
            except (http.client.RemoteDisconnected, ConnectionError):
                # A kept one was cut after it was looked at, and nothing was answered.
                if not (is_kept and call.can_be_repeated):
                    raise
            return self._exchange(call, self.pool.open(call.base, call.ca_pem), until, pool)
        except BROKEN as error:
            raise trouble_from_exception(error) from None

    def _exchange(self, call: Call, connection: HTTPConnection, until: float, pool: deque[Any]) -> Answer:
        """Past the libraries' own ways to send, which take each header for itself."""
        response: RelayedResponse | None = None
        try:
            with total_deadline(until - time.monotonic()):
                if connection.sock is None:
                    connection.connect()
                is_sent = self._is_sent(call, connection)
                response = RelayedResponse(connection.sock, method=call.method)
                response.begin()
            _check_framing(response)
            response.will_close = response.will_close or not is_sent
        except BaseException:
            connection.close()
            if response is not None:
                response.close()
            raise
        if response.will_close:
            connection.close()
        holds = ExitStack()
        answer = Answer(call, response, until, holds)
        holds.callback(_give_back, connection, answer, pool)
        return answer

    def _is_sent(self, call: Call, connection: HTTPConnection) -> bool:
        """Send it, as far as it is taken; whether that was all. Whoever refuses what is too large takes no
        more. Nothing is read meanwhile: who does not close the connection either is not heard, and the call
        ends with its deadline.
        """
        try:
            for piece in self._pieces(call):
                connection.sock.sendall(piece)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            return False
        return True

    def _pieces(self, call: Call) -> Iterator[bytes]:
        """The request as it is written (RFC 9112), a short one whole. Raises ValueError where it would be
        another request."""
        target = call.target if self.pool.is_direct(call.base) else call.url
        headers = [f"{name}: {value}" for name, value in self._headers(call)]
        lines = [f"{call.method} {target} HTTP/1.1", *headers, "", ""]
        if _UNPLAIN.search(call.method + target) or any(map(_BREAKS.search, headers)):
            raise ValueError
        head = "\r\n".join(lines).encode("latin-1")
        if isinstance(call.body, bytes):
            yield head + call.body
            return
        yield head
        sent = 0
        for chunk in call.body:
            sent += len(chunk)
            if call.length is not None and sent > call.length:
                raise ValueError("more than was said")  # it would be the next request
            if chunk:  # an empty one would end it
                yield b"%X\r\n%b\r\n" % (len(chunk), chunk) if call.length is None else chunk
        if call.length not in (None, sent):
            raise ValueError("less than was said")
        if call.length is None:
            yield b"0\r\n\r\n"

    def _headers(self, call: Call) -> Iterator[tuple[str, str]]:
        yield "Host", call.base.origin.partition("://")[2]
        yield "User-Agent", self._wire.user_agent
        yield "Accept-Encoding", "identity"
        yield from call.headers
        length = len(call.body) if isinstance(call.body, bytes) else call.length
        if length is None:
            yield "Transfer-Encoding", "chunked"
        elif length or call.method in ("POST", "PUT", "PATCH"):
            yield "Content-Length", str(length)
        if not self.pool.is_direct(call.base):
            yield from self.pool.proxy_headers()


def _check_framing(response: RelayedResponse) -> None:
    """Refuse an answer that one reader takes for longer than another (RFC 9112, section 6.3), or that leaves
    HTTP: what is left of it would be the answer to the next request on this connection."""
    lengths = [value for name, value in response.pairs if name == "content-length"]
    codings = [value.lower() for name, value in response.pairs if name == "transfer-encoding"]
    is_plain = len(lengths) <= 1 and all(_LENGTH.fullmatch(one) for one in lengths)
    is_one = codings == [] or (codings == ["chunked"] and not lengths)
    if response.status < 200 or not (is_plain and is_one):
        raise http.client.HTTPException


def _give_back(connection: HTTPConnection, answer: Answer, pool: deque[Any]) -> None:
    if answer.is_over:
        keep(pool, connection)
    else:
        connection.close()
        answer.cut()  # one that ends with its connection holds the socket by itself


@contextmanager
def _told_of(call: Call) -> Iterator[None]:
    """Trouble that a change meets says that one did."""
    try:
        yield
    except JiraTrouble as trouble:
        trouble.may_have_changed = call.may_change
        raise


@contextmanager
def _measured() -> Iterator[None]:
    """Counts the call when it is over, the reading of its answer included."""
    started, outcome = time.monotonic(), "relayed"
    try:
        yield
    except JiraTrouble as trouble:
        outcome = str(trouble.code)
        raise
    finally:
        _count(outcome).observe(time.monotonic() - started)
