"""What is no proper HTTP is told in the portal's words, and nothing of it is repeated: a key may stand in it,
or the token of a link."""

import json

import pytest
from gunicorn.http.errors import InvalidHeader, InvalidResponseHeader

from portal.web.unread import LONGEST_LINE, answer
from tests.support.portals import Portal
from tests.support.relayed import END, Relayed, Told

HOST = b"Host: 127.0.0.1\r\n"
UNREAD = [
    b"GET /join/cnry-secret HTTP/1.1 x", b"GET /join/cnry-secret HTTP/3.1", b"get /join/cnry-secret HTTP/1.1",
    b"\x16\x03\x01\x02cnry-secret", b"GET http://[cnry-secret HTTP/1.1", b"PRI * HTTP/2.0\r\n\r\nSM",
    b"GET /cnry-secret\xe4 HTTP/1.1", b"GET / HTTP/1.1\r\nAuthorization Bearer cnry-secret",
    b"GET / HTTP/1.1\r\nExpect: cnry-secret", b"POST / HTTP/1.1\r\nTransfer-Encoding: cnry-secret",
    b"POST / HTTP/1.1\r\nContent-Length: cnry-secret", b"GET / HTTP/1.1\r\n" + HOST + HOST[:-2],
    b"GET / HTTP/1.1\r\nX-A: cnry-secret\x01", b"GET / HTTP/1.1\r\nX-A: b\r\n cnry-secret",
]  # fmt: skip
TOO_MUCH = [
    (b"GET /" + b"cnry-secret" * 1000 + b" HTTP/1.1", f"more than {LONGEST_LINE} bytes"),
    (b"GET / HTTP/1.1\r\nX-A: " + b"cnry-secret" * 1000, "One of its headers is too long"),
    (b"GET / HTTP/1.1" + b"\r\nX-A: cnry-secret" * 200, "too many headers"),
]
# Bodies in chunks that are none; of each something was read before that was seen.
CHUNKS = [b"zz\r\n{}\r\n0", b"-1\r\n{}\r\n0", b"2\r\n{}XX0", b"2;\x00\r\n{}\r\n0", b"2\r\n{}\r\n0\r\nHost: x"]


def check(told: Told, detail: str = "") -> None:
    """A problem document that repeats nothing."""
    assert (told.status, told.is_from("almoner")) == (400, True), told.raw
    assert "content-type: application/problem+json" in told.head and "connection: close" in told.head
    assert b"cnry-secret" not in told.raw
    said = json.loads(told.body)
    assert said["type"].endswith("/problems#request-unreadable") and said["status"] == 400
    assert detail in said["detail"]


def test_what_cannot_be_read_is_not_repeated(relay: Relayed) -> None:
    for raw in UNREAD:
        check(relay.raw(raw + END))
    for raw, detail in TOO_MUCH:
        check(relay.raw(raw + END), detail)
    assert relay.serves()


def test_a_long_search(relay: Relayed) -> None:
    """As long as the server can take it; of a longer one it is said how to send it."""
    assert relay.send(b"rest/api/2/search?jql=" + b"x" * 7900).is_from("jira")
    told = relay.send(b"rest/api/2/search?jql=" + b"x" * LONGEST_LINE)
    check(told, f"more than {LONGEST_LINE} bytes")
    assert "a POST to rest/api/2/search" in json.loads(told.body)["remedy"]


def test_a_body_of_no_proper_chunks_is_the_programs_fault(relay: Relayed) -> None:
    """Whether it is read whole before it is sent on or not, Jira gets no end of it."""
    relay.jira.take()
    for kind in (b"application/json", b"application/x-www-form-urlencoded"):
        for body in CHUNKS:
            headers = (b"Transfer-Encoding: chunked", b"Content-Type: " + kind)
            check(relay.send(b"rest/api/2/issue", *headers, method=b"POST", body=body + END))
    assert relay.serves()
    ended = [came for came in relay.jira.take() if came.endswith(b"\r\n0" + END)]
    assert ended == []


@pytest.mark.parametrize(
    ("error", "status", "event"),
    [
        (InvalidHeader("X-A: cnry-secret"), b"400 ", "request_unread"),
        (InvalidResponseHeader("X-A"), b"500 ", "request_failed"),
        (ZeroDivisionError(), b"500 ", "request_failed"),
    ],
)
def test_what_is_told_and_logged_of_it(portal: Portal, error: Exception, status: bytes, event: str) -> None:
    before = len(portal.get_log(event))
    told = answer(portal.app, error)
    assert told.startswith(b"HTTP/1.1 " + status)
    [line] = portal.get_log(event)[before:]
    assert "cnry-secret" not in str(line) + told.decode()
