"""Basic and Bearer over the wire: what is sent with each call, and what is never sent at all."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.jira.answers import json_answer
from portal.jira.base_urls import BaseUrl
from portal.jira.client import JiraClient
from portal.jira.tls import CaRefused
from portal.jira.token_session import JiraTokenSession
from portal.jira.trouble import Code, JiraTrouble
from portal.jira.wire import Wire
from portal.secret import Secret
from tests.jira.servers import Authority, Server, always, reply
from tests.support import canaries

CodeOf = Callable[[Callable[[], object]], Code]
ADA = reply(json.dumps({"key": "JIRAUSER1", "name": "ada"}).encode(), X_AUSERNAME="ada")
REFUSED = reply(b'{"message": "Client must be authenticated to access this resource."}', "401 Unauthorized")


def authorization(request: bytes) -> str:
    """The one header with credentials."""
    lines = request.partition(b"\r\n\r\n")[0].split(b"\r\n")
    (line,) = [line for line in lines if line.lower().startswith(b"authorization:")]
    return line.decode("ascii").partition(": ")[2]


def pair(request: bytes) -> tuple[str, str]:
    """Login and secret of a request by Basic."""
    scheme, _, value = authorization(request).partition(" ")
    assert scheme == "Basic"
    login, _, secret = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    return login, secret


def basic(wire: Wire, login: str = "ada", secret: str = "s3cret", **more: str) -> JiraTokenSession:
    return JiraTokenSession(wire=wire, secret=Secret(secret), login=login, **more)


def bearer(wire: Wire, secret: str = "pat") -> JiraTokenSession:
    return JiraTokenSession(wire=wire, secret=Secret(secret))


def test_with_a_login_every_call_carries_both(wire: Wire) -> None:
    with Server(always(ADA)) as server:
        session = basic(wire, "ada@example.com", "to:ken=")
        jira = JiraClient(session, BaseUrl.stored(server.url + "/jira"))
        assert jira.myself().name == "ada"
        jira.get(("rest", "api", "2", "field"))
    assert [pair(request) for request in server.requests] == [("ada@example.com", "to:ken=")] * 2
    assert all(b"to:ken" not in request for request in server.requests)


@pytest.mark.parametrize(
    ("login", "secret"),
    [("jürgen", "pässwörd€"), ("ada lovelace", " with blanks "), ("ада", "密码"), ("ada", "")],
    ids=["umlauts", "blanks", "other scripts", "empty"],
)
def test_both_go_in_utf_8(wire: Wire, login: str, secret: str) -> None:
    """RFC 7617, section 2.1; Latin-1 would make another password of it, or none."""
    with Server(always(ADA)) as server:
        json_answer(basic(wire, login, secret).get(server.url))
    assert pair(server.requests[0]) == (login, secret)


def test_a_personal_access_token_goes_as_bearer(wire: Wire) -> None:
    with Server(always(ADA)) as server:
        json_answer(bearer(wire, "NjA1OTY4OTI2Mzg5OrSX/+==").get(server.url))
    assert authorization(server.requests[0]) == "Bearer NjA1OTY4OTI2Mzg5OrSX/+=="


@pytest.mark.parametrize(
    "secret",
    ["", "two words", "token\n", "token\r\nX-Other: 1", "to\u200bken", "t\u043eken", "t=oken", "töken"],
    ids=["empty", "blank", "line end", "second header", "unseen", "other script", "middle", "umlaut"],
)
def test_what_no_header_holds_is_not_sent(wire: Wire, code_of: CodeOf, secret: str) -> None:
    """Neither crashes nor splits the header: it is a token that no Jira gave out."""
    with Server(always(ADA)) as server:
        assert code_of(lambda: bearer(wire, secret).get(server.url)) is Code.UNAUTHORIZED
        assert server.connections == 0


@pytest.mark.parametrize("login", ["ada:x", "ada\n"], ids=["colon", "line end"])
def test_a_login_that_would_be_read_as_another_is_not_sent(wire: Wire, code_of: CodeOf, login: str) -> None:
    with Server(always(ADA)) as server:
        assert code_of(lambda: basic(wire, login).get(server.url)) is Code.UNAUTHORIZED
        assert server.connections == 0


def test_a_forged_call_with_a_login_carries_nothing(wire: Wire) -> None:
    """A wrong password would count towards that person's captcha, and a made-up name looks like an attack."""
    with Server(always(REFUSED)) as server:
        session = basic(wire)
        session.forged("GET", server.url)
        session.get(server.url)
    forged, real = server.requests
    assert b"authorization" not in forged.lower()
    assert pair(real) == ("ada", "s3cret")


def test_a_forged_call_by_bearer_carries_a_token_nobody_gave_out(wire: Wire) -> None:
    with Server(always(REFUSED)) as server:
        session = bearer(wire)
        for _ in range(2):
            session.forged("GET", server.url)
    first, second = (authorization(request) for request in server.requests)
    assert first != second
    assert all(
        sent.startswith("Bearer ") and len(sent) > 50 and sent[7:] != "pat" for sent in (first, second)
    )


def test_the_control_tells_whether_secrets_count(wire: Wire) -> None:
    anonymous = reply(b"{}", X_AUSERNAME="anonymous")
    for answer, code in [(REFUSED, Code.UNAUTHORIZED), (anonymous, Code.ANONYMOUS), (ADA, None)]:
        for session in (basic(wire), bearer(wire)):
            with Server(always(answer)) as server:
                refused = JiraClient(session, BaseUrl.stored(server.url)).forgery_refused()
            assert (refused.code if refused else None) is code


def test_a_redirect_gets_no_secret(wire: Wire, code_of: CodeOf) -> None:
    with Server(always(ADA), "127.0.0.7") as sink:
        with Server(always(reply(b"", "302 Found", Location=sink.url + "/rest"))) as server:
            jira = JiraClient(basic(wire), BaseUrl.stored(server.url))
            assert code_of(jira.myself) is Code.REDIRECTED
        assert sink.connections == 0


def test_the_wire_guards_it_as_every_session(public_wire: Wire, wire: Wire, code_of: CodeOf) -> None:
    with Server(always(ADA)) as server:
        assert code_of(lambda: basic(public_wire).get(server.url)) is Code.PLAIN_HTTP_REFUSED
        over_tls = server.url.replace("http:", "https:")
        assert code_of(lambda: basic(public_wire).get(over_tls)) is Code.ADDRESS_REFUSED
    assert code_of(lambda: basic(wire).get(server.url)) is Code.UNREACHABLE


def test_it_trusts_the_authority_of_its_account(wire: Wire, tmp_path: Path, code_of: CodeOf) -> None:
    authority = Authority.make()
    with Server(always(ADA), tls=authority.server_context(tmp_path)) as server:
        assert basic(wire, ca_pem=authority.pem).get(server.url).json()["name"] == "ada"
        assert code_of(lambda: basic(wire).get(server.url)) is Code.TLS_UNTRUSTED
    with pytest.raises(CaRefused):
        basic(wire, ca_pem="no certificate")


def test_no_secret_stands_in_trouble_or_repr(wire: Wire) -> None:
    secret = canaries.new("token")
    for session in (basic(wire, secret=secret), bearer(wire, secret)):
        with Server(always(REFUSED)) as server, pytest.raises(JiraTrouble) as caught:
            json_answer(session.get(server.url))
        canaries.assert_none_in(f"{caught.value!r} {caught.value.evidence} {session.__dict__}", "trouble")
