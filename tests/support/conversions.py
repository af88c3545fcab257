"""Accounts whose way of connecting is changed: each pair of kinds, with people and a board, by its pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.alm_accounts import old_way
from portal.boards import boards
from portal.kinds.methods import API_TOKEN, PAT
from portal.kinds.scopes import OFFLINE
from portal.store.tables import (
    AccountApp,
    Conversion,
    Credential,
    DueWork,
    OauthApp,
    SigningKey,
)
from portal.store.work import NOBODY, Work
from tests.support import canaries
from tests.support.account_office import AccountOffice
from tests.support.accounts import connect, connected_account
from tests.support.api_tokens import api_token_office
from tests.support.cloud_people import shared_app
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import CloudBrowser, JiraBrowser, SandboxProcess
from tests.support.tokens import token_office
from tests.support.world import Someone, TenantWorld


@dataclass(frozen=True)
class Pair:
    """From one kind to another, and the button that begins it."""

    name: str
    from_kind: str
    to_kind: str
    button: str
    by_shared: bool = False


PAIRS = (
    Pair("own-app", "cloud_token", "cloud_oauth", "Change to an app of your own"),
    Pair("shared-app", "cloud_token", "cloud_oauth", "Change to the app of this portal", by_shared=True),
    Pair("oauth1-to-oauth2", "server_oauth1", "server_oauth2", "Change to Jira Data Center OAuth 2.0"),
    Pair("token-to-oauth2", "server_token", "server_oauth2", "Change to Jira Data Center OAuth 2.0"),
    Pair("token-to-oauth1", "server_token", "server_oauth1", "Change to Jira Server OAuth"),
)


@dataclass(frozen=True)
class Changing(AccountOffice):
    """A tenant with a saved account of the old kind, and how its people go the old way and the new."""

    pair: Pair
    connect_old: Callable[[Someone, str], UUID]

    @property
    def by_clock(self) -> Work:
        """The portal itself at work in the tenant."""
        return Work(self.portal.store, self.tenant.id, NOBODY)

    def add_board(self) -> str:
        """A board on the account; its page."""
        board_id = boards.add_board(self.work, self.registry, self.account_id, 1, "Web shop")
        return self.tenant.path(f"boards/{board_id}")

    def begin(self, admin: Person) -> None:
        """From the overview to the set-up page of the new way."""
        admin.get(self.path())
        admin.click("Change the way this account connects")
        admin.submit(self.pair.button)
        assert admin.path == self.path("set-up"), admin.page.text[:400]

    def fill(self, admin: Person) -> None:
        """What the new way needs, made at Jira or Atlassian and typed here; on to the consent page."""
        admin.get(self.path("set-up"))
        admin.submit("Get auth token", **self.values())

    def values(self) -> dict[str, Any]:
        """What to type on the set-up page; made at Jira or Atlassian."""
        callback = self.portal.base_url + self.account.callback_path
        if self.pair.by_shared:
            return {}
        if self.pair.to_kind == "cloud_oauth":
            scopes = [scope for scope in self.account.app.scopes if scope != OFFLINE]
            secret = f"ATOA{canaries.new('client-secret')}"
            app = self.sandbox.make_app(callback_url=callback, scopes=scopes, client_secret=secret)
            return {"client_id": app.client_id, "client_secret": app.client_secret}
        if self.pair.to_kind == "server_oauth2":
            client_id, secret = self.sandbox.make_incoming_link(callback)
            return {"client_id": client_id, "client_secret": canaries.add(secret)}
        key = self.account.key
        self.sandbox.make_link(key.consumer_key, key.public_pem, callback_url=callback)
        return {}

    def consent(self, person: Person, jira_user: str, site: str = "acme") -> None:
        """From "Taking you to Jira" through the consent page and back."""
        links = {str(link["href"]) for link in person.page.soup.select("main a[href*='/authorize?']")}
        assert len(links) == 1, person.page.text[:400]
        if self.pair.to_kind == "cloud_oauth":
            person.get(CloudBrowser(self.sandbox, jira_user).accept(links.pop(), site))
        else:
            person.get(JiraBrowser(self.sandbox, jira_user).allow(links.pop()))

    def switch(self, admin: Person, **fields: str) -> None:
        """The admin's whole way, from the overview to the switched account."""
        self.begin(admin)
        self.fill(admin)
        self.consent(admin, "admin")
        admin.submit("Yes, use this identity and test it", **fields)
        assert admin.path == self.path(), admin.page.text[:400]
        assert self.account.kind.name == self.pair.to_kind

    def reconnect(self, person: Person, jira_user: str) -> None:
        """A person's one button, to the consent page and back."""
        person.get(self.mine)
        person.submit("Reconnect")
        self.consent(person, jira_user)
        assert person.path == self.mine, person.page.text[:400]

    def end_due(self) -> None:
        """What the worker does when the row is due."""
        old_way.end_due(self.by_clock, self.account_id)

    def credential_of(self, someone: Someone | None) -> Credential:
        """The one of this person, or the account's own."""
        wanted = someone.user_id if someone else None
        [row] = [row for row in self.credentials() if row.user_id == wanted and row.state != "pending"]
        return row

    def rows(self, *tables: Any) -> list[Any]:
        """The account's rows of these tables."""
        with self.work.read() as session:
            return [
                row
                for table in tables
                for row in session.scalars(select(table).where(table.account_id == self.account_id))
            ]

    @property
    def new_client(self) -> list[Any]:
        """What the account proves itself with at a consent page: signing keys, the way to its app."""
        return self.rows(SigningKey, AccountApp)

    @property
    def conversion(self) -> list[Conversion]:
        """The row of the change, while there is one."""
        return self.rows(Conversion)

    def apps(self) -> list[OauthApp]:
        """All apps of the tenant."""
        with self.work.read() as session:
            return list(session.scalars(select(OauthApp)))

    def due(self) -> list[DueWork]:
        """What is due about the former way."""
        with self.by_clock.within(None).read() as session:
            about = DueWork.subject_id == self.account_id
            return list(session.scalars(select(DueWork).where(about, DueWork.kind == "old_way")))

    def audit(self, event: str) -> list[dict[str, Any]]:
        """Details of the tenant's audit lines of one event, oldest first."""
        return [line.details for line in self.audit_lines(event)]


def changing(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, pair: Pair) -> Changing:
    """A saved account of the pair's old kind; nobody but the account itself is connected."""
    if pair.by_shared:
        shared_app(portal, sandbox)
    return another(portal, sandbox, tenant, pair)


def another(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, pair: Pair) -> Changing:
    """One more of them; the operator's app is there already."""
    if pair.from_kind == "server_oauth1":
        account_id = connected_account(portal, sandbox, tenant)

        def by_link(someone: Someone, jira_user: str) -> UUID:
            return connect(portal, sandbox, tenant, someone, account_id, jira_user)

        return Changing(portal, sandbox, tenant, account_id, pair, by_link)
    make, method = (token_office, PAT) if pair.from_kind == "server_token" else (api_token_office, API_TOKEN)
    office = make(portal, sandbox, tenant, method)

    def by_token(someone: Someone, jira_user: str) -> UUID:
        return office.connect(someone, jira_user, method)

    return Changing(portal, sandbox, tenant, office.account_id, pair, by_token)
