"""An account for each way a kind proves itself to Jira, authorised as the Jira user ``admin``."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portal.credentials import token_drafts
from portal.kinds import scopes
from portal.kinds.methods import API_TOKEN, PASSWORD, PAT, SCOPED_TOKEN
from portal.sandbox.people import USERS
from tests.support import canaries
from tests.support.accounts import connected_account
from tests.support.api_tokens import DAYS, EVERY_SCOPE, ApiTokenOffice, api_token_draft
from tests.support.cloud import cloud_draft
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.server_oauth2 import server_oauth2_office
from tests.support.tokens import token_office
from tests.support.world import TenantWorld

ALL = tuple(scope.id for scope in scopes.SCOPES)
OF_TOKENS = scopes.of_token(ALL, read_only=False)
Making = Callable[[Portal, SandboxProcess, TenantWorld], UUID]


class Wide(ApiTokenOffice):
    """Its tokens have what programs need, too."""

    def typed(
        self, jira_user: str, method: str = SCOPED_TOKEN, ends_at: datetime | None = None
    ) -> token_drafts.Typed:
        """As there; an account by an app takes a token with scopes, and calls it that."""
        typed = super().typed(jira_user, method, ends_at)
        return replace(typed, method=SCOPED_TOKEN) if self.account.kind.name == "cloud_oauth" else typed

    def made(self, jira_user: str, wanted: tuple[str, ...] | None = EVERY_SCOPE) -> tuple[str, str]:
        """As there, with the further scopes where there are scopes."""
        email, given = USERS[jira_user].email, OF_TOKENS if wanted else None
        return email, canaries.add(self.sandbox.make_api_token(email, scopes=given, days=DAYS))


@dataclass(frozen=True)
class Way:
    """How an account proves itself. ``place``: where its Jira is, in the words of ``SandboxProcess.content``.

    ``by_gateway``: its calls come through the gateway of the site.
    """

    name: str
    make: Making
    place: str = "server"
    by_gateway: bool = False


def _by_pat(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> UUID:
    return token_office(portal, sandbox, tenant, PAT).account_id


def _by_password(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> UUID:
    return token_office(portal, sandbox, tenant, PASSWORD).account_id


def _by_link(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> UUID:
    return server_oauth2_office(portal, sandbox, tenant).account_id


def _by_consent(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> UUID:
    office = cloud_draft(portal, sandbox, tenant, ALL)
    office.authorise()
    office.save()
    return office.account_id


def _by_token_of_app(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> UUID:
    office = Wide(portal, sandbox, tenant, cloud_draft(portal, sandbox, tenant, ALL).account_id)
    return _saved(office, SCOPED_TOKEN)


def _by_api_token(method: str) -> Making:
    def make(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> UUID:
        draft = api_token_draft(portal, sandbox, tenant)
        return _saved(Wide(portal, sandbox, tenant, draft.account_id), method)

    return make


def _saved(office: Wide, method: str) -> UUID:
    office.authorise(method=method)
    office.save()
    return office.account_id


WAYS = (
    Way("server_oauth1", connected_account),
    Way("server_oauth2", _by_link),
    Way("server_token by PAT", _by_pat),
    Way("server_token by password", _by_password),
    Way("cloud_oauth by consent", _by_consent, "acme", by_gateway=True),
    Way("cloud_oauth by scoped token", _by_token_of_app, "acme", by_gateway=True),
    Way("cloud_token classic", _by_api_token(API_TOKEN), "acme"),
    Way("cloud_token scoped", _by_api_token(SCOPED_TOKEN), "acme", by_gateway=True),
)
