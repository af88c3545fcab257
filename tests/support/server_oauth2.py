"""Jira Data Center accounts by OAuth 2.0, and people connected to them, made by the portal's own rules."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from portal.alm_accounts import accounts, apps, drafts, field_maps
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.confirming import confirm
from portal.alm_accounts.testing import run_test
from portal.credentials import callbacks, flows
from portal.credentials.flow_rows import CONNECTED
from portal.credentials.registry import Registry
from portal.jira.client import Field
from portal.kinds import KINDS
from portal.kinds.server_scopes import WRITE
from portal.store.tables import Credential, Flow, Grant
from portal.store.vault import get_secret
from portal.store.work import Work
from tests.support import canaries
from tests.support.accounts import at_browser, registry_of
from tests.support.cloud_people import GET_TOKEN, consent_link
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import JiraBrowser, SandboxProcess, callback_values
from tests.support.world import Someone, TenantWorld


@dataclass(frozen=True)
class IncomingLink:
    """What the practice Jira shows of an incoming link."""

    client_id: str
    client_secret: str


@dataclass(frozen=True)
class ServerOAuth2Office:
    """A tenant with one account by an incoming link of the practice Jira."""

    portal: Portal
    sandbox: SandboxProcess
    tenant: TenantWorld
    account_id: UUID
    app: IncomingLink

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

    def path(self, rest: str = "") -> str:
        """A page of the account, for admins."""
        return self.tenant.path(f"alm-accounts/{self.account_id}") + (f"/{rest}" if rest else "")

    @property
    def mine(self) -> str:
        """The page of a person's own credential."""
        return self.tenant.path(f"profile/alm-credentials/{self.account_id}")

    def consent(self, someone: Someone, purpose: str, jira_user: str) -> Flow:
        """The whole way through Jira's consent page; the flow as it ended."""
        work = at_browser(self.tenant, someone)
        path = KINDS["server_oauth2"].callback_path(self.account_id)
        flow_id = flows.start(work, self.registry, flows.FlowRequest(self.account_id, purpose, path))
        url = flows.consent_url(work, self.registry, flow_id)
        values = callback_values(JiraBrowser(self.sandbox, jira_user).allow(url))
        callback = callbacks.Callback(path, values["state"], values["code"])
        callbacks.finish(work, self.registry, flow_id, callback)
        return flows.read_flow(work, flow_id)

    def connect(self, someone: Someone, jira_user: str = "ada") -> UUID:
        """Connect a person's own Jira identity; the credential's id."""
        flow = self.consent(someone, "person", jira_user)
        assert flow.outcome == CONNECTED, flow.outcome
        assert flow.credential_id is not None
        return flow.credential_id

    def authorise(self, jira_user: str = "admin") -> UUID:
        """Connect the account itself, test and confirm; the credential's id."""
        flow = self.consent(self.tenant.admin, "account", jira_user)
        assert flow.outcome == CONNECTED, flow.outcome
        assert flow.credential_id is not None
        assert run_test(self.work, self.registry, self.account_id, None, pending=True).passed
        confirm(self.work, self.account_id, flow.credential_id)
        return flow.credential_id

    def save(self) -> None:
        """Finish the set-up without mapping a field."""
        no_fields: list[Field] = []
        field_maps.save(self.work, self.account_id, no_fields, {})

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
        return int(self.sandbox.state()["counters"]["requests"].get("POST oauth2.token", 0))

    def edit(self, table: type[Flow] | type[Credential], **values: object) -> None:
        """Change columns of the account's rows behind the portal's back."""
        with self.work.write() as session:
            session.execute(update(table).where(table.account_id == self.account_id).values(**values))

    def credentials(self) -> list[Credential]:
        """All credentials on the account, oldest first."""
        with self.work.read() as session:
            wanted = select(Credential).where(Credential.account_id == self.account_id)
            return list(session.scalars(wanted.order_by(Credential.connected_at)))

    def grants(self) -> list[Grant]:
        """The tenant's grants; their tokens are searched for from now on."""
        with self.work.read() as session:
            rows = list(session.scalars(select(Grant)))
            for row in rows:
                for column in ("access_token", "refresh_token"):
                    if getattr(row, column) is not None:
                        canaries.add(get_secret(session, row, column).reveal())
            return rows

    def grant_of(self, credential_id: UUID) -> Grant:
        """The grant a credential rests on."""
        with self.work.read() as session:
            row = session.get_one(Credential, (self.tenant.id, credential_id))
            return session.get_one(Grant, (self.tenant.id, row.grant_id))


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
