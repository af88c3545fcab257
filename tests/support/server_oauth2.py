"""Jira Data Center accounts by OAuth 2.0, and people connected to them, made by the portal's own rules."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.alm_accounts import accounts, apps, drafts
from portal.kinds import KINDS
from portal.kinds.server_scopes import WRITE
from tests.support import canaries
from tests.support.account_office import ConsentOffice, connected
from tests.support.accounts import at_browser, registry_of
from tests.support.cloud_people import GET_TOKEN, consent_link
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import JiraBrowser, SandboxProcess
from tests.support.world import TenantWorld


@dataclass(frozen=True)
class IncomingLink:
    """What the practice Jira shows of an incoming link."""

    client_id: str
    client_secret: str


@dataclass(frozen=True)
class ServerOAuth2Office(ConsentOffice):
    """A tenant with one account by an incoming link of the practice Jira."""

    app: IncomingLink

    def allowed(self, jira_user: str, url: str, site: str) -> str:
        """Allowed in that Jira, which has no sites."""
        return JiraBrowser(self.sandbox, jira_user).allow(url)

    def authorise(self, jira_user: str = "admin") -> UUID:
        """Connect the account itself, test and confirm; the credential's id."""
        return self.confirm(connected(self.consent(self.tenant.admin, "account", jira_user)))

    def fill(self, admin: Person, button: str = "Get auth token", **other: Any) -> Person:
        """Send the set-up form with what is right, or with something else in place of it."""
        right = {"base_url": self.sandbox.url, "client_id": self.app.client_id}
        admin.get(self.path("set-up"))
        admin.submit(button, **{**right, "client_secret": self.app.client_secret, **other})
        return admin

    def begin(self, person: Person, own: bool = False) -> str:
        """Press *Get OAuth token* (``own``: Reauthorise), up to the address of the consent page."""
        person.get(self.path() if own else self.mine)
        person.submit("Reauthorise" if own else GET_TOKEN)
        return consent_link(person)

    def allow(self, person: Person, jira_user: str = "ada", own: bool = False) -> str:
        """The same and *Allow* in Jira; the callback URL, which is not opened."""
        return JiraBrowser(self.sandbox, jira_user).allow(self.begin(person, own))

    def finish(self, admin: Person, jira_user: str = "admin") -> None:
        """From "Taking you to Jira" to saved."""
        admin.get(JiraBrowser(self.sandbox, jira_user).allow(consent_link(admin)))
        admin.submit("Yes, use this identity and test it")
        admin.submit("Save")
        assert "is saved" in admin.page.text, admin.page.text[:400]

    @property
    def exchanges(self) -> int:
        """How often Jira was asked for tokens."""
        return self.calls("POST oauth2.token")


def new_link_desk(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, admin: Person, scope: str = WRITE
) -> ServerOAuth2Office:
    """A draft as *Add ALM account* leaves it, and an incoming link with its redirect URL in Jira."""
    admin.get(tenant.path("alm-accounts/new"))
    admin.submit("Set up Jira Data Center OAuth 2.0")
    link = incoming_link(sandbox, admin.page.value("#callback-url"), scope)
    account_id = UUID(admin.path.split("/")[4])
    return ServerOAuth2Office(portal, sandbox, tenant, account_id, link)


def incoming_link(sandbox: SandboxProcess, redirect_url: str, scope: str = WRITE) -> IncomingLink:
    """An incoming link in the practice Jira; its secret is searched for from now on."""
    client_id, secret = sandbox.make_incoming_link(redirect_url, scopes=[scope])
    return IncomingLink(client_id, canaries.add(secret))


def server_oauth2_draft(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, scope: str = WRITE
) -> ServerOAuth2Office:
    """A draft with base URL, client id and secret typed in, and its link in the practice Jira."""
    work = at_browser(tenant, tenant.admin)
    account_id = drafts.create_draft(work, KINDS["server_oauth2"], tenant.slug)
    callback = portal.base_url + accounts.account(work, account_id).callback_path
    link = incoming_link(sandbox, callback, scope)
    accounts.change(work, registry_of(portal).outbound.wire, account_id, {"base_url": sandbox.url})
    apps.set_client(work, account_id, link.client_id, link.client_secret)
    apps.set_scopes(work, account_id, [scope])
    return ServerOAuth2Office(portal, sandbox, tenant, account_id, link)


def server_oauth2_office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> ServerOAuth2Office:
    """A saved account, authorised as the Jira user ``admin``."""
    office = server_oauth2_draft(portal, sandbox, tenant)
    office.authorise()
    office.save()
    return office
