"""Guide links of one account, their page, and the worker that looks while it is open."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from portal.alm_accounts import accounts, drafts
from portal.checklist import guide_links, guide_looks, runs
from portal.handlers import Tools
from portal.kinds import KINDS
from portal.store.tables import CheckRun, DueWork, GuideLink
from portal.store.work import NOBODY, Work, now_of
from portal.worker import do_one
from tests.support.accounts import at_browser, registry_of
from tests.support.checklist import Sheet
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld


@dataclass(frozen=True)
class GuideDesk(Sheet):
    """An account whose Jira side somebody else is to set up."""

    def make(self) -> str:
        """A link; the path of its page."""
        token, _ = guide_links.make(self.work, self.account_id)
        return f"/guide/{token.reveal()}"

    @property
    def pages(self) -> str:
        """The admin's page about links."""
        return self.tenant.path(f"alm-accounts/{self.account_id}/guide-links")

    def edit(self, **values: Any) -> None:
        """Change the links behind the portal's back; times are given as what they are from now."""
        with self.work.write() as session:
            now = now_of(session)
            given = {name: now + one if isinstance(one, timedelta) else one for name, one in values.items()}
            session.execute(update(GuideLink).where(GuideLink.account_id == self.account_id).values(**given))

    def links(self) -> list[guide_links.LinkView]:
        """As the admin sees them."""
        return guide_links.links(self.work, self.account_id)

    def due(self) -> list[DueWork]:
        """Whether and when the worker is to look."""
        with Work(self.tenant.store, None, NOBODY).read() as session:
            mine = DueWork.kind == guide_looks.KIND, DueWork.subject_id == self.account_id
            return list(session.scalars(select(DueWork).where(*mine)))

    def look(self) -> None:
        """Let the time of looking come, and look as the worker does, once."""
        with Work(self.tenant.store, None, NOBODY).write() as session:
            others = DueWork.kind == guide_looks.KIND, DueWork.subject_id != self.account_id
            session.execute(delete(DueWork).where(*others))
            mine = DueWork.kind == guide_looks.KIND
            session.execute(update(DueWork).where(mine).values(due_at=now_of(session)))
        tools = Tools(self.portal.settings, self.portal.store, registry_of(self.portal), None)
        do_one(tools, [guide_looks.KIND])

    def begin_elsewhere(self) -> UUID | None:
        """Another process goes through the checklist."""
        return runs.begin(self.work, self.account_id, runs.PERSON)

    def runs(self) -> list[CheckRun]:
        """Every going-through of the account's checklist."""
        with self.work.read() as session:
            return list(session.scalars(select(CheckRun).where(CheckRun.account_id == self.account_id)))


def draft_desk(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, kind: str = "server_oauth1"
) -> GuideDesk:
    """A draft with its address typed in, of which Jira knows nothing yet."""
    work = at_browser(tenant, tenant.admin)
    account_id = drafts.create_draft(work, KINDS[kind], tenant.slug)
    if not KINDS[kind].is_cloud:
        accounts.change(work, registry_of(portal).outbound.wire, account_id, {"base_url": sandbox.url})
    return GuideDesk(portal, sandbox, tenant, account_id)
