"""A program that sends slowly, or not to the end, holds no thread beyond the deadline, and half of what it
meant never looks whole to Jira (T31)."""

import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress

from tests.api.test_proxy_bulkhead import AT_ONCE, another_tenant
from tests.support.hostile_answers import FILE, forever
from tests.support.relayed import Relayed, Told

FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LENGTH = b"Content-Length: %d\r\n"
MIB = 1 << 20
# What is sent at first, and then again and again; "" for an end that is no end.
SLOW = [
    (LENGTH % 1000, b"x"), (LENGTH % (5 * MIB), b"x"), (CHUNKED, b"1\r\nx\r\n"), (CHUNKED, b"0"),
    (FORM + LENGTH % 1000, b"x"), (FORM + CHUNKED, b"1\r\nx\r\n"),
    (LENGTH % 9 + b"Expect: 100-continue\r\n", b""),
]  # fmt: skip
STOPPED = [
    (LENGTH % 1000, b"{}"), (LENGTH % (5 * MIB), b"{}"), (CHUNKED, b"2\r\n{}\r\n"), (CHUNKED, b"5\r\n{}"),
    (FORM + LENGTH % 1000, b"a=b"), (FORM + CHUNKED, b"3\r\na=b\r\n"),
]  # fmt: skip
STEPS, STEP_SECONDS = 60, 0.2


def post(relay: Relayed, headers: bytes) -> socket.socket:
    """A connection on which the head of a request was sent."""
    sock = socket.create_connection(("127.0.0.1", relay.port), timeout=STEP_SECONDS)
    sock.sendall(relay.head(b"POST", b"rest/api/2/issue") + headers + b"\r\n")
    return sock


def drip(relay: Relayed, headers: bytes, piece: bytes) -> Told:
    """What comes while a piece is sent now and then."""
    answer = b""
    with closing(post(relay, headers)) as sock:
        for _ in range(STEPS):
            with suppress(TimeoutError):
                answer += sock.recv(1 << 16)
                answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
                if answer:
                    break
            sock.sendall(piece)
    return Told(answer)


def test_who_sends_slowly_is_cut_at_the_deadline(relay: Relayed) -> None:
    with ThreadPoolExecutor(len(SLOW)) as threads:
        seen = list(threads.map(lambda one: drip(relay, *one), SLOW))
    assert [(told.status in (400, 504), told.is_from("almoner")) for told in seen] == [(True, True)] * len(
        SLOW
    )
    assert relay.serves()


def test_half_of_a_request_is_none(relay: Relayed) -> None:
    """What is read whole before it is sent on does not reach Jira; of the rest it gets no end."""
    relay.jira.take()
    for headers, piece in STOPPED:
        with closing(post(relay, headers)) as sock:
            sock.settimeout(10)
            sock.sendall(piece)
            sock.shutdown(socket.SHUT_WR)
            told = Told(sock.recv(1 << 16))
        assert (told.status, told.is_from("almoner")) == (400, True), (headers, told.raw)
        for came in relay.jira.take():
            assert FORM.strip().lower() not in came.lower(), headers
            assert not came.endswith(b"0\r\n\r\n"), headers
    assert relay.serves()


def test_who_does_not_read_an_answer_is_left(relay: Relayed) -> None:
    """As many as there are threads ask for a file that never ends, and read none of it."""
    relay.jira.answers["file"] = forever(FILE + b"\r\n", b"x" * MIB, 0.01)
    with ExitStack() as asking:
        for _ in range(2 * relay.settings.threads):
            sock = asking.enter_context(closing(socket.create_connection(("127.0.0.1", relay.port))))
            sock.sendall(relay.head(b"GET", b"rest/api/2/file") + b"\r\n")
        for serves in (False, True):
            for _ in range(5 * STEPS):
                if all(relay.serves() for _ in range(4)) is serves:
                    break
                time.sleep(STEP_SECONDS)
            else:
                raise AssertionError(serves)


def test_others_are_served_while_a_tenant_sends_slowly(relay: Relayed) -> None:
    other, served = another_tenant(relay), []
    with ThreadPoolExecutor(AT_ONCE) as threads:
        slow = [threads.submit(drip, relay, *SLOW[0]) for _ in range(AT_ONCE)]
        while not all(one.done() for one in slow):
            served.append(other.serves())
        told = Counter(one.result().status for one in slow)
    assert served and all(served)
    assert set(told) == {400, 503}, "turned away at once, or heard no further at the deadline"
    assert told[503] >= AT_ONCE // 4
    assert relay.serves()
