"""OAuth 2.0 over the wire: what is sent with which token, and what an answer may bring."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from portal.jira.answers import Code, JiraTrouble, json_answer
from portal.jira.oauth2 import JiraOAuth2Session
from portal.jira.oauth2_tokens import TokenPair
from portal.jira.wire import Wire
from portal.secret import Secret
from tests.jira.servers import Server, always, reply

GOOD = {"access_token": "new", "refresh_token": "newer", "expires_in": 60, "token_type": "bearer"}
REFUSED = reply(b'{"code": 401, "message": "Unauthorized"}', "401 Unauthorized")
NO_SCOPE = reply(b'{"code": 401, "message": "Unauthorized; scope does not match"}', "401 Unauthorized")
Trouble = Callable[[Callable[[], object]], Code]


def answering(*answers: bytes) -> Server:
    """A server that gives these answers, one after the other."""
    left: Iterator[bytes] = iter(answers)
    return Server(lambda request: [next(left)])


def header(request: bytes, name: bytes) -> list[bytes]:
    lines = request.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return [line for line in lines if line.lower().startswith(name.lower() + b":")]


def api_session(wire: Wire, *tokens: str, **more: Any) -> tuple[JiraOAuth2Session, list[str]]:
    """A session with the first of the tokens, that renews to the others; and those it still has."""
    left = list(tokens[1:])
    session = JiraOAuth2Session(
        wire=wire, bearer=Secret(tokens[0]), renew=lambda: Secret(left.pop(0)), **more
    )
    return session, left


def test_a_call_carries_the_token_after_one_blank(wire: Wire) -> None:
    """And nothing of it stands in the address (RFC 6750, section 2.1)."""
    session, _ = api_session(wire, "access")
    with Server(always(reply())) as server:
        json_answer(session.get(f"{server.url}/rest"))
    (request,) = server.requests
    assert header(request, b"Authorization") == [b"Authorization: Bearer access"]
    assert request.count(b"access") == 1


def test_a_refused_token_is_renewed_and_the_call_made_again(wire: Wire) -> None:
    session, left = api_session(wire, "one", "two", "three")
    with answering(REFUSED, reply(b'{"a": 1}'), reply()) as server:
        assert json_answer(session.get(f"{server.url}/rest")) == {"a": 1}
        session.get(f"{server.url}/rest")
    sent = [header(request, b"Authorization")[0].rpartition(b" ")[2] for request in server.requests]
    assert sent == [b"one", b"two", b"two"]
    assert left == ["three"]


def test_it_is_renewed_once_at_most(wire: Wire, code_of: Trouble) -> None:
    session, left = api_session(wire, "one", "two", "three")
    with Server(always(REFUSED)) as server:
        assert code_of(lambda: json_answer(session.get(f"{server.url}/rest"))) is Code.UNAUTHORIZED
        session.get(f"{server.url}/rest")
    assert (len(server.requests), left) == (3, ["three"])


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (NO_SCOPE, Code.SCOPE_MISMATCH),
        (reply(b"{}", "403 Forbidden"), Code.FORBIDDEN),
        (reply(b"{}", "404 Not Found"), Code.NOT_FOUND),
        (reply(b"{}", "503 Unavailable"), Code.MAINTENANCE),
    ],
    ids=["scopes", "forbidden", "not found", "down"],
)
def test_other_refusals_are_no_reason_to_renew(
    answer: bytes, code: Code, wire: Wire, code_of: Trouble
) -> None:
    session, left = api_session(wire, "one", "two")
    with Server(always(answer)) as server:
        assert code_of(lambda: json_answer(session.get(f"{server.url}/rest"))) is code
    assert (len(server.requests), left) == (1, ["two"])


def test_a_forged_call_carries_a_token_nobody_gave_out(wire: Wire) -> None:
    session, left = api_session(wire, "one", "two")
    with Server(always(REFUSED)) as server:
        for _ in range(2):
            session.forged("GET", f"{server.url}/rest")
    first, second = (header(request, b"Authorization")[0] for request in server.requests)
    assert first != second
    assert (b"one" in first, left) == (False, ["two"])


def refresh(wire: Wire, url: str, **more: Any) -> TokenPair:
    session = JiraOAuth2Session("client", "s3cret", wire=wire, **more)
    pair: TokenPair = session.refresh_token(f"{url}/oauth/token", refresh_token="old")
    return pair


def test_a_refresh_is_a_form_with_the_secret_inside(wire: Wire) -> None:
    """Not in the address and not in a header; the session keeps nothing of what came."""
    with Server(always(reply(json.dumps(GOOD).encode()))) as server:
        pair = refresh(wire, server.url)
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /oauth/token HTTP/1.1\r\n")
    assert header(request, b"Authorization") == []
    assert parse_qs(body.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["old"],
        "client_id": ["client"],
        "client_secret": ["s3cret"],
    }
    assert pair == TokenPair(Secret("new"), Secret("newer"), 60, None)
    assert "new" not in repr(pair)


def test_the_deadline_runs_from_when_the_session_was_made(wire: Wire) -> None:
    """Who sleeps between making it and using it sends nothing (T46)."""
    with Server(always(reply(json.dumps(GOOD).encode()))) as server:
        session = JiraOAuth2Session("client", "s3cret", wire=wire, seconds=0.1)
        time.sleep(0.15)
        with pytest.raises(JiraTrouble) as caught:
            session.refresh_token(f"{server.url}/oauth/token", refresh_token="old")
    assert caught.value.code is Code.DEADLINE
    assert server.requests == []


def test_an_answer_with_tokens_is_small(wire: Wire, code_of: Trouble) -> None:
    """What a page of issues may have, tokens may not."""
    large = reply(json.dumps(GOOD | {"more": "x" * 2**21}).encode())
    with Server(always(large)) as server:
        assert code_of(lambda: refresh(wire, server.url)) is Code.TOO_LARGE
        session, _ = api_session(wire, "one")
        assert len(session.get(f"{server.url}/rest").content) > 2**21


def test_the_words_of_a_refusal_are_kept(wire: Wire) -> None:
    said = json.dumps({"error": "temporarily_odd", "error_description": "Come back later."}).encode()
    with Server(always(reply(said, "400 Bad Request"))) as server, pytest.raises(JiraTrouble) as caught:
        refresh(wire, server.url)
    assert caught.value.code is Code.OAUTH_OTHER
    assert caught.value.evidence["oauth_problem"] == "temporarily_odd"
    assert "old" not in str(caught.value.evidence)
