"""The TLS certificate of an account's Jira: seen when a test passes and by the clock, told before it ends."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from portal import clock
from portal.alm_accounts import certificates
from portal.alm_accounts.certificates import look, look_where_due
from portal.alm_accounts.testing import run_test
from portal.jira.wire import Wire
from portal.store.tables import AlmAccount, Certificate
from portal.store.work import Work
from tests.jira.servers import Authority, Server, reply
from tests.support.accounts import connected_account
from tests.support.hostile import OddJira
from tests.support.office import Office
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

DAY = timedelta(days=1)


class CheckingJira(OddJira):
    """Answers a call, and refuses the next one that asks who it is: that is the spoiled one of a test."""

    def __call__(self, request: bytes) -> Iterator[bytes]:
        if b"/myself" not in request.split(b"\r\n", 1)[0]:
            yield from super().__call__(request)
            return
        self.given += 1
        problem = 'OAuth oauth_problem="signature_invalid"'
        refused = reply(b"", "401 Unauthorized", WWW_Authenticate=problem)
        yield from [refused] if self.given % 2 == 0 else super().__call__(request)


@dataclass(frozen=True)
class Https:
    """An office whose Jira is reached over https; ``serve`` is it, with a certificate of so many days."""

    office: Office
    authority: Authority
    folder: Path

    def serve(self, days: int = 10, port: int = 0) -> Server:
        with time_machine.travel(clock.now() + timedelta(days=days - 10)):
            context = self.authority.server_context(self.folder)
        server = Server(CheckingJira(), tls=context, port=port)
        self.office.edit(AlmAccount, base_url=server.url, ca_pem=self.authority.pem)
        return server

    @property
    def work(self) -> Work:
        return self.office.work

    def test(self) -> bool:
        return run_test(self.work, self.office.registry, self.office.account_id, None).passed

    def look(self) -> None:
        look(self.work, self.office.registry, self.office.account_id)

    def look_where_due(self, now: datetime | None = None) -> None:
        look_where_due(self.work, self.office.registry, now or clock.now())

    @property
    def days_left(self) -> int | None:
        """Of the certificate that is stored."""
        with self.work.read() as session:
            row = session.get(Certificate, (self.office.tenant.id, self.office.account_id))
        return round((row.ends_at - clock.now()) / DAY) if row else None


@pytest.fixture
def https(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, tmp_path: Path) -> Https:
    office = Office(portal, sandbox, tenant, connected_account(portal, sandbox, tenant))
    return Https(office, Authority.make(), tmp_path)


def test_a_passed_test_shows_when_the_certificate_ends(https: Https, sign_in: Callable[..., Person]) -> None:
    admin = sign_in(https.office.tenant.admin)
    with https.serve():
        admin.get(https.office.path())
        admin.submit("Test connection")
        assert admin.page.text.count("Passed") == 3, admin.page.text
    text = admin.get(https.office.path()).text
    assert https.days_left == 10
    assert "TLS certificate of that Jira" in text and "in 9 days" in text and "Ending soon" in text


def test_a_test_that_failed_looks_at_nothing(https: Https) -> None:
    with https.serve() as server:
        assert https.test()
        server._answer.given = 1  # type: ignore[attr-defined]  # the real call is refused, the spoiled one answered
        https.office.edit(Certificate, seen_at=clock.now() - 30 * DAY)
        assert not https.test()
        with https.work.read() as session:
            row = session.get_one(Certificate, (https.office.tenant.id, https.office.account_id))
        assert clock.now() - row.seen_at > 29 * DAY


def test_a_renewed_certificate_is_seen_by_itself(https: Https) -> None:
    with https.serve() as server:
        https.look()
    assert https.days_left == 10
    with https.serve(days=19, port=server.port):
        https.look_where_due()
    assert https.days_left == 19


def test_one_that_lasts_is_looked_at_every_seven_days(https: Https) -> None:
    with https.serve() as server:
        https.look_where_due()
        https.office.edit(Certificate, ends_at=clock.now() + 300 * DAY)
        seen = server.connections
        https.look_where_due(clock.now() + 6 * DAY)
        assert server.connections == seen
        https.look_where_due(clock.now() + 8 * DAY)
        assert server.connections == seen + 1
    assert https.days_left == 10


def test_what_keeps_it_from_being_seen_changes_nothing(https: Https) -> None:
    with https.serve():
        https.look()
        https.office.edit(AlmAccount, ca_pem=Authority.make().pem)
        https.look()
        https.office.edit(AlmAccount, ca_pem="no certificate")
        https.look()
    https.office.edit(AlmAccount, ca_pem=https.authority.pem)
    https.look()
    assert https.days_left == 10


def test_over_plain_http_none_is_kept(https: Https) -> None:
    with https.serve():
        https.look()
    https.office.edit(AlmAccount, base_url=https.office.sandbox.url)
    https.look_where_due()
    assert https.days_left == 10, "it is not looked at"
    https.look()
    assert https.days_left is None


def test_behind_a_proxy_none_is_seen(https: Https) -> None:
    """It is the proxy's matter whom to connect to."""
    registry = https.office.registry
    wire = registry.outbound.wire
    proxied = Wire(wire.policy, wire.plain_http_hosts, wire.user_agent, proxy="http://127.0.0.1:9")
    by_proxy = type(registry)(replace(registry.outbound, wire=proxied), registry.cloud, registry.portal_url)
    with https.serve() as server:
        look(https.work, by_proxy, https.office.account_id)
        assert server.connections == 0
    proxied.close()
    assert https.days_left is None


def test_what_a_former_address_presents_is_not_stored(https: Https, monkeypatch: pytest.MonkeyPatch) -> None:
    seeing = certificates.certificate_of

    def seen_late(*given: object) -> object:
        found = seeing(*given)  # type: ignore[arg-type]
        https.office.edit(AlmAccount, version=99)
        return found

    monkeypatch.setattr(certificates, "certificate_of", seen_late)
    with https.serve():
        https.look()
    assert https.days_left is None
