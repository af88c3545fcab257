"""Accounts that connect by what people paste, and people connected to them, by the portal's own rules."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.alm_accounts import accounts, drafts
from portal.credentials import token_drafts, tokens
from portal.kinds import KINDS
from portal.kinds.methods import PASSWORD, PAT
from portal.sandbox.people import USERS
from portal.secret import Secret
from tests.support import canaries
from tests.support.account_office import AccountOffice
from tests.support.accounts import at_browser, registry_of
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import Someone, TenantWorld


@dataclass(frozen=True)
class TokenOffice(AccountOffice):
    """A tenant with one account of the kind ``server_token`` at the practice Jira."""

    def typed(self, jira_user: str, method: str = PAT, ends_at: datetime | None = None) -> token_drafts.Typed:
        """What a Jira user would type: a new personal access token, or user name and password."""
        user = USERS[jira_user]
        if method == PASSWORD:
            return token_drafts.Typed(PASSWORD, user.name, Secret(user.password), None)
        pat = canaries.add(self.sandbox.make_pat(jira_user))
        return token_drafts.Typed(PAT, "", Secret(pat), ends_at)

    def try_typed(self, someone: Someone | None, typed: token_drafts.Typed) -> tokens.Outcome:
        """Keep and try it as a person's (None: as the account's own); how that ended."""
        work = at_browser(self.tenant, someone or self.tenant.admin)
        user_id = someone.user_id if someone else None
        token_drafts.keep_draft(work, self.account_id, user_id, typed)
        return tokens.connect(work, self.registry, self.account_id, user_id)

    def connect(self, someone: Someone, jira_user: str = "ada", method: str = PAT) -> UUID:
        """Connect a person's own Jira identity; the credential's id."""
        return _credential(self.try_typed(someone, self.typed(jira_user, method)))

    def authorise(self, jira_user: str = "admin", method: str = PAT) -> UUID:
        """Connect the account itself, test and confirm; the credential's id."""
        return self.confirm(_credential(self.try_typed(None, self.typed(jira_user, method))))


def _credential(outcome: tokens.Outcome) -> UUID:
    assert outcome.credential_id is not None, (outcome.code, outcome.evidence)
    return outcome.credential_id


def token_draft(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> TokenOffice:
    """A draft with its base URL typed in."""
    work = at_browser(tenant, tenant.admin)
    account_id = drafts.create_draft(work, KINDS["server_token"], tenant.slug)
    accounts.change(work, registry_of(portal).outbound.wire, account_id, {"base_url": sandbox.url})
    return TokenOffice(portal, sandbox, tenant, account_id)


def token_office(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, method: str = PAT
) -> TokenOffice:
    """A saved account, authorised as the Jira user ``admin``."""
    office = token_draft(portal, sandbox, tenant)
    office.authorise(method=method)
    office.save()
    return office
