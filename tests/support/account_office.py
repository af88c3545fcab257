"""What every office of the tests has: a tenant with one ALM account at the practice Jira, and its rows."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select, update

from portal.alm_accounts import accounts, field_maps
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.confirming import confirm
from portal.alm_accounts.testing import run_test
from portal.credentials import callbacks, flows
from portal.credentials.flow_rows import CONNECTED
from portal.credentials.registry import Registry
from portal.jira.client import Field
from portal.store.tables import AlmAccount, AuditEvent, Credential, Flow, Grant
from portal.store.vault import get_secret
from portal.store.work import Work
from tests.support import canaries
from tests.support.accounts import at_browser, registry_of
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess, callback_values
from tests.support.world import Someone, TenantWorld

Row = TypeVar("Row", bound=Any)


@dataclass(frozen=True)
class AccountOffice:
    """The tenant, its practice Jira, and its account."""

    portal: Portal
    sandbox: SandboxProcess
    tenant: TenantWorld
    account_id: UUID

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

    def confirm(self, credential_id: UUID) -> UUID:
        """Test the account's own new credential and take it into use; its id."""
        assert run_test(self.work, self.registry, self.account_id, None, pending=True).passed
        confirm(self.work, self.account_id, credential_id)
        return credential_id

    def save(self) -> None:
        """Finish the set-up without mapping a field."""
        no_fields: list[Field] = []
        field_maps.save(self.work, self.account_id, no_fields, {})

    def credentials(self) -> list[Credential]:
        """All credentials on the account, oldest first; their secrets are searched for from now on."""
        secrets = ("access_token", "token_secret", "session_handle")
        return self.rows_of(Credential, Credential.connected_at, *secrets)

    def flows(self) -> list[Flow]:
        """All flows of the account, oldest first; their secrets are searched for from now on."""
        return self.rows_of(Flow, Flow.created_at, "request_secret")

    def grants(self) -> list[Grant]:
        """The tenant's grants; their tokens are searched for from now on."""
        with self.work.read() as session:
            return _noted(session, list(session.scalars(select(Grant))), "access_token", "refresh_token")

    def grant_of(self, credential_id: UUID) -> Grant:
        """The grant a credential rests on."""
        with self.work.read() as session:
            row = session.get_one(Credential, (self.tenant.id, credential_id))
            return session.get_one(Grant, (self.tenant.id, row.grant_id))

    def rows_of(self, table: type[Row], order: Any, *sealed: str) -> list[Row]:
        """The account's rows of a table in this order; what is sealed in them is searched for from now on."""
        with self.work.read() as session:
            wanted = select(table).where(table.account_id == self.account_id).order_by(order)
            return _noted(session, list(session.scalars(wanted)), *sealed)

    def edit(self, table: Any, **values: Any) -> None:
        """Change columns of the account's rows behind the portal's back."""
        of_account = (
            table.id == self.account_id if table is AlmAccount else table.account_id == self.account_id
        )
        with self.work.write() as session:
            session.execute(update(table).where(of_account).values(**values))

    def audit_lines(self, event: str) -> list[AuditEvent]:
        """The tenant's lines of this event, oldest first."""
        with self.work.read() as session:
            wanted = select(AuditEvent).where(AuditEvent.event == event).order_by(AuditEvent.seq)
            return list(session.scalars(wanted))

    def calls(self, endpoint: str) -> int:
        """How often the practice Jira was called: ``calls("POST oauth.access_token")``."""
        return int(self.sandbox.state()["counters"]["requests"].get(endpoint, 0))


@dataclass(frozen=True)
class ConsentOffice(AccountOffice, ABC):
    """An office whose people connect through a consent page of OAuth 2.0."""

    @abstractmethod
    def allowed(self, jira_user: str, url: str, site: str) -> str:
        """What the consent page at ``url`` leads back to, when this Jira user has said yes."""

    def consent(
        self,
        someone: Someone,
        purpose: str,
        jira_user: str,
        site: str = "acme",
        account_id: UUID | None = None,
    ) -> Flow:
        """The whole way through the consent page; the flow as it ended. ``site``: that of Jira Cloud."""
        work, registry = at_browser(self.tenant, someone), self.registry
        account_id = account_id or self.account_id
        path = accounts.account(work, account_id).callback_path
        flow_id = flows.start(work, registry, flows.FlowRequest(account_id, purpose, path))
        values = callback_values(self.allowed(jira_user, flows.consent_url(work, registry, flow_id), site))
        callback = callbacks.Callback(path, values["state"], values["code"])
        callbacks.finish(work, registry, flow_id, callback)
        return flows.read_flow(work, flow_id)

    def connect(self, someone: Someone, jira_user: str = "ada") -> UUID:
        """Connect a person's own Jira identity; the credential's id."""
        return connected(self.consent(someone, "person", jira_user))


def connected(flow: Flow) -> UUID:
    """The credential that came of a flow."""
    assert flow.outcome == CONNECTED, flow.outcome
    assert flow.credential_id is not None
    return flow.credential_id


def _noted(session: Any, rows: list[Row], *sealed: str) -> list[Row]:
    """The rows; what is sealed in these columns of theirs is searched for from now on."""
    for row in rows:
        for column in sealed:
            if getattr(row, column) is not None:
                canaries.add(get_secret(session, row, column).reveal())
    return rows
