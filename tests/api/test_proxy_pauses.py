"""A Jira that asks for a pause is asked nothing by programs until it is over (T33)."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.credentials.slots import Slots
from portal.kinds.methods import API_TOKEN
from portal.programs.keys import READ_PROXY
from portal.secret import Secret
from portal.store.tables import AlmAccount, Credential
from portal.store.vault import put_secret
from tests.api.test_proxy_bulkhead import another_tenant
from tests.api.test_reaching_jira import ask
from tests.jira.servers import always, reply
from tests.support.portals import Portal
from tests.support.programs import program_key
from tests.support.relayed import Relayed
from tests.support.sandbox import SandboxProcess
from tests.support.tokens import token_office
from tests.support.waiting import wait_until
from tests.support.world import TenantWorld

# Of a credential, by whoever connects the account anew as the same user.
KEPT = (
    "account_id", "method", "state", "consumer_key", "jira_key", "jira_name", "jira_display_name",
    "jira_email", "connected_by", "connected_at",
)  # fmt: skip


def busy(seconds: int = 30, **headers: str) -> Callable[[bytes], Iterable[bytes]]:
    """What Jira says to a call too many."""
    headers["Retry_After"] = str(seconds)
    return always(reply(b"Rate limit exceeded.", "429 Too Many Requests", **headers))


@pytest.fixture
def own(relay: Relayed) -> Relayed:
    """With an account that nobody has used yet."""
    relay.jira.answers = {}
    return another_tenant(relay)


def test_within_the_pause_nothing_is_sent(own: Relayed) -> None:
    """Whatever is asked, and whichever process is asked; the seconds that are left are told."""
    own.jira.answers = {"much": busy()}
    first = own.send(b"rest/api/2/much")
    assert (first.status, first.is_from("jira")) == (429, True)
    assert "\r\nretry-after: 30\r\n" in first.head
    own.jira.take()
    for path in (b"rest/api/2/much", b"rest/api/2/myself") * 4:
        told = own.send(path)
        assert (told.status, told.is_from("almoner")) == (503, True), told.raw
        assert b"#account-busy" in told.body and b"asks for a pause" in told.body
        left = int(told.head.partition("\r\nretry-after: ")[2].partition("\r\n")[0])
        assert 1 <= left <= 30
    assert own.jira.take() == []
    assert another_tenant(own).serves(), "another account is another user of Jira"


def after(own: Relayed, seconds: int) -> None:
    """So much time passes for all pauses."""
    for path in (own.settings.instance / "slots").iterdir():
        until = path.stat().st_mtime - seconds
        os.utime(path, (until, until))


def test_the_pause_ends(own: Relayed) -> None:
    own.jira.answers = {"much": busy(50)}
    own.send(b"rest/api/2/much")
    assert not own.serves()
    after(own, 50)
    assert own.serves()


def change_credential(own: Relayed, *, is_new: bool = False, **values: str) -> None:
    """Another one takes the place of the account's, as when somebody connects it anew; or it is as ever but
    for these values."""
    with own.tenant.work(own.tenant.admin).write() as session:
        row = session.scalars(select(Credential).where(Credential.account_id == own.account_id)).one()
        if is_new:
            values |= {name: getattr(row, name) for name in KEPT}
            session.delete(row)
            session.flush()
            row = Credential(id=uuid4(), tenant_id=own.tenant.id, **values)
            put_secret(session, row, "access_token", Secret(own.token))
            session.add(row)
        for name, value in values.items():
            setattr(row, name, value)


def test_a_credential_that_was_replaced_begins_without_a_pause(own: Relayed) -> None:
    own.jira.answers = {"much": busy()}
    own.send(b"rest/api/2/much")
    assert not own.serves()
    change_credential(own, is_new=True)
    wait_until(own.serves)


@pytest.fixture
def in_cloud(own: Relayed) -> Relayed:
    """The account is one of Jira Cloud, by an API token."""
    with own.tenant.work(own.tenant.admin).write() as session:
        session.get_one(AlmAccount, (own.tenant.id, own.account_id)).kind = "cloud_token"
    change_credential(own, method=API_TOKEN, login="svc@example.com")
    return own


def test_what_jira_says_of_one_costly_path_is_of_that_alone(in_cloud: Relayed) -> None:
    for reason in ("jira-burst-based", "jira-per-issue-on-write"):
        in_cloud.jira.answers = {"much": busy(RateLimit_Reason=reason)}
        assert in_cloud.send(b"rest/api/3/much").status == 429
        assert in_cloud.serves(), reason


def left(own: Relayed) -> int:
    """The seconds a program is told to wait for the next request, which is not sent."""
    told = own.send(b"rest/api/2/myself")
    assert (told.status, told.is_from("almoner")) == (503, True)
    return int(told.head.partition("\r\nretry-after: ")[2].partition("\r\n")[0])


def test_a_quota_that_is_spent_is_that_of_the_account(in_cloud: Relayed) -> None:
    """Of its app or site: whoever asks there next is told so, also by another credential."""
    in_cloud.jira.answers = {"much": busy(900, RateLimit_Reason="jira-quota-tenant-based")}
    assert in_cloud.send(b"rest/api/3/much").status == 429
    assert 60 < left(in_cloud) <= 900


def test_nobody_but_jira_cloud_says_that_a_quota_is_spent(own: Relayed) -> None:
    own.jira.answers = {"much": busy(900, RateLimit_Reason="jira-quota-tenant-based")}
    own.send(b"rest/api/2/much")
    assert left(own) <= 60


def test_what_may_be_of_one_app_in_jira_is_asked_again_after_a_minute(own: Relayed) -> None:
    """Data Center tells a user that is blocked to wait for 292 billion years; nobody could end that here."""
    own.jira.answers = {"much": busy(2**63 - 1)}
    own.send(b"rest/api/2/much")
    assert 0 < left(own) <= 60
    after(own, 60)
    assert own.serves()


def test_who_waited_for_a_slot_is_not_sent_into_a_pause(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One begins meanwhile, for another request of the same credential."""
    office = token_office(portal, sandbox, tenant)
    key = program_key(tenant, [office.account_id], operations=[READ_PROXY])
    with tenant.work(tenant.admin).read() as session:
        used = session.scalars(select(Credential.id).where(Credential.account_id == office.account_id)).one()
    hold = Slots.hold

    @contextmanager
    def held_late(slots: Slots, *of: Any) -> Iterator[None]:
        with hold(slots, *of):
            slots.pauses.begin(used, "asked", 30)
            yield

    monkeypatch.setattr(Slots, "hold", held_late)
    sandbox.clear_requests()
    told = ask(portal, key, f"{office.account_id}/proxy/rest/api/2/myself")
    assert (told.status_code, told.headers["Almoner-Answer"]) == (503, "almoner")
    assert sandbox.requests() == []
