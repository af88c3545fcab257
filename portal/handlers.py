"""What is done about a row of due work, by its kind.

A handler gets a :class:`Work` of the portal itself in the row's tenant, or in none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from portal import clock
from portal.alm_accounts import certificates, ending_warnings, old_way
from portal.audit.use_batches import age_out
from portal.checklist import guide_looks, quiet
from portal.config import Settings
from portal.credentials import erasing, refreshing, reporting
from portal.credentials.delivery_ways import DELIVER, DELIVER_AGAIN
from portal.credentials.grants import RENEWAL
from portal.credentials.keeping import forget_unconfirmed
from portal.credentials.old_ways import OLD_WAY
from portal.credentials.registry import Registry
from portal.deliveries import sending
from portal.mail import outbox
from portal.mail.smtp import Server
from portal.people import resets, support_access, tenant_ends, tenant_erasing
from portal.people.tenants import list_all
from portal.store import due
from portal.store.due import DueRow
from portal.store.purge import Kept, purge
from portal.store.tables import Tenant
from portal.store.work import Store, Work, now_of

PURGE, PURGE_EVERY = "purge", timedelta(days=1)
DAILY = (PURGE, ending_warnings.KIND, reporting.KIND, quiet.NIGHTLY)
ONLY_ONE = UUID(int=0)  # the subject of work that is about nothing in particular


@dataclass(frozen=True)
class Tools:
    """What a handler may use; the process's own, so that no request waits for it."""

    settings: Settings
    store: Store
    registry: Registry
    mail_server: Server | None


def _purge(tools: Tools, work: Work, row: DueRow) -> None:
    """Once a day; the row moves on and never goes."""
    purge(work, Kept.by(tools.settings))
    for tenant in list_all(work):
        forget_unconfirmed(work.within(tenant.id))
        age_out(work.within(tenant.id), clock.now() - timedelta(days=tools.settings.uses_days))
        sending.sweep(work.within(tenant.id))
    with work.write() as session:
        due.put(session, row.kind, row.subject_id, now_of(session) + PURGE_EVERY, None)


def _endings(tools: Tools, work: Work, row: DueRow) -> None:
    """Once a day, for every tenant on its own: the Jira of one may take long to answer."""
    if work.tenant_id is None:
        with work.write() as session:
            for tenant_id in session.scalars(select(Tenant.id).where(~Tenant.is_closed)):
                due.put(session, row.kind, tenant_id, now_of(session), tenant_id)
            due.put(session, row.kind, row.subject_id, now_of(session) + ending_warnings.EVERY, None)
        return
    certificates.look_where_due(work, tools.registry, clock.now())
    ending_warnings.warn(work)


def _report(tools: Tools, work: Work, row: DueRow) -> None:
    """Once a day see which apps have to report; of each its own row does it."""
    if row.subject_id != ONLY_ONE:
        reporting.report_due(work, tools.registry, row.subject_id)
        return
    reporting.spread(work)
    with work.write() as session:
        due.put(session, row.kind, row.subject_id, now_of(session) + reporting.EVERY, None)


def _deliver(tools: Tools, work: Work, row: DueRow) -> None:
    """One turn of a tenant's, or another try with an account that was in trouble."""
    lease_for = timedelta(seconds=tools.settings.work_lease_seconds)
    if row.kind == DELIVER:
        sending.take_turn(work, tools.registry, lease_for)
    else:
        sending.try_again(work, tools.registry, row.subject_id, lease_for)


def _quiet(tools: Tools, work: Work, row: DueRow) -> None:
    """Go through a checklist that nobody asked for."""
    quiet.KINDS[row.kind](work, tools.registry, row)


# Does what a row is about, as the portal itself at work in the row's tenant (or in none). It may be called
# twice for one row, and raises to be called again later.
Handler = Callable[[Tools, Work, DueRow], None]
HANDLERS: dict[str, Handler] = {
    outbox.KIND: lambda tools, work, row: outbox.send(work, tools.mail_server, row),
    RENEWAL: lambda tools, work, row: refreshing.refresh_due(work, tools.registry, row.subject_id),
    PURGE: _purge,
    ending_warnings.KIND: _endings,
    reporting.KIND: _report,
    erasing.CLOSED: lambda tools, work, row: erasing.erase_closed(work, row.subject_id),
    erasing.CHANGED: lambda tools, work, row: erasing.fetch_changed(work, tools.registry, row.subject_id),
    OLD_WAY: lambda tools, work, row: old_way.end_due(work, row.subject_id),
    resets.KIND: lambda tools, work, row: resets.send_asked(work, row.subject_id),
    tenant_ends.KIND: lambda tools, work, row: tenant_erasing.erase_due(work, row.subject_id),
    support_access.KIND: lambda tools, work, row: support_access.tell_admins(work, row.subject_id),
    guide_looks.KIND: lambda tools, work, row: guide_looks.look(work, tools.registry, row.subject_id),
    **dict.fromkeys(quiet.KINDS, _quiet),
    **dict.fromkeys((DELIVER, DELIVER_AGAIN), _deliver),
}

# What is done for a closed tenant too: a grant that nobody renews dies, and whoever closed their account at
# Atlassian has a right to be forgotten.
EVEN_CLOSED = frozenset({RENEWAL, erasing.CLOSED, erasing.CHANGED})
# What somebody waits for who has a page open: taken before all that may wait till morning.
FIRST = (guide_looks.KIND,)
# What goes round many accounts, each of whose Jiras may be silent for a whole deadline.
SLOW = frozenset({ending_warnings.KIND, reporting.KIND, erasing.CHANGED, guide_looks.KIND, *quiet.KINDS})
# Of these many may wait at any time: they have threads of their own. What was in trouble may hang again, so
# one thread is there for what was not.
DELIVERIES = frozenset({DELIVER, DELIVER_AGAIN})
