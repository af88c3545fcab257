"""What Jira took and is not kept all the same: of who left meanwhile, of who is shut, what cannot last."""

from urllib.parse import parse_qs, urlsplit

import pytest

from portal.alm_accounts import accounts, apps
from portal.alm_accounts.leaving import leave
from portal.credentials import callbacks, flows
from portal.jira.client import JiraClient
from portal.kinds import KINDS
from portal.kinds.methods import PAT
from portal.people.memberships import change_role
from tests.support.accounts import at_browser
from tests.support.hostile import MYSELF, as_json, odd_jira
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.server_oauth2 import server_oauth2_draft
from tests.support.tokens import TokenOffice, token_draft
from tests.support.world import TenantWorld


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> TokenOffice:
    return token_draft(portal, sandbox, tenant)


@pytest.mark.parametrize("code", ["membership_ended", "role_ended"])
def test_a_token_of_who_left_or_is_no_admin_any_more_is_not_kept(
    office: TokenOffice, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They did so while Jira was being asked."""
    tenant, asked = office.tenant, JiraClient.myself
    by_hand = tenant.work(tenant.admin)
    change_role(by_hand, tenant.second.user_id, "admin")

    def late(client: JiraClient) -> object:
        found = asked(client)
        if code == "role_ended":
            change_role(tenant.work(tenant.second), tenant.admin.user_id, "member")
        else:
            leave(by_hand, tenant.member.user_id, "removed")
        return found

    monkeypatch.setattr(JiraClient, "myself", late)
    someone = None if code == "role_ended" else tenant.member
    outcome = office.try_typed(someone, office.typed("ada"))
    assert (outcome.code, office.credentials()) == (code, [])


def test_a_token_of_a_jira_user_who_is_deactivated_is_not_kept(office: TokenOffice) -> None:
    """Some Jiras go on answering it, and say so only here."""
    with odd_jira() as jira:
        jira.answers["/rest/api/2/myself"] = as_json(MYSELF | {"active": False}, X_AUSERNAME="mal")
        wire = office.registry.outbound.wire
        accounts.change(office.work, wire, office.account_id, {"base_url": jira.url})
        outcome = office.try_typed(office.tenant.member, office.typed("ada", PAT))
        jira.answers["/rest/api/2/myself"] = as_json(MYSELF | {"active": True}, X_AUSERNAME="mal")
        assert office.try_typed(office.tenant.member, office.typed("ada", PAT)).credential_id
    assert outcome.code == "user_disabled"


@pytest.mark.parametrize(
    ("more", "ended"), [({}, "no_refresh_token"), ({"refresh_token": "cnry-odd-refresh"}, "connected")]
)
def test_a_data_center_that_gives_nothing_to_renew_by_connects_nobody(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, more: dict[str, str], ended: str
) -> None:
    """It would work for an hour, and then ask for a consent every hour."""
    office = server_oauth2_draft(portal, sandbox, tenant)
    work, path = at_browser(tenant, tenant.member), KINDS["server_oauth2"].callback_path(office.account_id)
    with odd_jira() as jira:
        tokens = {"access_token": "cnry-odd-access", "token_type": "bearer", "expires_in": 3600}
        jira.answers["/rest/oauth2/latest/token"] = as_json(tokens | more)
        jira.answers["/rest/api/2/myself"] = as_json(MYSELF, X_AUSERNAME="mal")
        wire = office.registry.outbound.wire
        accounts.change(office.work, wire, office.account_id, {"base_url": jira.url})
        apps.set_client(office.work, office.account_id, office.app.client_id, office.app.client_secret)
        flow_id = flows.start(work, office.registry, flows.FlowRequest(office.account_id, "person", path))
        [state] = parse_qs(urlsplit(flows.consent_url(work, office.registry, flow_id)).query)["state"]
        callbacks.finish(work, office.registry, flow_id, callbacks.Callback(path, state, "a-code"))
    assert flows.read_flow(work, flow_id).outcome == ended
    assert len(office.credentials()) == (ended == "connected")
