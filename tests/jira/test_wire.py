"""What the wire bears and what it refuses: slow, large, redirecting and odd servers (T25, T30, T31)."""

import gzip
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from portal.jira import wire as wire_module
from portal.jira.addresses import AddressPolicy
from portal.jira.trouble import Code, JiraTrouble
from portal.jira.wire import Wire
from tests.jira.servers import Server, always, reply
from tests.support.hostile_answers import CHUNKED, PAUSE, forever

CodeOf = Callable[[Callable[[], object]], Code]
BOMB = gzip.compress(gzip.compress(b"") + b"0" * 64 * 1024 * 1024)


def _drip(request: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    for _ in range(100):
        time.sleep(0.3)
        yield b"x"


def _drip_headers(request: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    for number in range(100):
        time.sleep(0.3)
        yield b"X-%d: y\r\n" % number


def _hang(request: bytes) -> Iterator[bytes]:
    time.sleep(30)
    yield b""


@pytest.mark.parametrize("answer", [_drip, _drip_headers, _hang])
def test_a_slow_server_is_left_at_the_deadline(
    wire: Wire, code_of: CodeOf, answer: Callable[[bytes], Iterator[bytes]]
) -> None:
    wire.deadline = 0.5
    with Server(answer) as server:
        began = time.monotonic()
        assert code_of(lambda: wire.session().get(server.url)) is Code.DEADLINE
        assert time.monotonic() - began < 10  # all of it takes 30


def test_the_calls_of_one_use_share_one_deadline(wire: Wire, code_of: CodeOf) -> None:
    """Ten slow answers must not hold a page ten times as long (T31)."""
    wire.deadline = 3.0  # the first call has to be through by then, however busy the machine
    with Server(lambda request: _hang(request) if b"/slow " in request else [reply()]) as server:
        session, began = wire.session(), time.monotonic()
        assert session.get(server.url).ok
        for _ in range(10):
            assert code_of(lambda: session.get(f"{server.url}/slow")) is Code.DEADLINE
        assert time.monotonic() - began < 20  # ten of them take 30


@pytest.mark.parametrize(
    "answer",
    [
        reply(BOMB, Content_Encoding="gzip"),
        reply(zlib.compress(b"0" * 32 * 1024 * 1024), Content_Encoding="deflate"),
        reply(gzip.compress(b"0" * 4 * 1024 * 1024), Content_Encoding="gzip"),
        reply(b"0" * (8 * 1024 * 1024 + 1)),
    ],
    ids=["bomb", "deflate", "under the size and over the ratio", "plain"],
)
def test_a_large_answer_is_not_read_to_its_end(wire: Wire, code_of: CodeOf, answer: bytes) -> None:
    with Server(always(answer)) as server:
        assert code_of(lambda: wire.session().get(server.url)) is Code.TOO_LARGE


@pytest.mark.parametrize(
    "answer",
    [
        b"what is this\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n",
        CHUNKED + b"2\r\n{}XX0\r\n\r\n",
        reply(b"not gzip", Content_Encoding="gzip"),
        reply(b"{}", Content_Encoding="gzip, gzip, gzip"),
        reply(b"{}", Content_Encoding="br"),
    ],
    ids=[
        "no http",
        "cut off",
        "headers without end",
        "no end of a chunk",
        "no gzip",
        "packed thrice",
        "brotli",
    ],
)
def test_what_is_not_proper_http_is_named_so(wire: Wire, code_of: CodeOf, answer: bytes) -> None:
    with Server(always(answer)) as server:
        assert code_of(lambda: wire.session().get(server.url)) is Code.BROKEN_ANSWER


def test_a_chunk_of_all_that_comes_is_none(wire: Wire, code_of: CodeOf) -> None:
    """http.client would keep in memory what comes until the deadline, whatever the limit."""
    with Server(forever(CHUNKED + b"-1\r\n", b"0", PAUSE)) as server:
        assert code_of(lambda: wire.session().get(server.url)) is Code.BROKEN_ANSWER


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_neither_followed_nor_read(wire: Wire, status: int) -> None:
    with Server(always(reply()), "127.0.0.4") as sink:
        answer = reply(BOMB, f"{status} Moved", Location=sink.url, Content_Encoding="gzip")
        with Server(always(answer)) as server:
            got = wire.session().get(server.url, allow_redirects=True)
        assert (got.status_code, got.content, sink.connections) == (status, b"", 0)


def test_nothing_comes_from_the_environment(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password canary")
    monkeypatch.setenv("HOME", str(tmp_path))
    with Server(always(reply())) as server, Server(always(reply()), "127.0.0.5") as other:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, other.url)
        session = wire.session()
        session.get(server.url, headers={"Authorization": "Bearer mine"}, proxies={"http": other.url})
        assert b"Authorization: Bearer mine" in server.requests[0]
        assert other.connections == 0


def test_no_cookie_comes_back(wire: Wire) -> None:
    with Server(always(reply(Set_Cookie="JSESSIONID=1; Path=/"))) as server:
        session = wire.session()
        session.get(server.url)
        session.get(server.url)
        assert b"ookie" not in server.requests[1]


def test_it_says_who_it_is(wire: Wire) -> None:
    with Server(always(reply())) as server:
        wire.session().get(server.url, headers={"User-Agent": "somebody else"})
        assert b"User-Agent: Almoner/test" in server.requests[0]


def test_plain_http_is_for_listed_hosts_only(public_wire: Wire, code_of: CodeOf) -> None:
    assert code_of(lambda: public_wire.session().get("http://127.0.0.1:9/")) is Code.PLAIN_HTTP_REFUSED


def test_a_closed_port_is_unreachable(wire: Wire, code_of: CodeOf) -> None:
    with Server(always(reply())) as server:
        url = server.url
    assert code_of(lambda: wire.session().get(url)) is Code.UNREACHABLE


def test_a_server_that_hangs_up_is_unreachable(wire: Wire, code_of: CodeOf) -> None:
    with Server(always()) as server:
        assert code_of(lambda: wire.session().get(server.url)) is Code.UNREACHABLE


def test_hooks_see_each_request_before_it_is_sent(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str | None] = []
    with Server(always(reply())) as server:
        monkeypatch.setattr(
            wire_module, "before_send", [lambda r: seen.append(r.url) or len(server.requests)]
        )
        wire.session().get(server.url + "/a")
    assert seen == [server.url + "/a"]


def test_connections_are_used_again(wire: Wire) -> None:
    with Server(always(reply(Connection="keep-alive"))) as server:
        wire.session().get(server.url).json()
        wire.session().get(server.url).json()
        assert (server.connections, len(server.requests)) == (1, 2)


def test_an_outbound_proxy_gets_the_call(code_of: CodeOf) -> None:
    with Server(always(reply(b'{"by": "proxy"}'))) as proxy:
        wire = Wire(AddressPolicy(), frozenset({"jira.internal"}), "Almoner/test", proxy.url, 2.0)
        assert wire.session().get("http://jira.internal/rest").json() == {"by": "proxy"}
        assert proxy.requests[0].startswith(b"GET http://jira.internal/rest HTTP/1.1")
        assert code_of(lambda: wire.session().get("https://169.254.169.254/")) is Code.ADDRESS_REFUSED
        wire.close()
    assert code_of(lambda: wire.session().get("https://jira.internal/")) is Code.PROXY_FAILED


def test_a_proxy_that_refuses_the_tunnel_is_named(code_of: CodeOf) -> None:
    with Server(always(reply(b"", "407 Proxy Authentication Required"))) as proxy:
        wire = Wire(AddressPolicy(), frozenset(), "Almoner/test", proxy.url, 2.0)
        assert code_of(lambda: wire.session().get("https://jira.internal/")) is Code.PROXY_FAILED


def test_trouble_is_no_exception_of_requests(wire: Wire) -> None:
    with Server(always()) as server, pytest.raises(JiraTrouble) as caught:
        wire.session().get(server.url)
    assert not isinstance(caught.value, requests.RequestException)
    assert caught.value.retryable
