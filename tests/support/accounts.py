"""ALM accounts and people connected to the practice Jira, made by the portal's own rules."""

from dataclasses import replace
from uuid import UUID, uuid4

from portal.alm_accounts import accounts, drafts, field_maps, lifecycle
from portal.alm_accounts.confirming import confirm
from portal.alm_accounts.testing import run_test
from portal.credentials import callbacks, flows
from portal.credentials.acting_as import acting_as
from portal.credentials.flow_rows import CONNECTED
from portal.credentials.registry import Registry
from portal.kinds import KINDS
from portal.store.work import Work
from tests.support.portals import Portal
from tests.support.sandbox import JiraBrowser, SandboxProcess, callback_values
from tests.support.world import Someone, TenantWorld

FIELDS = {"epic_link": "customfield_10301", "story_points": "customfield_10310"}


def registry_of(portal: Portal) -> Registry:
    """The registry of the running portal."""
    found: Registry = portal.app.extensions["almoner"].registry
    return found


def at_browser(tenant: TenantWorld, someone: Someone) -> Work:
    """The person at work in a browser session of their own."""
    work = tenant.work(someone)
    return replace(work, actor=replace(work.actor, sign_in_id=uuid4()))


def connected_account(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, jira_user: str = "admin"
) -> UUID:
    """A saved account of the tenant, linked in the practice Jira, with its own credential and field map."""
    work, registry = at_browser(tenant, tenant.admin), registry_of(portal)
    account_id = drafts.create_draft(work, KINDS["server_oauth1"], tenant.slug)
    accounts.change(work, registry.outbound.wire, account_id, {"base_url": sandbox.url})
    key = accounts.account(work, account_id).key
    sandbox.make_link(key.consumer_key, key.public_pem)
    authorise(portal, sandbox, tenant, account_id, jira_user)
    with acting_as(work, registry, account_id, None) as acting:
        fields = acting.jira.fields()
    field_maps.save(work, account_id, fields, FIELDS)
    return account_id


def authorise(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, account_id: UUID, jira_user: str
) -> UUID:
    """Connect the account itself, test and confirm; the credential's id."""
    work = at_browser(tenant, tenant.admin)
    credential_id = _consent(portal, sandbox, work, account_id, "account", jira_user)
    assert run_test(work, registry_of(portal), account_id, None, pending=True).passed
    confirm(work, account_id, credential_id)
    return credential_id


def connect(
    portal: Portal,
    sandbox: SandboxProcess,
    tenant: TenantWorld,
    someone: Someone,
    account_id: UUID,
    jira_user: str,
) -> UUID:
    """Connect a person's own Jira identity; the credential's id."""
    return _consent(portal, sandbox, at_browser(tenant, someone), account_id, "person", jira_user)


def _consent(
    portal: Portal, sandbox: SandboxProcess, work: Work, account_id: UUID, purpose: str, jira_user: str
) -> UUID:
    registry = registry_of(portal)
    path = KINDS["server_oauth1"].callback_path(account_id)
    wanted = flows.FlowRequest(account_id, purpose, path)
    flow_id = flows.start(work, registry, wanted)
    back = JiraBrowser(sandbox, jira_user).allow(flows.consent_url(work, registry, flow_id))
    values = callback_values(back)
    callback = callbacks.Callback(path, values["oauth_token"], values["oauth_verifier"])
    callbacks.finish(work, registry, flow_id, callback)
    flow = flows.read_flow(work, flow_id)
    assert flow.outcome == CONNECTED, flow.outcome
    assert flow.credential_id is not None
    return flow.credential_id


def delete_account(work: Work, account_id: UUID) -> None:
    """Delete an account by its name, as its page does."""
    lifecycle.delete(work, account_id, accounts.account(work, account_id).name)
