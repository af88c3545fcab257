"""Every way in which an account of some kind is held, made alike: one row for each kind and method."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

from portal.credentials import token_drafts
from portal.credentials.acting_as import find_credential
from portal.kinds.methods import API_TOKEN, OAUTH1, OAUTH2, PASSWORD, PAT, SCOPED_TOKEN
from portal.store.vault import get_secret
from tests.support import accounts, canaries
from tests.support.api_tokens import ApiTokenOffice, api_token_draft
from tests.support.cloud import cloud_draft
from tests.support.office import Office, make_draft
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.server_oauth2 import server_oauth2_draft
from tests.support.tokens import token_draft
from tests.support.world import Someone, TenantWorld


class Bench(Protocol):
    """What a test needs of an account of any kind."""

    account_id: UUID
    sandbox: SandboxProcess
    tenant: TenantWorld

    def authorise(self, jira_user: str = ...) -> UUID:
        """Connect the account itself, and confirm it."""

    def connect(self, someone: Someone, jira_user: str = ...) -> UUID:
        """Connect a person."""


class Linked(Office):
    """By application link."""

    def authorise(self, jira_user: str = "admin") -> UUID:
        """Through Jira's consent page."""
        return accounts.authorise(self.portal, self.sandbox, self.tenant, self.account_id, jira_user)

    def connect(self, someone: Someone, jira_user: str = "ada") -> UUID:  # type: ignore[override]
        """Through Jira's consent page."""
        place = (self.portal, self.sandbox, self.tenant)
        return accounts.connect(*place, someone, self.account_id, jira_user)


class ByMethod:
    """An office of tokens in which everything is held by one method."""

    def __init__(self, office: Any, method: str) -> None:
        self.office, self.method = office, method
        self.account_id, self.sandbox, self.tenant = office.account_id, office.sandbox, office.tenant

    def authorise(self, jira_user: str = "admin") -> UUID:
        """By a secret of this method."""
        return UUID(str(self.office.authorise(jira_user, self.method)))

    def connect(self, someone: Someone, jira_user: str = "ada") -> UUID:
        """By a secret of this method."""
        return UUID(str(self.office.connect(someone, jira_user, self.method)))


class ScopedBesideConsent(ApiTokenOffice):
    """API tokens with scopes in an account that takes consents too."""

    def typed(self, jira_user: str, *_: Any) -> token_drafts.Typed:
        """Only tokens with scopes are taken here."""
        return replace(super().typed(jira_user), method=SCOPED_TOKEN)

    def authorise(self, jira_user: str = "admin", method: str = SCOPED_TOKEN) -> UUID:
        """The same, confirmed."""
        outcome = self.try_typed(None, self.typed(jira_user))
        assert outcome.credential_id is not None, outcome.code
        return self.confirm(outcome.credential_id)


def _linked(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Bench:
    office = Linked(portal, sandbox, tenant, make_draft(portal, tenant, sandbox.url))
    key = office.account.key
    sandbox.make_link(key.consumer_key, key.public_pem, callback_url=portal.base_url + office.callback)
    return office


def _scoped_beside_consent(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Bench:
    account_id = cloud_draft(portal, sandbox, tenant).account_id
    return ScopedBesideConsent(portal, sandbox, tenant, account_id)


def _secret(bench: Any, user_id: UUID | None) -> str:
    """What is sent to Jira in this holder's name."""
    with bench.tenant.work(bench.tenant.admin).read() as session:
        row = find_credential(session, bench.account_id, user_id)
        assert row is not None
        return get_secret(session, row, "access_token").reveal()


def _deactivated(bench: Bench, user_id: UUID, jira_user: str) -> None:
    bench.sandbox.disable_user(jira_user)


def _revoked_link(bench: Bench, user_id: UUID, jira_user: str) -> None:
    bench.sandbox.end_server_grant(jira_user)


def _revoked_app(bench: Any, user_id: UUID, jira_user: str) -> None:
    bench.sandbox.end_grant(bench.app, jira_user)


def _revoked_pat(bench: Bench, user_id: UUID, jira_user: str) -> None:
    bench.sandbox.end_pat(_secret(bench, user_id))


def _changed_password(bench: Bench, user_id: UUID, jira_user: str) -> None:
    bench.sandbox.set_password(jira_user, canaries.new("password"))


def _revoked_token(bench: Bench, user_id: UUID, jira_user: str) -> None:
    bench.sandbox.end_api_token(_secret(bench, user_id))


@dataclass(frozen=True)
class Way:
    """One row: a draft that can be authorised at once, and how Jira comes to refuse one person.

    ``is_of_user``: what is refused then is the Jira user, however they are connected.
    """

    kind: str
    method: str
    draft: Callable[[Portal, SandboxProcess, TenantWorld], Bench]
    refuse: Callable[[Bench, UUID, str], None]
    is_of_user: bool = False

    @property
    def name(self) -> str:
        """For the list of tests."""
        return f"{self.kind} by {self.method}"


WAYS = (
    Way("server_oauth1", OAUTH1, _linked, _deactivated, is_of_user=True),
    Way("server_oauth2", OAUTH2, server_oauth2_draft, _revoked_link),
    Way("server_token", PAT, lambda *where: ByMethod(token_draft(*where), PAT), _revoked_pat),
    Way(
        "server_token",
        PASSWORD,
        lambda *where: ByMethod(token_draft(*where), PASSWORD),
        _changed_password,
        is_of_user=True,
    ),
    Way("cloud_oauth", OAUTH2, cloud_draft, _revoked_app),
    Way("cloud_oauth", SCOPED_TOKEN, _scoped_beside_consent, _revoked_token),
    Way(
        "cloud_token",
        SCOPED_TOKEN,
        lambda *where: ByMethod(api_token_draft(*where), SCOPED_TOKEN),
        _revoked_token,
    ),
    Way(
        "cloud_token", API_TOKEN, lambda *where: ByMethod(api_token_draft(*where), API_TOKEN), _revoked_token
    ),
)
