"""An admin at the set-up page of an account that only sends, with a credential made at the practice site."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.alm_accounts import accounts
from portal.alm_accounts.account_views import AccountView
from portal.credentials.registry import Registry
from portal.store.work import Work
from tests.support import canaries
from tests.support.accounts import at_browser, registry_of
from tests.support.delivery_control import Credentials2LO
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

BOTH = ("builds", "deployments")
KIND = "Jira Cloud builds and deployments"


@dataclass(frozen=True)
class SetUpDesk:
    """A draft whose set-up page is open."""

    portal: Portal
    sandbox: SandboxProcess
    tenant: TenantWorld
    admin: Person
    account_id: UUID

    @property
    def path(self) -> str:
        """The account's page."""
        return self.tenant.path(f"alm-accounts/{self.account_id}")

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

    def permissions(self) -> dict[str, str]:
        """What the page that is open says of each permission."""
        rows = [row for row in self.admin.page.soup.select("main table tr") if row.th and row.td]
        return {str(row.th.contents[0]).strip(): row.td.get_text(strip=True) for row in rows}

    def make(self, permissions: Sequence[str] = BOTH, site: str = "acme") -> Credentials2LO:
        """The site's admin creates a credential."""
        made = self.sandbox.make_credentials(site, permissions)
        canaries.add(made.client_secret)
        return made

    def again(self) -> "SetUpDesk":
        """Another draft of the same admin."""
        return new_desk(self.portal, self.sandbox, self.tenant, self.admin)

    def fill(self, button: str = "Test and save", **fields: Any) -> Credentials2LO:
        """Open the page, enter what is right but for ``fields``, press the button; the credential made."""
        made = self.make()
        fields = {"client_id": made.client_id, "client_secret": made.client_secret, **fields}
        self.admin.get(f"{self.path}/set-up")
        self.admin.submit(button, **{"site_url": self.sandbox.sites["acme"], **fields})
        return made


def new_desk(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, admin: Person) -> SetUpDesk:
    """A draft made on the page *Add ALM account*."""
    admin.get(tenant.path("alm-accounts/new"))
    admin.submit(f"Set up {KIND}")
    account_id = UUID(admin.path.split("/alm-accounts/")[1].split("/")[0])
    return SetUpDesk(portal, sandbox, tenant, admin, account_id)
