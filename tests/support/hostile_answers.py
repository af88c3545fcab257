"""Answers of a Jira that wants to do harm, as the bytes it sends; each is given the request it answers."""

import gzip
import itertools
import time
from collections.abc import Iterator

from tests.jira.servers import Answer, always, reply

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
OK = "HTTP/1.1 200 OK\r\n"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n"
FILE = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n"
PAUSE = 0.05
BOMB = gzip.compress(bytes(64 * MIB))


def forever(head: bytes, part: bytes, pause: float = 0) -> Answer:
    """A beginning, and then the same again and again, until the connection is cut."""

    def answer(request: bytes) -> Iterator[bytes]:
        yield head
        for _ in itertools.count():
            yield part
            time.sleep(pause)

    return answer


def hang(*parts: bytes) -> Answer:
    """These bytes, and then nothing, with the connection left open."""
    return forever(b"".join(parts), b"", PAUSE)


# Never there in time: cut at the deadline, and told as slow.
SLOW: dict[str, Answer] = {
    "no-answer": hang(),
    "half-a-status-line": hang(b"HTTP/1.1 20"),
    "drip-of-headers": forever(JSON, b"X-A: b\r\n", PAUSE),
    "flood-of-100": forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
    "drip-of-100": forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n", PAUSE),
    "drip-of-body": forever(JSON + LENGTH % KIB, b"x", PAUSE),
    "length-and-nothing": hang(JSON, LENGTH % MIB),
    "stall-inside-a-chunk": hang(CHUNKED, b"100\r\nabc"),
}
# Handed on as it comes, and cut where it breaks off or when it lasts too long: no program takes it for whole.
CUT: dict[str, Answer] = {
    "endless": forever(FILE + b"\r\n", b"x" * 64 * KIB, PAUSE / 10),
    "endless-chunks": forever(CHUNKED, b"10000\r\n" + b"x" * 0x10000 + b"\r\n", PAUSE / 10),
    "stall-behind-much": hang(FILE, LENGTH % (64 * MIB), b"x" * 6 * MIB),
    "end-behind-much": always(FILE + LENGTH % (64 * MIB) + b"x" * 6 * MIB),
    "chunks-end-behind-much": always(CHUNKED + b"600000\r\n" + b"x" * 0x600000 + b"\r\n"),
    "garbage-behind-much": always(CHUNKED + b"600000\r\n" + b"x" * 0x600000 + b"\r\nzz\r\n"),
}
# No answer of a Jira.
BROKEN: dict[str, Answer] = {
    "no-HTTP": always(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "bad-status-line": always(b"HTTP/1.1 banana\r\n\r\n"),
    "status-of-four-digits": always(b"HTTP/1.1 1000 Much\r\n\r\n"),
    "status-below-nothing": always(b"HTTP/1.1 -20 OK\r\n\r\n"),
    "version-9": always(b"HTTP/9.9 200 OK\r\n" + LENGTH % 0),
    "100000-headers": always(
        JSON + b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + LENGTH % 2 + b"{}"
    ),
    "endless-headers": forever(JSON, b"X-A: b\r\n" * 4096),
    "huge-header": always(JSON + b"X-A: " + b"y" * MIB + b"\r\n" + LENGTH % 2 + b"{}"),
    "endless-status-line": forever(b"HTTP/1.1 200 ", b"O" * 64 * KIB),
    "another-protocol": hang(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"
    ),
    "half-a-head": always(OK.encode() + b"X-A: b\r\n"),
    "line-that-is-no-header": always(JSON + b"Content-Length: 2\r\nX-A b\r\n\r\n{}"),
    "two-lengths": always(JSON + b"Content-Length: 2\r\n" + LENGTH % 40 + b"{}"),
    "length-below-nothing": always(JSON + b"Content-Length: -1\r\n\r\n{}"),
    "length-in-letters": always(JSON + b"Content-Length: \xb2\r\n\r\n{}"),
    "length-of-5000-digits": always(JSON + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}"),
    "length-of-2-GiB": hang(JSON, LENGTH % (2 * GIB)),
    "length-and-chunks": always(CHUNKED[:-2] + LENGTH % 2 + b"0\r\n\r\n"),
    "strange-coding": always(JSON + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "length-too-long": always(JSON + LENGTH % 100 + b"{}"),
    "no-last-chunk": always(CHUNKED + b"2\r\n{}\r\n"),
    "chunk-of-no-number": always(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n"),
    "chunk-below-nothing": always(CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n"),
    "chunk-of-all-there-is": forever(CHUNKED + b"-1\r\n", b"x" * 64 * KIB),
    "chunk-longer-than-it-says": always(CHUNKED + b"2\r\n{}XX\r\n0\r\n\r\n"),
    "endless-trailers": forever(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-A: b\r\n" * 4096),
    "endless-size-of-a-chunk": forever(CHUNKED, b"0" * 64 * KIB),
    "endless-words-of-a-chunk": forever(CHUNKED + b"2;", b"x" * 64 * KIB),
}
# Odd, and answers all the same: they arrive with this status and body.
PASSES: dict[str, tuple[bytes, int, bytes]] = {
    name: (head.encode("latin-1") + LENGTH % len(body) + body, int(head[9:12]), body)
    for name, head, body in (
        ("bomb", f"{OK}Content-Type: application/json\r\nContent-Encoding: gzip\r\n", BOMB),
        ("page", f"{OK}Content-Type: text/html\r\n", b"<script>alert(1)</script>"),
        ("drawing", f"{OK}Content-Type: image/svg+xml\r\n", b"<svg onload='alert(1)'/>"),
        ("page-said-to-be-JSON", f"{OK}Content-Type: application/json\r\n", b"<html>"),
        ("no-type", OK, b"{}"),
        ("status-999", "HTTP/1.1 999 Odd\r\nContent-Type: application/json\r\n", b"{}"),
        ("folded", f"{OK}Content-Type: application/json;\r\n charset=utf-8\r\nETag: a\r\n\tb\r\n", b"{}"),
        ("nul-in-header", f"{OK}Content-Type: application/json\r\nETag: a\x00b\r\n", b"{}"),
        ("control-in-header", f"{OK}Content-Type: application/json\r\nETag: a\x01\x7fb\r\n", b"{}"),
        ("return-in-header", f"{OK}Content-Type: application/json\r\nETag: a\rX-B: c\r\n", b"{}"),
        ("latin-in-header", f"{OK}Content-Type: application/json\r\nETag: \xe9\xff\x85\r\n", b"{}"),
        ("depth", f"{OK}Content-Type: application/json\r\n", b"[" * 100_000),
        ("digits", f"{OK}Content-Type: application/json\r\n", b"9" * 5000),
        (
            "no-text",
            f"{OK}Content-Type: application/json\r\n",
            b'{"self": "\xff\xfe\xc0\x80", "a": NaN, "a": 1e999',
        ),
        ("wide-text", f"{OK}Content-Type: application/json\r\n", '{"self": "x"}'.encode("utf-16")),
        ("refusal-of-depth", "HTTP/1.1 401 No\r\nContent-Type: application/json\r\n", b"[" * 100_000),
        ("redirect", "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data\r\n", b""),
        ("redirect-to-script", "HTTP/1.1 302 Found\r\nLocation: javascript:alert(1)\r\n", b""),
        ("redirect-nowhere", "HTTP/1.1 307 Go\r\nLocation: //[\r\n", b""),
    )
} | {"early-hints": (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + reply(b"{}"), 200, b"{}")}
