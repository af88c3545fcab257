"""A tenant's office: one ALM account linked in the practice Jira, its people at their browsers, its rows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from portal import clock
from portal.alm_accounts import accounts, drafts
from portal.kinds import KINDS
from portal.store.tables import AlmAccount, Credential, SigningKey
from portal.store.vault import get_secret
from tests.support import canaries
from tests.support.account_office import AccountOffice
from tests.support.accounts import registry_of
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import JiraBrowser, SandboxProcess
from tests.support.world import TenantWorld

GET_TOKEN = "Get OAuth token"


@dataclass(frozen=True)
class Office(AccountOffice):
    """One account that people may connect to by an application link (no identity of its own)."""

    @cached_property
    def callback(self) -> str:
        """Path of the account's callback URL."""
        return KINDS["server_oauth1"].callback_path(self.account_id)

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

    def signing_keys(self) -> list[SigningKey]:
        """The account's signing keys."""
        return self.rows_of(SigningKey, SigningKey.made_at)

    def secret(self, row: Credential | SigningKey, column: str = "access_token") -> str:
        """The open text of a sealed column."""
        with self.work.read() as session:
            return get_secret(session, row, column).reveal()

    def audit(self, event: str) -> list[dict[str, Any]]:
        """Outcome and details of the tenant's audit lines of one event, oldest first."""
        return [{"outcome": line.outcome, **line.details} for line in self.audit_lines(event)]

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
