"""Heads of answers are read as the library reads them, whoever sent them."""

import http.client
import io
import time

import pytest

from portal.jira.heads import RelayedResponse, read_headers

HEADS = (
    b"Server: Jira\r\nContent-Type: application/json\r\nContent-Length: 2\r\n",
    b"Set-Cookie: a=b\r\nSet-Cookie: c=d\nX-Empty:\r\nX-Blank:   \r\nX-Ends: a \t\r\n",
    b"X-Folded: one\r\n two\r\nContent-Length: 2\r\n",
    b"no header at all\r\nContent-Length: 2\r\n",
    b"Content-Length : 2\r\n",
    b": nameless\r\nContent-Length: 2\r\n",
    b"X-Return: a\rContent-Length: 3\r\nContent-Length: 2\r\n",
    b"X-Bytes: \xe4\x85\x00\x0b\r\nx-bytes:\xff\r\n",
    b"",
)
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

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._sent)


@pytest.mark.parametrize("head", HEADS)
def test_headers_are_those_the_library_reads(head: bytes) -> None:
    expected = http.client.parse_headers(io.BytesIO(head + b"\r\n"))
    assert read_headers([*io.BytesIO(head), b"\r\n"]).items() == expected.items()


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
            seen[-1].append(response.chunked)
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
