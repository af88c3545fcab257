"""People at the pages of a Jira Cloud account: through its set-up, to Atlassian and back, over real HTTP."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from portal.alm_accounts import accounts
from portal.kinds.scopes import OFFLINE, PRESET
from portal.store.tables import SharedGrant
from portal.store.work import OPERATOR, Work
from tests.support import canaries
from tests.support.account_office import AccountOffice
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import CloudApp, CloudBrowser, SandboxProcess
from tests.support.world import TenantWorld

ADD = "alm-accounts/new"
BY_OWN, BY_SHARED = "Set up with an app of your own", "Set up with the app of this portal"
GET_TOKEN = "Get OAuth token"


@dataclass(frozen=True)
class CloudDesk(AccountOffice):
    """A tenant's account on Jira Cloud as its people see it, with the app it goes by in the console."""

    app: CloudApp

    def fill(self, admin: Person, button: str = "Get auth token", **other: Any) -> Person:
        """Send the set-up form with what is right, or with something else in place of it."""
        right: dict[str, Any] = {"site_url": self.sandbox.sites["acme"], "client_id": self.app.client_id}
        admin.get(self.path("set-up"))
        admin.submit(button, **{**right, "client_secret": self.app.client_secret, **other})
        return admin

    def begin(self, person: Person, own: bool = False) -> str:
        """Press *Get OAuth token* (``own``: Reauthorise), up to the address of the consent page."""
        person.get(self.path() if own else self.mine)
        person.submit("Reauthorise" if own else GET_TOKEN)
        return consent_link(person)

    def accept(self, person: Person, jira_user: str, site: str = "acme", own: bool = False) -> str:
        """The same and *Accept* at Atlassian; the callback URL, which is not opened."""
        return CloudBrowser(self.sandbox, jira_user).accept(self.begin(person, own), site)

    def connect(self, person: Person, jira_user: str = "grace") -> None:
        """The whole way of a person."""
        person.get(self.accept(person, jira_user))
        assert person.path == self.mine, person.page.text[:400]

    def authorise(self, admin: Person, jira_user: str = "admin") -> None:
        """The whole way of an admin through a draft: consent, identity, site, test, saved."""
        self.fill(admin)
        self.finish(admin, jira_user)

    def authorise_shared(self, admin: Person, jira_user: str = "admin") -> None:
        """The same by the operator's app."""
        admin.get(self.path("set-up"))
        admin.submit("Get auth token", site_url=self.sandbox.sites["acme"])
        self.finish(admin, jira_user)

    def finish(self, admin: Person, jira_user: str) -> None:
        """From "Taking you to Atlassian" to saved."""
        admin.get(CloudBrowser(self.sandbox, jira_user).accept(consent_link(admin)))
        admin.submit("Yes, use this identity and test it")
        admin.submit("Save")
        assert "is saved" in admin.page.text, admin.page.text[:400]

    def audit(self, event: str) -> list[dict[str, object]]:
        """Details of the tenant's audit lines of one event, oldest first."""
        return [line.details for line in self.audit_lines(event)]

    @property
    def exchanges(self) -> int:
        """How often Atlassian was asked for tokens."""
        return self.calls("POST token_calls.token")


def new_desk(
    portal: Portal,
    sandbox: SandboxProcess,
    tenant: TenantWorld,
    admin: Person,
    scopes: tuple[str, ...] = PRESET,
    **app: Any,
) -> CloudDesk:
    """A draft as *Add ALM account* leaves it, and an app with its callback URL in the practice console."""
    admin.get(tenant.path(ADD))
    admin.submit(BY_OWN)
    callback = admin.page.value("#callback-url")
    made = sandbox.make_app(
        callback_url=callback,
        scopes=[scope for scope in scopes if scope != OFFLINE],
        client_secret=f"ATOA{canaries.new('client-secret')}",
        **app,
    )
    return CloudDesk(portal, sandbox, tenant, newest(tenant), made)


def shared_app(portal: Portal, sandbox: SandboxProcess, **app: Any) -> CloudApp:
    """The operator's app in the practice console; it is asked for every permission.

    Nobody has allowed it yet: what earlier tests connected by it is none of this practice Atlassian's.
    """
    with Work(portal.store, None, OPERATOR).write() as session:
        session.execute(delete(SharedGrant))
    shared = portal.app.extensions["almoner"].registry.cloud.shared_app
    return sandbox.make_app(
        callback_url=f"{portal.base_url}/oauth/shared/callback",
        scopes=[scope for scope in shared.scopes if scope != OFFLINE],
        client_id=shared.client_id,
        client_secret=shared.secret.reveal(),
        **app,
    )


def shared_desk(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, admin: Person, **app: Any
) -> CloudDesk:
    """A draft by the operator's app, and that app in the practice console."""
    made = shared_app(portal, sandbox, **app)
    return CloudDesk(portal, sandbox, tenant, shared_draft(tenant, admin), made)


def shared_draft(tenant: TenantWorld, admin: Person) -> UUID:
    """A draft by the operator's app."""
    admin.get(tenant.path(ADD))
    admin.submit(BY_SHARED)
    return newest(tenant)


def newest(tenant: TenantWorld) -> UUID:
    """The draft that was just made."""
    found = accounts.accounts(tenant.work(tenant.admin))
    return next(one.id for one in found if not one.saved)


def consent_link(person: Person) -> str:
    """Where the page "Taking you to Atlassian" leads."""
    links = {str(link["href"]) for link in person.page.soup.select("main a[href*='/authorize?']")}
    assert len(links) == 1, f"{person.path}: {person.page.text[:400]}"
    return links.pop()
