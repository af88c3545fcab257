"""Accounts on Jira Cloud by API tokens, and people connected to them, by the portal's own rules."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from portal import clock
from portal.alm_accounts import drafts, sites
from portal.credentials import token_drafts
from portal.kinds import KINDS, scopes
from portal.kinds.methods import API_TOKEN, SCOPED_TOKEN
from portal.sandbox.people import USERS
from portal.secret import Secret
from tests.support import canaries
from tests.support.accounts import at_browser, registry_of
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.tokens import TokenOffice
from tests.support.world import TenantWorld

EVERY_SCOPE = scopes.of_token(None, read_only=False)
DAYS = 200


@dataclass(frozen=True)
class ApiTokenOffice(TokenOffice):
    """A tenant with one account of the kind ``cloud_token`` at the site acme."""

    def typed(
        self, jira_user: str, method: str = SCOPED_TOKEN, ends_at: datetime | None = None
    ) -> token_drafts.Typed:
        """What a person would type: their e-mail address and a new token, with every scope or without."""
        email, token = self.made(jira_user, None if method == API_TOKEN else EVERY_SCOPE)
        ends_at = ends_at or datetime.combine(in_days(), time(23, 59, 59), UTC)
        return token_drafts.Typed(API_TOKEN, email, Secret(token), ends_at)

    def made(self, jira_user: str, wanted: tuple[str, ...] | None = EVERY_SCOPE) -> tuple[str, str]:
        """E-mail address and a new API token of theirs; ``wanted`` None: without scopes."""
        email = USERS[jira_user].email
        return email, canaries.add(self.sandbox.make_api_token(email, scopes=wanted, days=DAYS))


def in_days(days: int = DAYS) -> date:
    """The day so many days ahead, UTC."""
    return (clock.now() + timedelta(days=days)).date()


def api_token_draft(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> ApiTokenOffice:
    """A draft with its site typed in."""
    work = at_browser(tenant, tenant.admin)
    account_id = drafts.create_draft(work, KINDS["cloud_token"], tenant.slug)
    sites.set_site(work, registry_of(portal), account_id, sandbox.sites["acme"])
    return ApiTokenOffice(portal, sandbox, tenant, account_id)


def api_token_office(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, method: str = SCOPED_TOKEN
) -> ApiTokenOffice:
    """A saved account, authorised as the Jira user ``admin``."""
    office = api_token_draft(portal, sandbox, tenant)
    office.authorise(method=method)
    office.save()
    return office
