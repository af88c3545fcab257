"""The certificate a Jira presents: read over the guarded way, and verified like one of a call."""

import socket
import time
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from portal.clock import now
from portal.jira import certificates
from portal.jira.addresses import AddressPolicy
from portal.jira.base_urls import BaseUrl
from portal.jira.certificates import Certificate, certificate_of, refused
from portal.jira.tls import CaRefused
from portal.jira.trouble import Code, JiraTrouble
from portal.jira.wire import Wire
from tests.jira.conftest import LOOPBACK
from tests.jira.servers import Authority, Server, always, reply

CodeOf = Callable[[Callable[[], object]], Code]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make()


def seen_at(wire: Wire, server: Server, ca_pem: str | None) -> Certificate | None:
    return certificate_of(wire, BaseUrl.stored(server.url + "/jira"), ca_pem)


def test_it_tells_for_whom_by_whom_and_until_when(wire: Wire, authority: Authority, tmp_path: Path) -> None:
    with Server(always(reply()), tls=authority.server_context(tmp_path)) as server:
        seen = seen_at(wire, server, authority.pem)
        assert server.requests == []
    assert seen is not None
    assert (seen.subject, seen.issuer, seen.ends_at.tzinfo) == ("127.0.0.1", "Test authority", UTC)
    assert abs(seen.ends_at - now() - timedelta(days=10)) < timedelta(minutes=5)


def test_a_host_by_name_is_looked_at_by_that_name(wire: Wire, authority: Authority, tmp_path: Path) -> None:
    with Server(always(reply()), tls=authority.server_context(tmp_path, "localhost")) as server:
        base_url = BaseUrl.stored(f"https://localhost:{server.port}")
        seen = certificate_of(wire, base_url, authority.pem)
    assert seen is not None
    assert seen.subject == "localhost"


def test_one_that_a_call_would_not_take_is_the_same_trouble(
    wire: Wire, authority: Authority, tmp_path: Path, code_of: CodeOf
) -> None:
    with Server(always(reply()), tls=authority.server_context(tmp_path)) as server:
        assert code_of(lambda: seen_at(wire, server, None)) is Code.TLS_UNTRUSTED
        assert code_of(lambda: seen_at(wire, server, Authority.make().pem)) is Code.TLS_UNTRUSTED
        with pytest.raises(CaRefused):
            seen_at(wire, server, "no certificate")
    with Server(always(reply()), tls=authority.server_context(tmp_path, "jira.example.com")) as server:
        assert code_of(lambda: seen_at(wire, server, authority.pem)) is Code.TLS_WRONG_HOST
    ended = authority.server_context(tmp_path, expired=True)
    with Server(always(reply()), tls=ended) as server, pytest.raises(JiraTrouble) as caught:
        seen_at(wire, server, authority.pem)
    assert (caught.value.code, caught.value.evidence["host"]) == (Code.TLS_EXPIRED, "127.0.0.1")


def test_it_goes_only_where_a_call_may(
    wire: Wire, public_wire: Wire, authority: Authority, tmp_path: Path, code_of: CodeOf
) -> None:
    with Server(always(reply()), tls=authority.server_context(tmp_path)) as server:
        with pytest.raises(JiraTrouble) as caught:
            seen_at(public_wire, server, authority.pem)
        assert (caught.value.code, caught.value.evidence["host"]) == (Code.ADDRESS_REFUSED, "127.0.0.1")
        assert server.connections == 0
    assert code_of(lambda: seen_at(wire, server, authority.pem)) is Code.UNREACHABLE
    nowhere = BaseUrl.stored("https://no-such-host.invalid")
    assert code_of(lambda: certificate_of(wire, nowhere, None)) is Code.NAME_UNKNOWN


def test_a_port_that_speaks_no_tls_is_named(wire: Wire, code_of: CodeOf) -> None:
    with Server(always(reply())) as server:
        base_url = BaseUrl.stored(server.url.replace("http:", "https:"))
        assert code_of(lambda: certificate_of(wire, base_url, None)) is Code.TLS_OTHER


def test_a_host_that_never_shakes_hands_is_left_at_the_deadline(wire: Wire, code_of: CodeOf) -> None:
    wire.deadline = 0.5
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base_url = BaseUrl.stored(f"https://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        assert code_of(lambda: certificate_of(wire, base_url, None)) is Code.DEADLINE
        assert time.monotonic() - began < 10  # it would never end


def test_there_is_none_over_plain_http_or_behind_a_proxy(
    wire: Wire, authority: Authority, tmp_path: Path
) -> None:
    with Server(always(reply())) as server:
        assert seen_at(wire, server, None) is None
        assert server.connections == 0
    by_proxy = Wire(AddressPolicy(LOOPBACK), frozenset(), "Almoner/test", "http://127.0.0.1:9")
    with Server(always(reply()), tls=authority.server_context(tmp_path)) as server:
        assert seen_at(by_proxy, server, authority.pem) is None
        assert server.connections == 0


def test_no_transaction_may_be_open_meanwhile(
    wire: Wire, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same guard as before every call; here it only notes where the call was to go."""
    asked: list[str | None] = []
    monkeypatch.setattr(certificates, "before_send", [lambda request: asked.append(request.url)])
    with Server(always(reply()), tls=authority.server_context(tmp_path)) as server:
        seen_at(wire, server, authority.pem)
    assert asked == [f"{server.url}/jira"]


def test_names_are_short_and_bear_no_marks(wire: Wire) -> None:
    """They are written by whoever runs that host."""
    name = (
        (("organizationName", "Let\u202e's\n Encrypt"),),
        (("commonName", "R11"), ("countryName", "US")),
    )
    read = certificates._read({"subject": (), "issuer": name, "notAfter": "Jun  1 12:00:00 2090 GMT"})
    assert (read.subject, read.issuer) == ("", "R11, Let's Encrypt")
    assert read.ends_at.isoformat() == "2090-06-01T12:00:00+00:00"
    long = certificates._name(((("commonName", "x" * 5000),),))
    assert len(long) == 120


def test_which_one_was_refused_is_read_and_nothing_is_sent(
    wire: Wire, public_wire: Wire, authority: Authority, tmp_path: Path
) -> None:
    with Server(always(reply()), tls=authority.server_context(tmp_path, "jira.example.com")) as server:
        base_url = BaseUrl.stored(server.url)
        seen = refused(wire, base_url)
        assert seen is not None
        assert (seen.names, seen.issuer) == (["jira.example.com"], "Test authority")
        assert seen.begins_at < now() < seen.ends_at
        assert server.requests == []
        connections = server.connections
        assert refused(public_wire, base_url) is None, "it goes only where a call may"
        assert server.connections == connections
    assert refused(wire, base_url) is None, "nobody is there any more"
