"""Answers that are relayed: what is proper is read as the library reads it; what two readers could take for
two things is refused, or read as RFC 9112 has it (T30, T31)."""

import http.client
import io
import time
from functools import partial

import pytest

from portal.jira.heads import GuardedResponse, RelayedResponse, read_headers

HEADS = (
    b"Server: Jira\r\nContent-Type: application/json\r\nContent-Length: 2\r\n",
    b"Set-Cookie: a=b\r\nSet-Cookie: c=d\nX-Empty:\r\nX-Blank:   \r\n",
    b"X-Bytes: \xe4\x0b\r\nx-bytes:\xff\r\n",
    b"",
)
# Where the library reads something else: what they are read as.
ODD = {
    b"X-Folded: one\r\n two\r\n\t three\r\nContent-Length: 2\r\n": [
        ("X-Folded", "one two three"), ("Content-Length", "2"),
    ],
    b"Content-Length : 2 \t\r\n": [("Content-Length", "2")],
    b"X-Return: a\rContent-Length: 3\r\n": [("X-Return", "a Content-Length: 3")],
    b"X-Zero: a\0b\r\n": [("X-Zero", "a b")],
}  # fmt: skip
NONE = (
    b"no header at all\r\n", b": nameless\r\n", b" folded into nothing\r\n", b"X-A\0: b\r\n", b"X A: b\r\n",
    b"X-A\r: b\r\n", b"\r\r\n", b"Content-Length\x0b: 2\r\n", b"HTTP/1.1 200 OK\r\n",
)  # fmt: skip
CHUNKS = {
    b"2\r\n{}\r\n0\r\n\r\n": b"{}",
    b"1\r\n{\r\n00001;a=b\r\n}\r\n0 ;c\r\n\r\n": b"{}",
    b"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\nX-Trailer: a\r\nContent-Length: 1\r\n\r\n": b"0123456789"
    * 2,
}
NO_CHUNKS = (
    b"-1\r\n{}", b"-2\r\n{}", b"+2\r\n{}\r\n0\r\n\r\n", b"0x2\r\n{}\r\n0\r\n\r\n",
    b"0_2\r\n{}\r\n0\r\n\r\n",
    b" 2\r\n{}\r\n0\r\n\r\n", b"2\n{}\r\n0\r\n\r\n",
    b"2;a\nb\r\n{}\r\n0\r\n\r\n", b"2;a\rb\r\n{}\r\n0\r\n\r\n",
    b"2\r\n{}XX0\r\n\r\n", b"2\r\n{}\n0\r\n\r\n", b"1\r\n{}\r\n0\r\n\r\n", b"\r\n{}", b";a\r\n{}",
    b"2\r\n{", b"2\r\n{}",
    b"2\r\n{}\r\n", b"2\r\n{}\r\n0", b"2\r\n{}\r\n0\r\n", b"2\r\n{}\r\n0\r\nX-A: b\r\n",
    b"2;" + b"a" * 2000 + b"\r\n{}\r\n0\r\n\r\n", b"f" * 16 + b"\r\n{}",
    b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 101 + b"\r\n",
)  # fmt: skip
STATUSES = (b"HTTP/1.1 200 OK", b"HTTP/1.0 200", b"HTTP/1.1 204 No", b"HTTP/1.1 304 Not", b"HTTP/1.1 500 x")
FRAMES = (
    b"Content-Length: 2",
    b"Transfer-Encoding: chunked",
    b"Connection: close",
    b"X: y",
    b"Content-Length: x",
)


class Sock:
    """As much of a socket as is read."""

    def __init__(self, sent: bytes) -> None:
        self._sent = sent

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(self._sent))  # type: ignore[arg-type]


@pytest.mark.parametrize("head", HEADS)
def test_headers_are_those_the_library_reads(head: bytes) -> None:
    expected = http.client.parse_headers(io.BytesIO(head + b"\r\n"))
    assert read_headers([*io.BytesIO(head), b"\r\n"]) == expected.items()


def test_what_is_odd_is_read_as_its_rules_say() -> None:
    for head, expected in ODD.items():
        assert read_headers([*io.BytesIO(head), b"\r\n"]) == expected


@pytest.mark.parametrize("line", NONE)
def test_what_is_no_header_ends_it(line: bytes) -> None:
    """The library would take what follows for the body: there may stand how long that is."""
    with pytest.raises(http.client.HTTPException):
        read(b"HTTP/1.1 200 OK\r\n" + line + b"Content-Length: 2\r\n\r\n{}")


def read(sent: bytes, method: str = "GET", kind: type[GuardedResponse] = RelayedResponse) -> GuardedResponse:
    """The answer whose head was read of these bytes."""
    response = kind(Sock(sent), method=method)  # type: ignore[arg-type]
    response.begin()
    return response


@pytest.mark.parametrize(
    "sent", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX-A: b\r\n", b"HTTP/1.1 100 Go\r\n"]
)
def test_a_head_that_breaks_off_is_none(sent: bytes) -> None:
    with pytest.raises(http.client.HTTPException):
        read(sent)


def test_what_only_says_that_an_answer_follows() -> None:
    follows = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    for status in (100, 102, 103, 199):
        response = read(b"HTTP/1.1 %d x\r\nLink: a\r\n\r\n" % status * 2 + follows)
        assert (response.status, response.read(9), response.pairs) == (200, b"{}", [("content-length", "2")])
    assert read(b"HTTP/1.1 101 x\r\n\r\n" + follows).status == 101, "which says that no HTTP follows"


def test_a_coding_that_its_version_does_not_know_ends_the_connection() -> None:
    head = b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert read(b"HTTP/1.0 200 OK\r\n" + head).will_close
    assert not read(b"HTTP/1.1 200 OK\r\n" + head).will_close


@pytest.mark.parametrize("method, status", [("HEAD", b"200 OK"), ("GET", b"204 No"), ("GET", b"304 Not")])
def test_no_chunk_belongs_to_what_has_no_body(method: str, status: bytes) -> None:
    """Neither where it is relayed nor where the portal itself asks."""
    sent = b"HTTP/1.1 " + status + b"\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    for kind in (GuardedResponse, RelayedResponse):
        response = read(sent, method, kind)
        assert response.read(9) == b"" and response.isclosed(), kind


@pytest.mark.parametrize("size", [1, 9, 1000])
def test_chunks(size: int) -> None:
    for body, expected in CHUNKS.items():
        response = read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        assert b"".join(iter(partial(response.read, size), b"")) == expected
        assert response.isclosed()


@pytest.mark.parametrize("body", NO_CHUNKS)
def test_no_chunks(body: bytes) -> None:
    """The library would read some of them, and ``-1`` as all that comes, in memory."""
    response = read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    with pytest.raises(http.client.HTTPException):
        while response.read(100):
            pass


def test_no_memory_is_taken_for_a_chunk_that_only_says_it_is_large() -> None:
    response = read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"F" * 15 + b"\r\n{}")
    with pytest.raises(http.client.IncompleteRead):
        response.read()


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_answer_is_as_long_as_the_library_says(status: bytes, method: str) -> None:
    for frame in FRAMES:
        sent = b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" + status + b"\r\n" + frame + b"\r\n\r\n{}"
        seen = []
        for kind in (http.client.HTTPResponse, RelayedResponse):
            response = kind(Sock(sent), method=method)  # type: ignore[arg-type]
            response.begin()
            seen.append([getattr(response, name) for name in ("status", "version", "length", "will_close")])
            seen[-1].append(response.chunked and response.length is None)  # else no body comes
        assert seen[0] == seen[1], frame


@pytest.mark.parametrize("head", [b"X: " + b"x" * 65536, b"X: y\r\n" * 101])
def test_a_head_that_is_too_long_is_refused(head: bytes) -> None:
    response = RelayedResponse(Sock(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n"))  # type: ignore[arg-type]
    with pytest.raises(http.client.HTTPException):
        response.begin()


def test_a_line_made_to_be_read_for_long_is_not() -> None:
    """Blanks before a bare return: to try each of them anew takes a minute of a processor (T31)."""
    began = time.process_time()
    assert read_headers([b"X:" + b" " * 60_000 + b"\rX\r\n", b"\r\n"]) is not None
    assert time.process_time() - began < 5
