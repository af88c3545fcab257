"""A server that repeats what it was sent: no part of a credential is left in what it said."""

import base64
import html
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import pytest
import requests

from portal.jira.answers import JiraTrouble, json_answer, trouble_from_response
from portal.jira.oauth1 import JiraOAuth1Session
from portal.jira.oauth2 import JiraOAuth2Session
from portal.jira.token_session import JiraTokenSession
from portal.jira.trouble import Code
from portal.jira.wire import Wire
from portal.secret import Secret
from tests.jira.servers import Server, always, reply

PASSWORD = "pä ss:w&rd/9+x"
TOKEN = "cnry0Token/of+some-40~characters.and.more=="
LONG = "eyJhbGciOiJSUzI1NiJ9." + "a1B2c3D4" * 200
FORM = {"client_secret": "cnry-said-client-secret", "refresh_token": "cnry-said-refresh-token+/"}
Session = JiraTokenSession | JiraOAuth1Session | JiraOAuth2Session
Write = Callable[[str], str]
WRITINGS: list[Write] = [str, str.upper, str.lower, lambda text: quote(text, safe=""), html.escape, quote]


def _sessions(wire: Wire, key: Any) -> dict[str, Session]:
    return {
        "password": JiraTokenSession(wire=wire, secret=Secret(PASSWORD), login="ada"),
        "API token": JiraTokenSession(wire=wire, secret=Secret(TOKEN), login="ada@example.com"),
        "personal access token": JiraTokenSession(wire=wire, secret=Secret(TOKEN)),
        "OAuth 2.0": JiraOAuth2Session(wire=wire, bearer=Secret(LONG)),
        "OAuth 1.0a": JiraOAuth1Session("almoner", wire=wire, rsa_key=key, token="cnry-said-oauth-token"),
    }


METHODS = ["password", "API token", "personal access token", "OAuth 2.0", "OAuth 1.0a"]


def _secrets(request: bytes) -> list[str]:
    """Everything of a request that nobody may read, the longest first."""
    head, _, body = request.decode("latin-1").partition("\r\n\r\n")
    header = next((line for line in head.split("\r\n") if line.lower().startswith("authorization:")), "")
    value = header.partition(": ")[2]
    scheme, _, rest = value.partition(" ")
    found = [value, rest] + [text for name, text in parse_qsl(body) if name in FORM]
    if scheme == "Basic":
        pair = base64.b64decode(rest).decode()
        found += [pair, pair.partition(":")[2]]
    if scheme == "OAuth":
        params = dict(part.partition("=")[::2] for part in rest.split(", "))
        found += [unquote(params[name].strip('"')) for name in ("oauth_token", "oauth_signature")]
    return [text for text in found if text]


def _json(said: str) -> bytes:
    return reply(json.dumps({"errorMessages": [f"Invalid header: <{said}> here"]}).encode(), "403 No")


def _page(said: str) -> bytes:
    page = f"<html><title>No: {html.escape(said)}</title>".encode()
    return reply(page, Content_Type="text/html;charset=utf-8")


def _problem(said: str) -> bytes:
    text = f"oauth_problem=parameter_rejected&oauth_parameters_rejected={quote(said)}"
    return reply(text.encode(), "401 No", Content_Type="text/plain")


def _header(said: str) -> bytes:
    value = f'OAuth realm="x", oauth_problem="{quote("odd " + said)}"'
    return reply(b"", "401 No", WWW_Authenticate=value, Content_Type="text/plain")


def _elsewhere(said: str) -> bytes:
    host = "".join(c for c in said if c.isascii() and c.isalnum())
    return reply(b"", "302 Found", Location=f"https://{host}.example.org/")


def _refused(said: str) -> bytes:
    return reply(json.dumps({"error": said, "error_description": said}).encode(), "400 No")


class Echo:
    """Answers with the secrets of each request in turn; ``written`` is the one it answered with."""

    def __init__(self, answer: Callable[[str], bytes], write: Write) -> None:
        self.answer, self.write = answer, write
        self.turn, self.many, self.written = 0, 1, ""

    def __call__(self, request: bytes) -> list[bytes]:
        found = _secrets(request)
        self.many, self.written = len(found), self.write(found[self.turn])
        return [self.answer(self.written)]


def _told(
    ask: Callable[[str], requests.Response], answer: Callable[[str], bytes], write: Write
) -> Iterator[tuple[str, str]]:
    """Each secret, as it was written, beside what is known of the answer with it."""
    echo = Echo(answer, write)
    with Server(echo) as server:
        while echo.turn < echo.many:
            try:
                trouble = trouble_from_response(ask(server.url))
            except JiraTrouble as met:
                trouble = met
            assert trouble is not None
            yield echo.written, str(trouble)
            echo.turn += 1


@pytest.mark.parametrize("write", WRITINGS)
@pytest.mark.parametrize("answer", [_json, _page, _problem, _header])
@pytest.mark.parametrize("method", METHODS)
def test_no_credential_is_left_in_what_came_back(
    wire: Wire, rsa_key: Any, method: str, answer: Callable[[str], bytes], write: Write
) -> None:
    session = _sessions(wire, rsa_key)[method]
    for secret, told in _told(session.get, answer, write):
        assert secret.lower() not in told.lower()
        assert "…" in told
        assert secret[-8:].lower() not in told.lower()


def test_nor_in_the_address_it_sends_us_to(wire: Wire, rsa_key: Any) -> None:
    session = _sessions(wire, rsa_key)["OAuth 1.0a"]
    for _, told in _told(session.get, lambda said: _elsewhere("cnrysaidoauthtoken"), str):
        assert told.startswith(str(Code.REDIRECTED))
    session = JiraTokenSession(wire=wire, secret=Secret("Plain0Token0Of0Letters"))
    for _, told in _told(session.get, _elsewhere, str):
        assert "0of0letters" not in told


@pytest.mark.parametrize("write", WRITINGS)
@pytest.mark.parametrize("answer", [_json, _refused])
def test_nor_a_secret_of_a_form(wire: Wire, answer: Callable[[str], bytes], write: Write) -> None:
    session = JiraOAuth2Session("almoner", FORM["client_secret"], wire=wire)

    def ask(url: str) -> Any:
        return session.refresh_token(url, refresh_token=FORM["refresh_token"])

    for secret, told in _told(ask, answer, write):
        assert secret.lower() not in told.lower()
        assert "…" in told


def test_a_cut_token_is_known_by_how_it_begins(wire: Wire) -> None:
    session = JiraTokenSession(wire=wire, secret=Secret(TOKEN))
    with Server(lambda request: [_json(_secrets(request)[1][:20])]) as server:
        assert TOKEN[:6] not in str(trouble_from_response(session.get(server.url)))


def test_a_good_answer_loses_the_token_and_keeps_the_name(wire: Wire) -> None:
    token = JiraTokenSession(wire=wire, secret=Secret(TOKEN))
    with Server(always(reply(json.dumps([{"serverTitle": f"It is {TOKEN}"}]).encode()))) as server:
        assert json_answer(token.get(server.url)) == [{"serverTitle": "It is …"}]
    named = JiraTokenSession(wire=wire, secret=Secret("admin"), login="admin")
    with Server(always(reply(b'{"name": "admin"}'))) as server:
        assert json_answer(named.get(server.url)) == {"name": "admin"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Basic YWRtaW46c2VjcmV0 is wrong", "Basic … is wrong"),
        ("authorization: bearer%20abcdefgh12345", "authorization: bearer%20…"),
        ('OAuth oauth_token="abc", oauth_signature="x"', "OAuth …"),
        ("Basic Authentication is off", "Basic Authentication is off"),
        ("OAuth 2.0 is needed, not a Bearer token", "OAuth 2.0 is needed, not a Bearer token"),
    ],
)
def test_what_looks_like_a_token_is_left_out_whosever_it_is(text: str, shown: str) -> None:
    assert JiraTrouble(Code.FORBIDDEN, message=text).evidence["message"] == shown
