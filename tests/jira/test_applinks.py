"""Making an application link by Jira's REST interface: two calls, and what may come instead of either."""

import json
from collections.abc import Iterable

import pytest

from portal.jira.answers import Code, JiraTrouble
from portal.jira.applinks import HalfMade, NewLink, make_link
from portal.jira.base_urls import BaseUrl
from portal.jira.token_session import JiraTokenSession
from portal.jira.wire import Wire
from portal.secret import Secret
from tests.jira.servers import Server, reply

LINK = NewLink("Almoner", "https://almoner.example.org", "almoner-acme", "Almoner (Acme)", "PEM\n")
HREF = "https://elsewhere.example/rest/applinks/3.0/applicationlink/{}"
ID = "0b5c6a1e-8a2f-4b6f-9d4e-2a7a1f0c9b11"


def made(link_id: str = ID) -> bytes:
    body = {"resources-created": [{"href": HREF.format(link_id), "rel": "self"}], "status-code": 201}
    return reply(json.dumps(body).encode(), "201 Created")


def answers(*parts: bytes):
    """The first of them to the first call, and so on."""
    left = list(parts)

    def answer(request: bytes) -> Iterable[bytes]:
        return [left.pop(0)]

    return answer


def ask(wire: Wire, server: Server) -> None:
    session = JiraTokenSession(wire=wire, secret=Secret("a-token-of-an-admin"))
    make_link(session, BaseUrl.stored(f"{server.url}/jira"), LINK)


def test_two_calls_make_link_and_incoming_side(wire):
    with Server(answers(made(), made())) as server:
        ask(wire, server)
    heads = [request.partition(b"\r\n\r\n")[0].decode() for request in server.requests]
    bodies = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in server.requests]
    assert heads[0].startswith("PUT /jira/rest/applinks/3.0/applicationlink HTTP/1.1")
    path = f"/jira/rest/applinks-oauth/1.0/applicationlink/{ID}/authentication/consumer"
    assert heads[1].startswith(f"PUT {path} HTTP/1.1"), "at our Jira, wherever the answer says it is"
    assert bodies[0]["rpcUrl"] == bodies[0]["displayUrl"] == "https://almoner.example.org"
    assert bodies[1]["key"] == "almoner-acme" and bodies[1]["publicKey"] == "PEM"
    assert bodies[1]["twoLOAllowed"] is False and bodies[1]["outgoing"] is False
    assert all("Authorization: Bearer a-token-of-an-admin" in head for head in heads)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(b"{}", "401 Unauthorized"), Code.UNAUTHORIZED),
        (reply(b'{"message": "no"}', "403 Forbidden"), Code.FORBIDDEN),
        (reply(b"{}", "404 Not Found"), Code.NOT_FOUND),
        (reply(b"{}", "409 Conflict"), Code.BAD_REQUEST),
        (reply(b"{}", "500 Internal Server Error"), Code.SERVER_ERROR),
        (reply(b"", "302 Found", Location="/login.jsp"), Code.REDIRECTED),
        (reply(b"<html><title>Log in</title>", Content_Type="text/html"), Code.HTML_INSTEAD_OF_JSON),
    ],
)
def test_what_is_refused_at_first_made_nothing(wire, answer, code):
    with Server(answers(answer)) as server, pytest.raises(JiraTrouble) as caught:
        ask(wire, server)
    assert caught.value.code is code and len(server.requests) == 1


@pytest.mark.parametrize(
    "second", [reply(b"{}", "400 Bad Request"), reply(b"{}", "500 Internal Server Error")], ids=["400", "500"]
)
def test_where_the_incoming_side_is_refused_the_link_is_half_made(wire, second):
    with Server(answers(made(), second)) as server, pytest.raises(HalfMade) as caught:
        ask(wire, server)
    assert caught.value.trouble.evidence["status"] in ("400", "500")


@pytest.mark.parametrize(
    "first",
    [
        made("../../2/user"),
        made(""),
        reply(b"<status/>", "201 Created", Content_Type="application/xml"),
        reply(b"[]", "201 Created"),
        reply(b'{"resources-created": []}', "201 Created"),
        reply(b'{"resources-created": [{"href": 7}]}', "201 Created"),
    ],
    ids=["dots", "empty", "xml", "list", "none", "number"],
)
def test_an_id_that_is_none_is_called_nowhere(wire, first):
    with Server(answers(first)) as server, pytest.raises(HalfMade) as caught:
        ask(wire, server)
    assert caught.value.trouble.code is Code.BROKEN_ANSWER and len(server.requests) == 1
