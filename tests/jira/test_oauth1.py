"""Signing, checked by oauthlib, and the token calls (T32, T41)."""

import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest
from authlib.integrations.base_client import BaseApp
from authlib.integrations.base_client.sync_app import OAuth1Mixin
from authlib.oauth1 import ClientAuth
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from oauthlib.common import Request
from oauthlib.oauth1.rfc5849.signature import collect_parameters, verify_rsa_sha1

from portal.jira.oauth1 import JiraOAuth1Session, rsa_sha1_available
from portal.jira.oauth_tokens import read_token
from portal.jira.private_keys import SigningKey
from portal.jira.trouble import Code, JiraTrouble
from portal.jira.wire import Wire
from tests.jira.servers import Server, always, reply
from tests.jira.test_oauth_problems import answer

GRANTED = (
    b"oauth_token=t0ken&oauth_token_secret=s3cret&oauth_callback_confirmed=true&oauth_expires_in=157680000"
)
Make = Callable[..., JiraOAuth1Session]


@pytest.fixture
def session(wire: Wire, rsa_key: rsa.RSAPrivateKey) -> Make:
    return lambda **options: JiraOAuth1Session("almoner", wire=wire, rsa_key=rsa_key, **options)


def header(request: bytes, name: str) -> str:
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return next(
        (line.partition(": ")[2] for line in lines if line.lower().startswith(name.lower() + ":")), ""
    )


def oauth(request: bytes) -> dict[str, str]:
    return dict(collect_parameters(headers={"Authorization": header(request, "Authorization")}))


def verified(request: bytes, server: Server, key: SigningKey) -> bool:
    """Whether oauthlib, which knows nothing of Authlib, finds the signature right for what was sent."""
    method, target, _ = request.split(b"\r\n")[0].decode().split(" ")
    query = target.partition("?")[2]
    authorization = header(request, "Authorization")
    checked = Request(server.url + target, method, None, {})
    checked.params = collect_parameters(query, headers={"Authorization": authorization})
    signature = collect_parameters(headers={"Authorization": authorization}, exclude_oauth_signature=False)
    checked.signature = dict(signature)["oauth_signature"]
    return bool(verify_rsa_sha1(checked, key.public_pem))


@pytest.mark.parametrize(
    "target",
    [
        "/rest/api/2/myself",
        "/rest?jql=a%20%3D%20%22b%22&x=1&x=0",
        "/r?q=it's $5 [1]&e=",
        "/r/%C3%BC;v=1?a=~-._",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_oauthlib_agrees_with_every_signature(
    session: Make, signing_key: SigningKey, method: str, target: str
) -> None:
    with Server(always(reply())) as server:
        body = {"name": "x"} if method in {"POST", "PUT"} else None
        session(token="t").request(method, server.url + target, json=body)
        assert verified(server.requests[0], server, signing_key)


def test_each_attempt_has_its_own_nonce(session: Make) -> None:
    with Server(always(reply(Connection="keep-alive"))) as server:
        signed = session(token="t")
        for _ in range(50):
            signed.get(server.url)
        nonces = {oauth(request)["oauth_nonce"] for request in server.requests}
    assert len(nonces) == 50
    assert all(len(nonce) >= 22 for nonce in nonces), "22 of 62 characters are 128 bit"


def test_the_control_spoils_the_signature_once(session: Make, signing_key: SigningKey) -> None:
    with Server(always(reply())) as server:
        signed = session(token="t")
        signed.forged("GET", server.url)
        signed.get(server.url)
        assert [verified(request, server, signing_key) for request in server.requests] == [False, True]


def test_authlibs_own_table_of_signers_is_left_alone() -> None:
    assert ClientAuth.SIGNATURE_METHODS["RSA-SHA1"].__module__.startswith("authlib")


def test_plain_http_is_signed_for_listed_hosts_only(
    wire: Wire, session: Make, code_of: Callable[..., Code], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", server.port))])
    with Server(always(reply())) as server:
        url = f"http://jira.internal:{server.port}/"
        assert code_of(lambda: session(token="t").get(url)) is Code.PLAIN_HTTP_REFUSED
        wire.plain_http_hosts |= {"jira.internal"}
        assert session(token="t").get(url).status_code == 200


def skewed(seconds: int) -> Callable[[bytes], Iterator[bytes]]:
    """A Jira whose clock is off, with a window of five minutes."""

    def respond(request: bytes) -> Iterator[bytes]:
        theirs = time.time() + seconds
        good = abs(int(oauth(request)["oauth_timestamp"]) - theirs) < 300
        body = b"{}" if good else b"oauth_problem=timestamp_refused"
        yield reply(body, "200 OK" if good else "400 Bad", Date=formatdate(theirs, usegmt=True))

    return respond


@pytest.mark.parametrize("minutes, calls, status", [(10, 2, 200), (-10, 2, 200), (0, 1, 200), (90, 1, 400)])
def test_jiras_clock_is_learned_within_an_hour(session: Make, minutes: int, calls: int, status: int) -> None:
    with Server(skewed(minutes * 60)) as server:
        assert session(token="t").get(server.url).status_code == status
        nonces = {oauth(request)["oauth_nonce"] for request in server.requests}
    assert len(nonces) == calls


def test_the_whole_dance_through_authlibs_app(wire: Wire, rsa_key: rsa.RSAPrivateKey) -> None:
    class App(OAuth1Mixin, BaseApp):  # type: ignore[misc]
        client_cls = JiraOAuth1Session

    with Server(always(reply(GRANTED, Content_Type="text/plain"))) as server:
        app = App(
            SimpleNamespace(), client_id="almoner", request_token_url=server.url + "/request-token",
            access_token_url=server.url + "/access-token", authorize_url=server.url + "/authorize",
            client_kwargs={"wire": wire, "rsa_key": rsa_key},
        )  # fmt: skip
        begun = app.create_authorization_url("https://portal.example/callback")
        token = app.fetch_access_token(begun["request_token"], oauth_verifier="abc123")
        first, second = (oauth(request) for request in server.requests)
    assert begun["url"] == server.url + "/authorize?oauth_token=t0ken"
    assert first["oauth_callback"] == "https://portal.example/callback"
    assert (second["oauth_token"], second["oauth_verifier"]) == ("t0ken", "abc123")
    assert (token["oauth_token"], token.expires_in) == ("t0ken", 157680000)
    assert "t0ken" not in f"{token} {token!r}"


CONFIRMED = b"&oauth_callback_confirmed=true"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"oauth_token", b"\xff\xfe", b"oauth_token=" + CONFIRMED,
        b"oauth_token=a%0Ab" + CONFIRMED,
        b"oauth_token=a", b"oauth_token=a&oauth_callback_confirmed=false", b"oauth_token=%FF" + CONFIRMED,
        b"oauth_token=a&oauth_token=b" + CONFIRMED, b"oauth_token=" + b"a" * 9000 + CONFIRMED,
    ],
)  # fmt: skip
def test_odd_token_answers_are_broken(body: bytes) -> None:
    response = answer(status=200)
    response._content = body
    with pytest.raises(JiraTrouble) as caught:
        read_token(response, needs_confirmation=True)
    assert caught.value.code is Code.BROKEN_ANSWER


@pytest.mark.parametrize("lifetime", ["-1", "1e12", "99999999999999", "abc", ""])
def test_odd_lifetimes_are_no_lifetime(lifetime: str) -> None:
    token = read_token(answer(f"oauth_token=a&oauth_expires_in={lifetime}", 200), needs_confirmation=False)
    assert token.expires_in is None


def test_a_login_page_instead_of_a_token_is_named(session: Make, code_of: Callable[..., Code]) -> None:
    page = b"<!DOCTYPE html><html><title>Log in - Jira</title><input name=os_username></html>"
    with Server(always(reply(page, Content_Type="text/html;charset=UTF-8"))) as server:
        assert code_of(lambda: session().fetch_request_token(server.url)) is Code.HTML_INSTEAD_OF_JSON


def test_a_token_answer_may_have_one_mebibyte(session: Make, code_of: Callable[..., Code]) -> None:
    with Server(always(reply(b"a" * 1024 * 1025))) as server:
        assert code_of(lambda: session().fetch_request_token(server.url)) is Code.TOO_LARGE


def test_a_machine_that_forbids_sha1_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rsa_sha1_available()

    def forbidden(*_: Any) -> str:
        raise UnsupportedAlgorithm("sha1 is not supported by this backend for RSA signing")

    monkeypatch.setattr("portal.jira.oauth1.signature", forbidden)
    assert not rsa_sha1_available()
