"""Jira Cloud accounts and people connected to the practice Atlassian, made by the portal's own rules."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from portal.alm_accounts import accounts, apps, drafts, field_maps, sites
from portal.alm_accounts.accounts import AccountView
from portal.alm_accounts.confirming import confirm
from portal.alm_accounts.testing import run_test
from portal.credentials import callbacks, flows
from portal.credentials.flow_rows import CONNECTED
from portal.credentials.registry import Registry
from portal.jira.client import Field
from portal.kinds import KINDS
from portal.kinds.scopes import OFFLINE, OWN_USE, with_required
from portal.store.tables import Credential, Flow, Grant
from portal.store.work import Work
from tests.support import canaries
from tests.support.accounts import at_browser, registry_of
from tests.support.portals import Portal
from tests.support.sandbox import CloudApp, CloudBrowser, SandboxProcess, callback_values
from tests.support.world import Someone, TenantWorld

ALL_SCOPES = OWN_USE


@dataclass(frozen=True)
class CloudOffice:
    """A tenant with one Jira Cloud account by an app of its own, at the site acme."""

    portal: Portal
    sandbox: SandboxProcess
    tenant: TenantWorld
    account_id: UUID
    app: CloudApp

    @property
    def work(self) -> Work:
        """The admin at work."""
        return at_browser(self.tenant, self.tenant.admin)

    @property
    def registry(self) -> Registry:
        """The registry of the portal's own process."""
        return registry_of(self.portal)

    @property
    def account(self) -> AccountView:
        """The account as it stands now."""
        return accounts.account(self.work, self.account_id)

    def consent(
        self,
        someone: Someone,
        purpose: str,
        jira_user: str,
        site: str = "acme",
        account_id: UUID | None = None,
    ) -> Flow:
        """The whole way through Atlassian's consent page; the flow as it ended."""
        work = at_browser(self.tenant, someone)
        account_id = account_id or self.account_id
        path = accounts.account(work, account_id).callback_path
        flow_id = flows.start(work, self.registry, flows.FlowRequest(account_id, purpose, path))
        url = flows.consent_url(work, self.registry, flow_id)
        values = callback_values(CloudBrowser(self.sandbox, jira_user).accept(url, site))
        callback = callbacks.Callback(path, values["state"], values["code"])
        callbacks.finish(work, self.registry, flow_id, callback)
        return flows.read_flow(work, flow_id)

    def connect(self, someone: Someone, jira_user: str) -> UUID:
        """Connect a person's own Jira identity; the credential's id."""
        flow = self.consent(someone, "person", jira_user)
        assert flow.outcome == CONNECTED, flow.outcome
        assert flow.credential_id is not None
        return flow.credential_id

    def authorise(self, jira_user: str = "admin", site: str = "acme") -> UUID:
        """Connect the account itself, pick the site, test and confirm; the credential's id."""
        flow = self.consent(self.tenant.admin, "account", jira_user, site)
        assert flow.outcome == CONNECTED, flow.outcome
        assert flow.credential_id is not None
        cloud_id = self.sandbox.cloud_ids[site]
        sites.pin_site(self.work, self.registry, self.account_id, flow.credential_id, cloud_id)
        assert run_test(self.work, self.registry, self.account_id, None, pending=True).passed
        confirm(self.work, self.account_id, flow.credential_id)
        return flow.credential_id

    def save(self) -> None:
        """Finish the set-up without mapping a field."""
        no_fields: list[Field] = []
        field_maps.save(self.work, self.account_id, no_fields, {})

    def grants(self) -> list[Grant]:
        """The tenant's grants."""
        with self.work.read() as session:
            return list(session.scalars(select(Grant)))

    def grant_of(self, credential_id: UUID) -> Grant:
        """The grant a credential rests on."""
        with self.work.read() as session:
            row = session.get_one(Credential, (self.tenant.id, credential_id))
            return session.get_one(Grant, (self.tenant.id, row.grant_id))


def cloud_draft(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, scopes: tuple[str, ...] = ALL_SCOPES
) -> CloudOffice:
    """A draft with site, client id, secret and scopes typed in, and its app in the practice console."""
    work, registry = at_browser(tenant, tenant.admin), registry_of(portal)
    account_id = drafts.create_draft(work, KINDS["cloud_oauth"], tenant.slug)
    wanted = with_required(scopes)
    app = sandbox.make_app(
        callback_url=portal.base_url + accounts.account(work, account_id).callback_path,
        scopes=[scope for scope in wanted if scope != OFFLINE],
        client_secret=f"ATOA{canaries.new('client-secret')}",
    )
    sites.set_site(work, registry, account_id, sandbox.sites["acme"])
    apps.set_client(work, account_id, app.client_id, app.client_secret)
    apps.set_scopes(work, account_id, wanted)
    return CloudOffice(portal, sandbox, tenant, account_id, app)


def cloud_office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> CloudOffice:
    """A saved account, authorised as the Jira user ``admin``, with every scope."""
    office = cloud_draft(portal, sandbox, tenant)
    office.authorise()
    office.save()
    return office
