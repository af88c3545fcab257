"""Sending much in one call, and the token that lets it: what goes out, and what each answer is called."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from portal.jira import bulk
from portal.jira.answers import Code, JiraTrouble
from portal.jira.atlassian import Atlassian
from portal.jira.bulk import Allowed
from portal.jira.oauth2 import JiraOAuth2Session
from portal.jira.wire import Wire
from portal.secret import Secret
from tests.jira.servers import Server, always, reply
from tests.support import canaries

PATH = ("jira", "builds", "0.1", "cloud", "1-2", "bulk")
BODY = {"builds": [{"pipelineId": "web"}]}
TOKEN = reply(b'{"access_token": "new", "expires_in": 900, "token_type": "Bearer"}')


def sent(wire: Wire, answer: bytes) -> tuple[object, bytes]:
    """What comes of sending to a server that gives this answer; and what it was sent."""
    with Server(always(answer)) as server:
        atlassian = Atlassian.at(server.url, server.url)
        with JiraOAuth2Session(wire=wire, bearer=Secret("token")) as session:
            try:
                came: object = bulk.send(session, atlassian, PATH, BODY)
            except JiraTrouble as trouble:
                came = trouble
    (request,) = server.requests
    return came, request


def test_what_is_sent(wire: Wire) -> None:
    answer, request = sent(wire, reply(b'{"acceptedBuilds": []}', "202 Accepted"))
    assert answer == {"acceptedBuilds": []}
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /jira/builds/0.1/cloud/1-2/bulk HTTP/1.1")
    assert b"Authorization: Bearer token" in head and b"application/json" in head
    assert json.loads(body) == BODY


ANSWERS = {
    "taken otherwise": (reply(b"{}"), Code.BROKEN_ANSWER),
    "no JSON": (reply(b"ok", "202 Accepted", Content_Type="text/plain"), Code.BROKEN_ANSWER),
    "malformed": (reply(b'[{"message": "No builds."}]', "400 Bad Request"), Code.BAD_REQUEST),
    "token": (reply(b'{"code": 401, "message": "Unauthorized"}', "401 Unauthorized"), Code.UNAUTHORIZED),
    "permission": (reply(b'{"code": 403, "message": "Forbidden"}', "403 Forbidden"), Code.FORBIDDEN),
    "site": (reply(b'{"code": 404, "message": "Not Found"}', "404 Not Found"), Code.NOT_FOUND),
    "too much": (reply(b'[{"message": "Too large"}]', "413 Content Too Large"), Code.TOO_MUCH),
    "renamed": (reply(b"", "302 Found", Location="http://127.0.0.1:9/x"), Code.REDIRECTED),
    "pause": (reply(b"{}", "429 Too Many Requests", Retry_After="7"), Code.RATE_LIMITED),
    "down": (reply(b"{}", "503 Service Unavailable", Retry_After="9"), Code.MAINTENANCE),
    "error": (reply(b"{}", "500 Internal Server Error"), Code.SERVER_ERROR),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_other_answer_has_its_code(wire: Wire, name: str) -> None:
    answer, code = ANSWERS[name]
    trouble, _ = sent(wire, answer)
    assert isinstance(trouble, JiraTrouble) and trouble.code is code
    assert trouble.retry_after == {"pause": 7, "down": 9}.get(name)
    assert trouble.retryable == (name in ("pause", "down", "error"))


COMPLAINTS = {
    "a list": b'[{"message": "No builds.", "errorTraceId": "1"}]',
    "errorMessages of objects": b'{"errorMessages": [{"message": "No builds."}]}',
    "errorMessages": b'{"errorMessages": ["No builds."]}',
    "a message": b'{"code": 400, "message": "No builds."}',
}


@pytest.mark.parametrize("name", COMPLAINTS)
def test_jiras_complaint_is_kept_in_whichever_shape_it_comes(wire: Wire, name: str) -> None:
    trouble, _ = sent(wire, reply(COMPLAINTS[name], "400 Bad Request"))
    assert isinstance(trouble, JiraTrouble) and trouble.evidence["message"] == "No builds."


ODD = (b"[]", b"[1]", b"{}", b'[{"message": 1}]', b'{"errorMessages": {}}', b'{"errorMessages": [[]]}', b"3")


@pytest.mark.parametrize("body", ODD)
def test_a_complaint_in_an_odd_shape_is_one_without_words(wire: Wire, body: bytes) -> None:
    trouble, _ = sent(wire, reply(body, "400 Bad Request"))
    assert isinstance(trouble, JiraTrouble) and "message" not in trouble.evidence


TRIED = {
    "permission": (ANSWERS["permission"][0], Allowed.MISSING),
    "malformed": (ANSWERS["malformed"][0], Allowed.GRANTED),
    "nothing said": (reply(b"{}", "400 Bad Request"), Allowed.UNKNOWN),
    "a page of something else": (
        reply(b"<html><title>400</title>", "400 Bad Request", Content_Type="text/html"),
        Allowed.UNKNOWN,
    ),
    "a filter": (
        reply(b"<html><h1>403 Access denied</h1>", "403 Forbidden", Content_Type="text/html"),
        Allowed.UNKNOWN,
    ),
    "taken": (reply(b'{"acceptedBuilds": []}', "202 Accepted"), Allowed.UNKNOWN),
    "token": (ANSWERS["token"][0], Allowed.UNKNOWN),
    "site": (ANSWERS["site"][0], Allowed.UNKNOWN),
    "error": (ANSWERS["error"][0], Allowed.UNKNOWN),
}


@pytest.mark.parametrize("name", TRIED)
def test_what_a_list_of_nothing_tells_of_a_permission(wire: Wire, name: str) -> None:
    answer, expected = TRIED[name]
    with Server(always(answer)) as server, JiraOAuth2Session(wire=wire, bearer=Secret("token")) as session:
        atlassian = Atlassian.at(server.url, server.url)
        found, trouble = bulk.allowed(session, atlassian, PATH, {"builds": []})
    assert found is expected
    assert (trouble is None) == (name in ("malformed", "taken"))
    (request,) = server.requests
    assert json.loads(request.partition(b"\r\n\r\n")[2]) == {"builds": []}


def test_nothing_tells_where_nobody_answers(wire: Wire) -> None:
    atlassian = Atlassian.at("http://127.0.0.1:9", "http://127.0.0.1:9")
    with JiraOAuth2Session(wire=wire, bearer=Secret("token")) as session:
        found, trouble = bulk.allowed(session, atlassian, PATH, {"builds": []})
    assert found is Allowed.UNKNOWN and trouble is not None and trouble.retryable


def token_from(wire: Wire, answer: bytes, secret: str = "") -> tuple[Any, bytes]:
    """The token of a server that gives this answer, asked for at the API's host; and what it was sent."""
    secret = secret or canaries.new("client-secret")
    with Server(always(answer)) as server:
        url = Atlassian.at("http://127.0.0.1:9", server.url).credentials_url
        with JiraOAuth2Session("the-id", secret, wire=wire) as session:
            pair = session.token_for_itself(url, "api.atlassian.com")
    (request,) = server.requests
    return pair, request


def test_a_token_is_asked_for_in_json_by_id_and_secret(wire: Wire) -> None:
    secret = canaries.new("client-secret")
    pair, request = token_from(wire, TOKEN, secret)
    assert (pair.access_token, pair.refresh_token, pair.expires_in) == (Secret("new"), None, 900)
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /oauth/token HTTP/1.1") and b"Content-Type: application/json" in head
    assert json.loads(body) == {
        "audience": "api.atlassian.com",
        "grant_type": "client_credentials",
        "client_id": "the-id",
        "client_secret": secret,
    }


def refusal(error: str, status: str = "401 Unauthorized") -> bytes:
    return reply(json.dumps({"error": error, "error_description": "Unauthorized"}).encode(), status)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refusal("access_denied"), Code.CLIENT_REFUSED),
        (refusal("invalid_client", "403 Forbidden"), Code.CLIENT_REFUSED),
        (refusal("unauthorized_client"), Code.GRANT_REFUSED),
        (reply(b'{"access_token": "new", "token_type": "mac"}'), Code.BROKEN_ANSWER),
        (reply(b"", "302 Found", Location="http://127.0.0.1:9/x"), Code.REDIRECTED),
        (reply(b"{}", "503 Service Unavailable"), Code.MAINTENANCE),
    ],
)
def test_no_token(
    wire: Wire, code_of: Callable[[Callable[[], object]], Code], answer: bytes, code: Code
) -> None:
    assert code_of(lambda: token_from(wire, answer)) is code


def test_a_server_that_repeats_the_secret_is_not_quoted(wire: Wire) -> None:
    """It went in JSON, not in a form."""
    secret = canaries.new("client-secret")
    said = json.dumps({"error": "invalid_client", "error_description": f"no client with {secret}"})
    with pytest.raises(JiraTrouble) as caught:
        token_from(wire, reply(said.encode(), "401 Unauthorized"), secret)
    assert "no client with" in caught.value.evidence["message"]
    canaries.assert_none_in(str(caught.value), "the trouble")
