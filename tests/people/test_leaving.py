from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.alm_accounts.leaving import leave
from portal.errors import Refused
from portal.secret import Secret
from portal.store.tables import AlmAccount, Credential, Flow, FlowLookup
from portal.store.vault import put_secret
from tests.people.helpers import events
from tests.support import canaries


@pytest.fixture
def account_id(tenant):
    row = AlmAccount(
        id=uuid4(), kind="server_oauth1", name="Jira", made_by=tenant.admin.user_id, created_at=clock.now()
    )
    with tenant.work().write() as session:
        session.add(row)
        return row.id


def connect(tenant, account_id, user_id, connected_by) -> None:
    row = Credential(
        tenant_id=tenant.id, id=uuid4(), account_id=account_id, user_id=user_id, state="active",
        method="oauth1", consumer_key="almoner", jira_key="JIRAUSER1", jira_name="mel",
        jira_display_name="Mel", jira_email="mel@example.org",
        connected_by=connected_by, connected_at=clock.now(),
    )  # fmt: skip
    with tenant.work().write() as session:
        put_secret(session, row, "access_token", Secret(canaries.new("token")))
        session.add(row)


def begin(tenant, account_id, user_id) -> None:
    now = clock.now()
    flow = Flow(
        id=uuid4(), account_id=account_id, account_version=1, client_ref=uuid4(), user_id=user_id,
        sign_in_id=uuid4(), purpose="person", path="/oauth/x/callback", created_at=now,
        expires_at=now + timedelta(minutes=10),
    )  # fmt: skip
    with tenant.work().write() as session:
        lookup = FlowLookup(
            token_hash=uuid4().bytes * 2, tenant_id=tenant.id, flow_id=flow.id, expires_at=flow.expires_at
        )
        session.add_all([flow, lookup])


def left_over(tenant, user_id) -> tuple[int, int, int]:
    with tenant.work().read() as session:
        credentials = session.scalar(select(func.count(Credential.id)).where(Credential.user_id == user_id))
        flows = session.scalar(select(func.count(Flow.id)).where(Flow.user_id == user_id))
        lookups = session.scalar(select(func.count()).where(FlowLookup.tenant_id == tenant.id))
        return credentials, flows, lookups


@pytest.mark.parametrize("how", ["left", "removed"])
def test_everything_of_the_person_ends(tenant, account_id, how):
    """T06."""
    connect(tenant, account_id, tenant.member.user_id, tenant.member.user_id)
    begin(tenant, account_id, tenant.member.user_id)
    leave(tenant.work(tenant.admin), tenant.member.user_id, how)
    assert left_over(tenant, tenant.member.user_id) == (0, 0, 0)
    assert events(tenant.work(), tenant.member.user_id) == ["member.left", "credential.ended"]


def test_other_peoples_and_the_accounts_own_stay(tenant, account_id):
    connect(tenant, account_id, tenant.second.user_id, tenant.second.user_id)
    connect(tenant, account_id, None, tenant.member.user_id)
    begin(tenant, account_id, tenant.second.user_id)
    leave(tenant.work(tenant.member), tenant.member.user_id, "left", anyway=True)
    assert left_over(tenant, tenant.second.user_id) == (1, 1, 1)
    with tenant.work().read() as session:
        assert session.scalar(select(Credential).where(Credential.user_id.is_(None)))


def test_nothing_ends_when_the_last_admin_is_refused(tenant, account_id):
    connect(tenant, account_id, tenant.admin.user_id, tenant.admin.user_id)
    begin(tenant, account_id, tenant.admin.user_id)
    with pytest.raises(Refused):
        leave(tenant.work(tenant.admin), tenant.admin.user_id, "left")
    assert left_over(tenant, tenant.admin.user_id) == (1, 1, 1)


def test_another_tenant_of_the_person_is_untouched(tenant, world):
    other = tenant.other
    world.join(tenant.member, other.id)
    row = AlmAccount(id=uuid4(), kind="server_oauth1", name="J", made_by=uuid4(), created_at=clock.now())
    with other.work().write() as session:
        session.add(row)
        account_id = row.id
    connect(other, account_id, tenant.member.user_id, tenant.member.user_id)
    leave(tenant.work(tenant.member), tenant.member.user_id, "left")
    assert left_over(other, tenant.member.user_id)[0] == 1
