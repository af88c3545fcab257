"""What stands between a program with a good key and a credential: one thing is changed at a time."""

from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import update

from portal import clock
from portal.credentials.program_consents import allow
from portal.programs.keys import READ_CREDENTIALS, READ_PROXY, WRITE_DELIVERIES, WRITE_PROXY
from portal.store.tables import AlmAccount, Credential, Membership, User
from tests.api.test_reaching_jira import ask
from tests.support.delivery_rows import delivering_account
from tests.support.portals import Portal
from tests.support.programs import program_key
from tests.support.sandbox import SandboxProcess
from tests.support.tokens import TokenOffice, token_office
from tests.support.world import TenantWorld

pytestmark = pytest.mark.on_both("test_a_person_is_named_by_members_who_may_come_in")
JIRA = "proxy/rest/api/2"


def code(answer: requests.Response) -> str:
    """The code of its problem; its status where Jira answered, or a credential was given."""
    is_ours = answer.headers["Content-Type"] == "application/problem+json"
    return str(answer.json()["type"]).rpartition("#")[2] if is_ours else str(answer.status_code)


def change(office: TokenOffice, table: Any, **values: object) -> None:
    """Give the office's row of this table other values."""
    column = table.id if table is AlmAccount else table.account_id
    with office.work.write() as session:
        session.execute(update(table).where(column == office.account_id).values(**values))


def test_what_stops_a_program(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> None:
    office = token_office(portal, sandbox, tenant)
    here, sends = office.account_id, delivering_account(tenant)
    operations = [READ_CREDENTIALS, READ_PROXY, WRITE_PROXY, WRITE_DELIVERIES]
    key = program_key(tenant, [here, sends], operations=operations)
    given, myself, issue = (f"{here}/{rest}" for rest in ("credentials", f"{JIRA}/myself", f"{JIRA}/issue"))

    def got(path: str, method: str = "GET", **more: Any) -> str:
        return code(ask(portal, key, path, method, **more))

    for networks, expected in ((["192.0.2.0/24"], "key-elsewhere"), (["::1/128", "127.0.0.0/8"], "200")):
        key.change(networks=networks)
        assert got(given) == expected
    change(office, AlmAccount, read_only=True)
    assert (got(issue, "POST", json={}), got(myself)) == ("read-only-account", "200")
    assert got(given) == "read-only-account", "what it gives away could write"
    change(office, AlmAccount, read_only=False)
    assert got(f"{sends}/credentials") == got(f"{sends}/{JIRA}/myself") == "account-only-sends"
    change(office, Credential, expires_at=clock.now() + timedelta(minutes=10))
    assert (got(f"{given}?min_valid=900"), got(f"{given}?min_valid=300")) == ("min-valid-impossible", "200")
    change(office, AlmAccount, saved_at=None)
    assert got(given) == got(myself) == "account-not-ready"


def test_a_person_is_named_by_members_who_may_come_in(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    """Who allowed programs and was disabled, or is a member of another tenant only, is nobody to them."""
    office = token_office(portal, sandbox, tenant)
    office.connect(tenant.member)
    allow(tenant.work(tenant.member), office.account_id)
    key = program_key(tenant, [office.account_id], operations=[READ_CREDENTIALS])

    def got() -> str:
        path = f"{office.account_id}/credentials"
        return code(ask(portal, key, path, headers={"Almoner-User": tenant.member.email}))

    mel = tenant.member.user_id
    disable = update(User).where(User.id == mel)
    mine = (Membership.user_id == mel) & (Membership.tenant_id == tenant.id)
    seen = [got()]
    assert tenant.other is not None
    leave = update(Membership).where(mine).values(tenant_id=tenant.other.id)
    for statement in (disable.values(disabled_at=clock.now()), disable.values(disabled_at=None), leave):
        with tenant.work().within(None).write() as session:
            session.execute(statement)
        seen.append(got())
    assert seen == ["200", "person-not-allowed", "200", "person-not-allowed"]
