"""A tenant's office: one ALM account linked in the practice Jira, its people at their browsers, its rows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select, update

from portal import clock
from portal.alm_accounts import accounts, drafts
from portal.alm_accounts.accounts import AccountView
from portal.credentials.registry import Registry
from portal.kinds import KINDS
from portal.store.tables import AlmAccount, AuditEvent, Credential, Flow, SigningKey
from portal.store.vault import get_secret
from portal.store.work import Work
from tests.support import canaries
from tests.support.accounts import registry_of
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import JiraBrowser, SandboxProcess
from tests.support.world import TenantWorld

Row = TypeVar("Row", Credential, Flow, SigningKey)
GET_TOKEN = "Get OAuth token"


@dataclass(frozen=True)
class Office:
    """The tenant, its practice Jira, and one account that people may connect to (no identity of its own)."""

    portal: Portal
    sandbox: SandboxProcess
    tenant: TenantWorld
    account_id: UUID

    @property
    def work(self) -> Work:
        """The admin at work."""
        return self.tenant.work(self.tenant.admin)

    @property
    def registry(self) -> Registry:
        """The registry of the portal's own process."""
        return registry_of(self.portal)

    @property
    def account(self) -> AccountView:
        """The account as it stands now."""
        return accounts.account(self.work, self.account_id)

    @cached_property
    def callback(self) -> str:
        """Path of the account's callback URL."""
        return KINDS["server_oauth1"].callback_path(self.account_id)

    def path(self, rest: str = "") -> str:
        """A page of the account, for admins."""
        return self.tenant.path(f"alm-accounts/{self.account_id}") + (f"/{rest}" if rest else "")

    @property
    def mine(self) -> str:
        """The page of a person's own credential."""
        return self.tenant.path(f"profile/alm-credentials/{self.account_id}")

    def begin(self, person: Person, own: bool = False) -> str:
        """Press *Get OAuth token* (``own``: the account's), up to the address of the consent page."""
        person.get(self.path("set-up") if own else self.mine)
        person.submit("Get auth token" if own else GET_TOKEN)
        return consent_link(person)

    def allow(self, person: Person, jira_user: str = "ada", own: bool = False) -> str:
        """The same and *Allow* in Jira; the callback URL, which is not opened."""
        return JiraBrowser(self.sandbox, jira_user).allow(self.begin(person, own))

    def connect(self, person: Person, jira_user: str = "ada") -> None:
        """The whole way of a person."""
        person.get(self.allow(person, jira_user))
        assert self.credential_of(person).state == "active"

    def credential_of(self, person: Person) -> Credential:
        """The settled credential of the person who signed in with this e-mail."""
        people = (self.tenant.admin, self.tenant.member, self.tenant.second)
        user_id = next(someone.user_id for someone in people if someone.email == person.email)
        return next(row for row in self.credentials() if row.user_id == user_id)

    def credentials(self) -> list[Credential]:
        """All credentials on the account, oldest first; their secrets are searched for from now on."""
        return self._rows(
            Credential, Credential.connected_at, "access_token", "token_secret", "session_handle"
        )

    def flows(self) -> list[Flow]:
        """All flows of the account, oldest first."""
        return self._rows(Flow, Flow.created_at, "request_secret")

    def signing_keys(self) -> list[SigningKey]:
        """The account's signing keys."""
        return self._rows(SigningKey, SigningKey.made_at)

    def _rows(self, table: type[Row], order: Any, *sealed: str) -> list[Row]:
        with self.work.read() as session:
            wanted = select(table).where(table.account_id == self.account_id).order_by(order)
            rows = list(session.scalars(wanted))
            for row in rows:
                for column in sealed:
                    if getattr(row, column) is not None:
                        canaries.add(get_secret(session, row, column).reveal())
            return rows

    def secret(self, row: Credential | SigningKey, column: str = "access_token") -> str:
        """The open text of a sealed column."""
        with self.work.read() as session:
            return get_secret(session, row, column).reveal()

    def edit(self, table: Any, **values: Any) -> None:
        """Change columns of the account's rows behind the portal's back."""
        of_account = (
            table.id == self.account_id if table is AlmAccount else table.account_id == self.account_id
        )
        with self.work.write() as session:
            session.execute(update(table).where(of_account).values(**values))

    def audit(self, event: str) -> list[dict[str, Any]]:
        """Outcome and details of the tenant's audit lines of one event, oldest first."""
        with self.work.read() as session:
            lines = session.scalars(
                select(AuditEvent).where(AuditEvent.event == event).order_by(AuditEvent.seq)
            )
            return [{"outcome": line.outcome, **line.details} for line in lines]

    def calls(self, endpoint: str) -> int:
        """How often Jira was called: ``calls("POST oauth.access_token")``."""
        return int(self.sandbox.state()["counters"]["requests"].get(endpoint, 0))

    @property
    def exchanges(self) -> int:
        """How many access tokens Jira was asked for."""
        return self.calls("POST oauth.access_token")


def make_draft(portal: Portal, tenant: TenantWorld, base_url: str) -> UUID:
    """A draft of the tenant's admin, with a base URL; its private key is searched for from now on."""
    work = tenant.work(tenant.admin)
    account_id = drafts.create_draft(work, KINDS["server_oauth1"], tenant.slug)
    accounts.change(work, registry_of(portal).outbound.wire, account_id, {"base_url": base_url})
    return account_id


def make_office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Office:
    """An office whose account is linked in the practice Jira and saved, but was never authorised."""
    office = Office(portal, sandbox, tenant, make_draft(portal, tenant, sandbox.url))
    key = office.account.key
    sandbox.make_link(key.consumer_key, key.public_pem, callback_url=portal.base_url + office.callback)
    office.edit(AlmAccount, saved_at=clock.now())
    hide(office.secret(office.signing_keys()[0], "private_key"))
    return office


def hide(pem: str) -> None:
    """Search for the lines of a private key from now on; its first line is much the same in all."""
    for line in pem.strip().splitlines()[2:-2]:
        canaries.add(line)


def consent_link(person: Person) -> str:
    """Where the page "Taking you to Jira" leads."""
    links = [str(link["href"]) for link in person.page.soup.select("main a[href]")]
    found = [link for link in links if "/plugins/servlet/oauth/authorize?oauth_token=" in link]
    assert len(found) == 1, f"{person.path}: {person.page.text[:300]}"
    return found[0]


def is_clean(person: Person) -> bool:
    """Whether the address in the browser names no part of OAuth."""
    return "oauth_" not in person.response.url
