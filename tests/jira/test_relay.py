"""Kept connections of the relay: what came beside an answer answers no other request."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest

from portal.jira import relay_pool
from portal.jira.base_urls import BaseUrl
from portal.jira.relay import CHUNK, Answer, Call, Relay
from portal.jira.relay_pool import keep
from portal.jira.trouble import Code, JiraTrouble
from portal.jira.wire import Wire
from tests.jira.servers import Authority, Server, always, reply

PATIENCE = 20
BUFFER = 8192  # what Python reads of a socket at once
OWN = b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}"


def send(relay: Relay, server: Server, ca_pem: str | None = None) -> Answer:
    """A request of a program."""
    base = BaseUrl("https" if ca_pem else "http", "127.0.0.1", server.port)
    return relay.send(
        Call("GET", base, "/rest/api/2/myself", [], b"", 0, ca_pem), time.monotonic() + PATIENCE
    )


def test_what_tls_has_decrypted_already(wire: Wire, tmp_path: Path) -> None:
    """One record holds more than is read at once: the kernel has nothing left to tell of."""
    authority, relay = Authority.make(), Relay(wire)
    more = OWN + b"x" * (BUFFER - len(OWN)) + reply(b'{"smuggled": 1}', Connection="keep-alive")
    with Server(always(more), tls=authority.server_context(tmp_path)) as server:
        for _ in range(3):
            answer = send(relay, server, authority.pem)
            assert answer.read() == b"{}"
            answer.close()
        assert server.connections == 3
    relay.pool.close()


def test_a_connection_serves_again(wire: Wire) -> None:
    relay = Relay(wire)
    with Server(always(OWN)) as server:
        for _ in range(3):
            answer = send(relay, server)
            assert answer.read() + answer.read() == b"{}"
            answer.close()
        assert server.connections == 1
    relay.pool.close()


def test_what_is_too_old_to_serve_does_not_stay_open(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody calls the first Jira again; whoever calls another one closes its connections."""
    relay, hosts = Relay(wire), [BaseUrl("http", name, 80) for name in ("a.test", "b.test")]
    first, second = (relay.pool.of(host, None) for host in hosts)
    connection = relay.pool.open(hosts[0], None)
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection.sock = socket.create_connection(server.getsockname())
        keep(first, connection)
        assert relay.pool.of(hosts[1], None) is second
        assert len(first) == 1
        monkeypatch.setattr(relay_pool, "IDLE_SECONDS", 0.0)
        relay.pool.of(hosts[1], None)
        assert not first and not connection.is_connected


def test_a_chunk_below_nothing(wire: Wire) -> None:
    relay = Relay(wire)
    with Server(
        always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n")
    ) as server:
        answer = send(relay, server)
        with pytest.raises(JiraTrouble) as caught:
            answer.read()
        answer.close()
    assert caught.value.code is Code.BROKEN_ANSWER


@pytest.mark.parametrize("method", ["POST", "DELETE", "GET", "HEAD"])
def test_only_what_changes_something_leaves_it_open(wire: Wire, method: str) -> None:
    """Whether the head of the answer is missing, or what follows it."""
    relay, changes = Relay(wire), method in ("POST", "DELETE")
    with Server(always(b"HTTP/1.1 OK\r\n\r\n")) as server, pytest.raises(JiraTrouble) as caught:
        relay.send(asked(server, method=method), time.monotonic() + PATIENCE)
    assert (caught.value.code, caught.value.leaves_open) == (Code.BROKEN_ANSWER, changes)
    with Server(always(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}")) as server:
        answer = relay.send(asked(server, method=method), time.monotonic() + PATIENCE)
        if method != "HEAD":
            with pytest.raises(JiraTrouble) as caught:
                answer.read() or answer.read()
                answer.read()
            assert caught.value.leaves_open == changes
        answer.close()


@contextmanager
def nobody() -> Iterator[BaseUrl]:
    """Where nobody listens, and nobody else can begin to."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield BaseUrl("http", "127.0.0.1", bound.getsockname()[1])


def test_what_was_not_sent_leaves_nothing_open(wire: Wire, tmp_path: Path) -> None:
    """Nobody listens, or the handshake fails before the request."""
    relay, context = Relay(wire), Authority.make().server_context(tmp_path)
    with nobody() as nowhere, Server(always(OWN), tls=context) as stranger, Server(always(b"")) as mute:
        untrusted = BaseUrl("https", "127.0.0.1", stranger.port)
        for more, is_open in (({"base": nowhere}, False), ({"base": untrusted}, False), ({}, True)):
            with pytest.raises(JiraTrouble) as caught:
                relay.send(asked(mute, **more), time.monotonic() + PATIENCE)
            assert caught.value.may_have_changed == is_open, more
        assert stranger.requests == []
    relay.pool.close()


@contextmanager
def cut_when_it_has_one(relay: Relay, base: BaseUrl) -> Iterator[None]:
    """A kept connection there whose other end takes one request and is gone."""
    ours, theirs = socket.socketpair()

    def take() -> None:
        with theirs:
            theirs.recv(BUFFER)

    taking = threading.Thread(target=take)
    connection = relay.pool.open(base, None)
    connection.sock = ours
    keep(relay.pool.of(base, None), connection)
    taking.start()
    yield
    taking.join()


def test_what_a_kept_connection_may_have_taken_is_open(wire: Wire) -> None:
    """It is cut when it has the request, and nobody takes the second one."""
    relay = Relay(wire)
    with nobody() as nowhere, cut_when_it_has_one(relay, nowhere), pytest.raises(JiraTrouble) as caught:
        call = Call("PUT", nowhere, "/rest", [], b"", 0, None)
        relay.send(call, time.monotonic() + PATIENCE)
    assert caught.value.leaves_open
    relay.pool.close()


@pytest.mark.parametrize(
    ("more", "is_repeated"),
    [
        ({"body": b"{}", "length": 2, "only_reads": True}, True),
        ({"body": iter([b"{}"]), "length": None, "only_reads": True}, False),
        ({"body": b"{}", "length": 2}, False),
    ],
    ids=["search", "search-in-pieces", "change"],
)
def test_a_search_goes_out_again_when_a_kept_connection_is_cut(
    wire: Wire, more: dict[str, Any], is_repeated: bool
) -> None:
    """By POST too, where the whole of it is at hand; what may change something is left to who sent it."""
    relay = Relay(wire)
    with Server(always(OWN)) as server:
        call = asked(server, **more)
        with cut_when_it_has_one(relay, call.base):
            if is_repeated:
                answer = relay.send(call, time.monotonic() + PATIENCE)
                assert answer.read() == b"{}"
                answer.close()
            else:
                with pytest.raises(JiraTrouble) as caught:
                    relay.send(call, time.monotonic() + PATIENCE)
                assert caught.value.leaves_open is not call.only_reads
        assert len(server.requests) == is_repeated
    relay.pool.close()


def asked(server: "Server | RawServer", **more: Any) -> Call:
    """A request that changes something, but for this."""
    base = BaseUrl("http", "127.0.0.1", server.port)
    return replace(Call("POST", base, "/rest", [], b"", 0, None), **more)


@pytest.mark.parametrize(
    "more",
    [
        {"headers": [("X-A", "b\r\nC: d")]},
        {"headers": [("X-A", "b\nC: d")]},
        {"headers": [("X-A", "b\0")]},
        {"headers": [("X-A", "\u0100")]},
        {"headers": [("X-A\r\nB", "c")]},
        {"target": "/rest HTTP/1.1\r\nX: y"},
        {"target": "/rest\x7f"},
        {"target": "/\u00e9"},
        {"method": "GET /other"},
    ],
)
def test_nothing_is_sent_that_would_be_another_request(wire: Wire, more: dict[str, Any]) -> None:
    relay = Relay(wire)
    with Server(always(OWN)) as server:
        with pytest.raises(JiraTrouble):
            relay.send(asked(server, **more), time.monotonic() + PATIENCE)
        assert server.requests == []


def test_no_more_and_no_less_is_sent_than_was_said(wire: Wire) -> None:
    """Jira would take what is more for the next request, and wait for what is missing."""
    relay = Relay(wire)
    for pieces, sent in (([b"ab", b"c"], b"ab"), ([b"abc"], b""), ([b"a"], b"a"), ([], b"")):
        call = Call("POST", BaseUrl("http", "127.0.0.1", 80), "/", [], iter(pieces), 2, None)
        came: list[bytes] = []
        with pytest.raises(ValueError, match="than was said"):
            came.extend(relay._pieces(call))
        assert b"".join(came).partition(b"\r\n\r\n")[2] == sent


@pytest.mark.parametrize("is_tls", [False, True])
@pytest.mark.parametrize("answer", [OWN.replace(b"200 OK", b"413 No"), b""])
def test_who_refuses_before_all_was_sent_is_heard(
    wire: Wire, tmp_path: Path, answer: bytes, is_tls: bool
) -> None:
    """What is sent then has no end, so nothing else goes that way; without an answer it is left open."""
    relay, is_closed, authority = Relay(wire), threading.Event(), Authority.make()
    pem, tls = (authority.pem, authority.server_context(tmp_path)) if is_tls else (None, None)

    def body() -> Iterator[bytes]:
        yield b"x" * BUFFER
        assert is_closed.wait(10)
        yield from [bytes(CHUNK)] * 64

    def refuse(listener: socket.socket) -> None:
        plain, _ = listener.accept()
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what waits to be sent, a cut drops
        with tls.wrap_socket(plain, server_side=True) if tls else plain as stream:
            stream.recv(1)  # what is not read has the kernel cut the connection
            stream.sendall(answer)
        is_closed.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=refuse, args=(listener,), daemon=True).start()
        base = BaseUrl("https" if pem else "http", "127.0.0.1", listener.getsockname()[1])
        call = Call("POST", base, "/rest", [], body(), None, pem)
        if answer:
            told = relay.send(call, time.monotonic() + 10)
            assert (told.status, told.read()) == (413, b"{}")
            told.close()
        else:
            with pytest.raises(JiraTrouble) as caught:
                relay.send(call, time.monotonic() + 10)
            assert (caught.value.code, caught.value.leaves_open) == (Code.UNREACHABLE, True)
        assert not relay.pool.of(base, pem)


def test_a_body_as_it_is_framed(wire: Wire) -> None:
    """A piece that is empty does not end a body of unknown length."""
    relay = Relay(wire)
    whole, streamed = {"body": b"abc", "length": 3}, {"body": iter([b"a", b"", b"bc"]), "length": None}
    known = {"body": iter([b"a", b"bc"]), "length": 3}
    for more, header, body in (
        (whole, b"Content-Length: 3", b"abc"),
        (known, b"Content-Length: 3", b"abc"),
        (streamed, b"Transfer-Encoding: chunked", b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
    ):
        with RawServer() as server:
            relay.send(asked(server, **more), time.monotonic() + PATIENCE).close()
            head, _, sent = server.received.partition(b"\r\n\r\n")
        assert sent == body
        assert [line for line in head.split(b"\r\n") if line.startswith((b"Content-L", b"Transfer"))] == [
            header
        ]
    relay.pool.close()


class RawServer:
    """Takes one request of a body that ends in ``bc``, or in chunks, and keeps its bytes."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.received = b""
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()
        return self

    def _take(self) -> None:
        stream, _ = self._listener.accept()
        with stream:
            stream.settimeout(10)
            while not self.received.endswith((b"abc", b"\r\n0\r\n\r\n")):
                self.received += stream.recv(BUFFER)
            stream.sendall(reply())

    def __exit__(self, *_: object) -> None:
        self._thread.join(10)
        self._listener.close()
