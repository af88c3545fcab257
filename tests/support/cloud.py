"""Jira Cloud accounts and people connected to the practice Atlassian, made by the portal's own rules."""

from dataclasses import dataclass
from uuid import UUID

from portal.alm_accounts import accounts, apps, drafts, sites
from portal.kinds import KINDS
from portal.kinds.scopes import OFFLINE, OWN_USE, with_required
from tests.support import canaries
from tests.support.account_office import ConsentOffice, connected
from tests.support.accounts import at_browser, registry_of
from tests.support.portals import Portal
from tests.support.sandbox import CloudApp, CloudBrowser, SandboxProcess
from tests.support.world import TenantWorld

ALL_SCOPES = OWN_USE


@dataclass(frozen=True)
class CloudOffice(ConsentOffice):
    """A tenant with one Jira Cloud account by an app of its own, at the site acme."""

    app: CloudApp

    def allowed(self, jira_user: str, url: str, site: str) -> str:
        """Accepted at Atlassian for this site."""
        return CloudBrowser(self.sandbox, jira_user).accept(url, site)

    def authorise(self, jira_user: str = "admin", site: str = "acme") -> UUID:
        """Connect the account itself, pick the site, test and confirm; the credential's id."""
        credential_id = connected(self.consent(self.tenant.admin, "account", jira_user, site))
        cloud_id = self.sandbox.cloud_ids[site]
        sites.pin_site(self.work, self.registry, self.account_id, credential_id, cloud_id)
        return self.confirm(credential_id)


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
