"""TLS is verified always; an account's own authority is trusted for that account only."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.jira.tls import CaRefused
from portal.jira.trouble import Code
from portal.jira.wire import Wire
from tests.jira.servers import Authority, Server, always, reply

CodeOf = Callable[[Callable[[], object]], Code]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


def test_private_authority_works_for_its_account_only(
    wire: Wire, authority: Authority, folder: Path, code_of: CodeOf
) -> None:
    with Server(always(reply(b'{"ok": 1}')), tls=authority.server_context(folder)) as server:
        assert wire.session(authority.pem).get(server.url).json() == {"ok": 1}
        assert code_of(lambda: wire.session().get(server.url)) is Code.TLS_UNTRUSTED
        assert code_of(lambda: wire.session(Authority.make().pem).get(server.url)) is Code.TLS_UNTRUSTED
        assert len(server.requests) <= 3
        assert sum(b"GET" in request for request in server.requests) == 1


def test_verify_false_changes_nothing(
    wire: Wire, authority: Authority, folder: Path, code_of: CodeOf
) -> None:
    with Server(always(reply()), tls=authority.server_context(folder)) as server:
        assert code_of(lambda: wire.session().get(server.url, verify=False)) is Code.TLS_UNTRUSTED


def test_wrong_host_is_named(wire: Wire, authority: Authority, folder: Path, code_of: CodeOf) -> None:
    with Server(always(reply()), tls=authority.server_context(folder, "jira.example.com")) as server:
        assert code_of(lambda: wire.session(authority.pem).get(server.url)) is Code.TLS_WRONG_HOST


def test_wrong_name_is_named(wire: Wire, authority: Authority, folder: Path, code_of: CodeOf) -> None:
    context = authority.server_context(folder, "jira.example.com")
    with Server(always(reply()), tls=context) as server:
        url = f"https://localhost:{server.port}"
        assert code_of(lambda: wire.session(authority.pem).get(url)) is Code.TLS_WRONG_HOST


def test_expired_certificate_is_named(
    wire: Wire, authority: Authority, folder: Path, code_of: CodeOf
) -> None:
    with Server(always(reply()), tls=authority.server_context(folder, expired=True)) as server:
        assert code_of(lambda: wire.session(authority.pem).get(server.url)) is Code.TLS_EXPIRED


def test_no_tls_at_all_is_named(wire: Wire, code_of: CodeOf) -> None:
    with Server(always(reply())) as server:
        assert code_of(lambda: wire.session().get(f"https://127.0.0.1:{server.port}")) is Code.TLS_OTHER


def test_dripping_over_tls_meets_the_deadline(
    wire: Wire, authority: Authority, folder: Path, code_of: CodeOf
) -> None:
    def drip(request: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
        for _ in range(50):
            time.sleep(0.3)
            yield b"x"

    wire.deadline = 0.5
    with Server(drip, tls=authority.server_context(folder)) as server:
        began = time.monotonic()
        assert code_of(lambda: wire.session(authority.pem).get(server.url)) is Code.DEADLINE
        assert time.monotonic() - began < 7  # all of it takes 15


@pytest.mark.parametrize(
    "text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----"]
)
def test_what_is_no_certificate_is_refused(wire: Wire, text: str) -> None:
    with pytest.raises(CaRefused, match="Paste"):
        wire.session(text)


def test_a_private_key_is_no_certificate(wire: Wire) -> None:
    with pytest.raises(CaRefused):
        wire.session("x" * 100_000)
