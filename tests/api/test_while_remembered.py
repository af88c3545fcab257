"""What is done about a key or credential while it is remembered goes by the row as it stands."""

from contextlib import AbstractContextManager
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.programs.keys import READ_ACCOUNTS, READ_CREDENTIALS, READ_PROXY
from portal.store.generations import Generations, Remembered
from portal.store.tables import AuditEvent, ProgramConsent
from portal.store.work import Work
from tests.api.test_reaching_jira import ask
from tests.support.cloud import cloud_office
from tests.support.portals import Portal
from tests.support.programs import program_key
from tests.support.sandbox import SandboxProcess
from tests.support.tokens import token_office
from tests.support.world import TenantWorld

pytestmark = pytest.mark.on_both()


@pytest.fixture(autouse=True)
def has_not_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process trusts what it saw of the generations before the test."""
    monkeypatch.setattr(Generations, "current", lambda generations, tenant_id: 1)


def _refusals(tenant: TenantWorld) -> int:
    told = select(func.count(AuditEvent.seq)).where(AuditEvent.event == "credential.refused")
    with tenant.work(tenant.admin).read() as session:
        return session.scalar(told) or 0


def test_a_token_that_is_renewed_is_sent_and_not_the_remembered_one(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    office = cloud_office(portal, sandbox, tenant)
    key = program_key(tenant, [office.account_id], operations=[READ_PROXY, READ_CREDENTIALS])
    given = [ask(portal, key, f"{office.account_id}/credentials").json()["headers"] for _ in range(2)]
    assert given[0] == given[1]
    sandbox.end_access_tokens()
    answer = ask(portal, key, f"{office.account_id}/proxy/rest/api/3/myself")
    assert (answer.status_code, answer.headers["Almoner-Answer"]) == (200, "jira"), answer.text
    assert _refusals(tenant) == 0


def test_a_refusal_is_noted_once_however_many_requests_meet_it(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    account_id = token_office(portal, sandbox, tenant).account_id
    key = program_key(tenant, [account_id], operations=[READ_PROXY, READ_CREDENTIALS])
    given = ask(portal, key, f"{account_id}/credentials").json()["headers"]["Authorization"]
    sandbox.end_pat(given.removeprefix("Bearer "))
    answers = [ask(portal, key, f"{account_id}/proxy/rest/api/2/myself") for _ in range(3)]
    assert [answer.headers["Almoner-Answer"] for answer in answers] == ["jira"] * 3
    assert _refusals(tenant) == 1


def test_a_key_is_stamped_once_a_minute_while_it_is_remembered(
    portal: Portal, tenant: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[object] = []
    write = Work.write

    def noting(work: Work) -> AbstractContextManager[Session]:
        written.append(work)
        return write(work)

    monkeypatch.setattr(Work, "write", noting)
    key = program_key(tenant, operations=[READ_ACCOUNTS])
    written.clear()
    assert [ask(portal, key, "").status_code for _ in range(3)] == [200] * 3
    assert len(written) == 1


def test_what_is_not_there_drives_nothing_out(portal: Portal, tenant: TenantWorld) -> None:
    kept: Remembered[str | None] = Remembered(Generations(portal.store), 1)
    there, nowhere = uuid4(), uuid4()
    asked = {there: "there", nowhere: None}
    rows = [kept.get(tenant.id, one, partial(asked.pop, one)) for one in (there, nowhere, there)]
    assert rows == ["there", None, "there"]


def test_a_person_without_a_connection_is_served_by_no_other(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    """The account's own credential has to be renewed, and is nothing to a program that names a person."""
    account_id = token_office(portal, sandbox, tenant).account_id
    consent = ProgramConsent(account_id=account_id, user_id=tenant.member.user_id, allowed_at=clock.now())
    with tenant.work(tenant.admin).write() as session:
        session.add(consent)
    key = program_key(tenant, [account_id], operations=[READ_PROXY, READ_CREDENTIALS])
    for path in ("credentials", "proxy/rest/api/2/myself"):
        answer = ask(portal, key, f"{account_id}/{path}", headers={"Almoner-User": tenant.member.email})
        told = answer.json()
        assert (answer.status_code, told["type"].rpartition("#")[2]) == (409, "not-connected")
        assert told["detail"].startswith("That person is not connected"), "and not the account"
