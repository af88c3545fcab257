"""What nobody reads any more goes: ended sign-ins, ways to consent pages, sent messages, unused tokens,
forms nobody came back to, tries that have worn off, addresses nobody confirmed, support's questions and
visits, what checklists said, and deliveries Jira answered.

The audit keeps what happened; these rows only served it while it did. `docs/operations.md` has the table of
what is kept for how long.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.store.tables import (
    CheckChange,
    CheckRun,
    Delivery,
    DeliveryRequest,
    Flow,
    FlowLookup,
    GuideLink,
    KeptForm,
    Mail,
    SignIn,
    SupportRequest,
    SupportVisit,
    Tenant,
    TokenDraft,
    Tries,
    User,
)
from portal.store.work import Work, now_of

FLOWS_AFTER = timedelta(days=30)
MAILS_AFTER = timedelta(days=30)
GUIDE_LINKS_AFTER = timedelta(days=30)
DRAFTS_AFTER = timedelta(days=7)  # a token somebody pasted and never connected with
FORMS_AFTER = timedelta(days=1)
NEW_EMAILS_AFTER = timedelta(days=7)
SUPPORT_AFTER = timedelta(days=400)
AT_ONCE = 500  # rows of a transaction: what is accepted meanwhile waits for it


@dataclass(frozen=True)
class Kept:
    """How long the operator has kept what the settings name: a delivery after Jira has answered, a sign-in
    after it was last seen, and what the rows of a checklist said."""

    deliveries: timedelta
    sign_ins: timedelta
    checks: timedelta

    @classmethod
    def by(cls, settings: Settings) -> "Kept":
        """As the settings say."""
        days = settings.deliveries_days, settings.sign_ins_days, settings.checks_days
        return cls(*(timedelta(days=number) for number in days))


def purge(work: Work, kept: Kept) -> None:
    """Delete it, portal-wide and tenant by tenant; each in a transaction of its own."""
    work = work.within(None)
    with work.write() as session:
        now = now_of(session)
        session.execute(delete(SignIn).where(SignIn.last_seen_at < now - kept.sign_ins))
        session.execute(delete(FlowLookup).where(FlowLookup.expires_at < now - FLOWS_AFTER))
        sent = Mail.content.is_(None)  # or given up; what still waits stays
        session.execute(delete(Mail).where(Mail.created_at < now - MAILS_AFTER, sent))
        session.execute(delete(Tries).where(Tries.empty_at < now))
        _purge_people(session, now)
        tenants = session.scalars(select(Tenant.id)).all()
    for tenant_id in tenants:
        _purge_tenant(work.within(tenant_id), now)
        _purge_checks(work.within(tenant_id), now - kept.checks)
        _purge_deliveries(work.within(tenant_id), now - kept.deliveries)


def _purge_people(session: Session, now: datetime) -> None:
    """Addresses nobody confirmed, and when support asked to look into a tenant and did."""
    never = User.email_expires_at < now - NEW_EMAILS_AFTER
    session.execute(update(User).where(never).values(new_email=None, email_hash=None, email_expires_at=None))
    session.execute(delete(SupportRequest).where(SupportRequest.asked_at < now - SUPPORT_AFTER))
    session.execute(delete(SupportVisit).where(SupportVisit.ends_at < now - SUPPORT_AFTER))


def _purge_tenant(work: Work, now: datetime) -> None:
    with work.write() as session:
        session.execute(delete(Flow).where(Flow.expires_at < now - FLOWS_AFTER))
        session.execute(delete(TokenDraft).where(TokenDraft.kept_at < now - DRAFTS_AFTER))
        session.execute(delete(KeptForm).where(KeptForm.kept_at < now - FORMS_AFTER))
        session.execute(delete(GuideLink).where(GuideLink.expires_at < now - GUIDE_LINKS_AFTER))


def _purge_checks(work: Work, before: datetime) -> None:
    with work.write() as session:
        session.execute(delete(CheckRun).where(CheckRun.started_at < before))
        session.execute(delete(CheckChange).where(CheckChange.at < before))


def _purge_deliveries(work: Work, before: datetime) -> None:
    """Delete those that ended before, and the requests that came before; what waits has not ended."""
    ended = select(Delivery.id).where(Delivery.received_at < before, Delivery.finished_at < before)
    requests = select(DeliveryRequest.id).where(DeliveryRequest.received_at < before)
    for table, old in ((Delivery, ended), (DeliveryRequest, requests)):
        while _some_deleted(work, table, old) == AT_ONCE:
            pass


def _some_deleted(work: Work, table: type[Delivery] | type[DeliveryRequest], old: Select[UUID]) -> int:
    """How many of the old ones went in this transaction, at most :data:`AT_ONCE`."""
    with work.write() as session:
        ids = session.scalars(old.limit(AT_ONCE)).all()
        session.execute(delete(table).where(table.id.in_(ids)))
    return len(ids)
