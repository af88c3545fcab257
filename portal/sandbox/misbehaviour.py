"""Applying the switches: what goes wrong before, or instead of, an answer."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from functools import cache

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from portal.sandbox.faults import LONGEST_WAIT
from portal.sandbox.in_front import answer_in_front
from portal.sandbox.state import State, current_state

HUGE = 64 * 1024 * 1024
CONTROL = ("control", "cloud_control", "delivery_control", "server_control", "content_control")
CHANGES = ("POST", "PUT", "DELETE")
SEARCHES = ("/search", "/search/jql")
PAUSE = 30
TOKEN_CALLS = ("oauth.request_token", "oauth.access_token", "oauth2.token")


def is_control() -> bool:
    """Whether this request works the switches, or fetches a picture: it never fails and is not recorded."""
    return request.blueprint in CONTROL or request.endpoint == "static"


def misbehave() -> BaseResponse | tuple[str, int] | None:
    """Answer in the view's place, or let it answer (``None``). The control pages always work."""
    state = current_state()
    faults = state.faults
    if is_control() or not faults.concern("server"):
        return None
    if faults.drop_connection:
        drop()
    wait(state)
    if instead := answer_in_front():
        return instead
    is_rest = request.blueprint in ("rest_api", "rest_agile", "pats", "applinks", "files")
    if faults.status_5xx and (is_rest or request.endpoint in TOKEN_CALLS):
        return render_template(
            "message.html", title="Oops, you've found a dead link.", text=""
        ), faults.status_5xx
    if is_rest and (faults.rate_limited or no_change_left(state)):
        return _rate_limited(faults.rate_limited or PAUSE)
    if is_rest and faults.hostile_body != "none":
        return HOSTILE[faults.hostile_body]()
    return None


def wait(state: State) -> None:
    """Answer late, or not before the switch is off again (bounded, so that no thread stays for ever)."""
    faults = state.faults
    time.sleep(faults.slow_seconds)
    end = time.monotonic() + LONGEST_WAIT
    while state.faults.hang and time.monotonic() < end:
        time.sleep(0.05)


def is_change() -> bool:
    """Whether this request would change what a Jira holds."""
    is_rest = "/rest/" in request.path and not request.path.endswith(SEARCHES)
    return is_rest and request.method in CHANGES


def no_change_left(state: State) -> bool:
    """Whether this request is a change too many; each one that works is counted."""
    with state.lock:
        if not is_change() or state.faults.changes_left < 0:
            return False
        is_over = state.faults.changes_left == 0
        state.faults.changes_left -= 0 if is_over else 1
        return is_over


def lose_answer(response: Response) -> Response:
    """Cut the connection after a change, where a switch says so."""
    if current_state().faults.change_drop_answer and is_change() and not is_control():
        drop()
    return response


def drop() -> None:
    """Cut the TCP connection; what is answered afterwards reaches nobody."""
    connection = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)


def _rate_limited(seconds: int) -> Response:
    """A 429 with the headers of Data Center's token bucket."""
    response = Response("Rate limit exceeded.", 429, content_type="text/plain;charset=utf-8")
    response.headers.update(
        {
            "Retry-After": str(seconds),
            "X-RateLimit-Limit": "10",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-FillRate": "1",
            "X-RateLimit-Interval-Seconds": str(seconds),
        }
    )
    return response


@cache
def _compressed_zeros() -> bytes:
    return gzip.compress(b"0" * HUGE)


def _bomb() -> Response:
    return Response(
        _compressed_zeros(), content_type="application/json", headers={"Content-Encoding": "gzip"}
    )


def _deep() -> Response:
    return Response("[" * 200_000 + "]" * 200_000, content_type="application/json")


def _huge() -> Response:
    chunk = json.dumps(["practice"] * 6_000)[1:-1] + ", "

    def body() -> Iterator[str]:
        yield "["
        for _ in range(HUGE // len(chunk)):
            yield chunk
        yield "1]"

    return Response(body(), content_type="application/json")


def _garbage() -> Response:
    return Response(
        b'{"name": "caf\xe9 \xff\xfe", "key": "\xc3("}', content_type="application/json;charset=UTF-8"
    )


def _redirected() -> BaseResponse:
    """To the same server under another host name; the record of requests shows who followed."""
    port = request.host.rpartition(":")[2]
    return redirect(f"http://127.0.0.1:{port}{request.script_root}/login.jsp?os_destination={request.path}")


HOSTILE: dict[str, Callable[[], BaseResponse]] = {
    "bomb": _bomb,
    "deep_json": _deep,
    "huge_json": _huge,
    "latin1_garbage": _garbage,
    "redirect": _redirected,
}
