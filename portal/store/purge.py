"""What nobody reads any more goes: ended sign-ins, ways to consent pages, messages that were sent.

The audit keeps what happened; these rows only served it while it did.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from portal.store.tables import Flow, FlowLookup, Mail, SignIn, Tenant
from portal.store.work import Work, now_of

SIGN_INS_AFTER = timedelta(days=90)  # the longest one may be set to last 30 days
FLOWS_AFTER = timedelta(days=30)
MAILS_AFTER = timedelta(days=30)


def purge(work: Work) -> None:
    """Delete it, portal-wide and tenant by tenant; each in a transaction of its own."""
    work = work.within(None)
    with work.write() as session:
        now = now_of(session)
        session.execute(delete(SignIn).where(SignIn.last_seen_at < now - SIGN_INS_AFTER))
        session.execute(delete(FlowLookup).where(FlowLookup.expires_at < now - FLOWS_AFTER))
        sent = Mail.content.is_(None)  # or given up; what still waits stays
        session.execute(delete(Mail).where(Mail.created_at < now - MAILS_AFTER, sent))
        tenants = session.scalars(select(Tenant.id)).all()
    for tenant_id in tenants:
        _purge_flows(work.within(tenant_id), now - FLOWS_AFTER)


def _purge_flows(work: Work, before: datetime) -> None:
    with work.write() as session:
        session.execute(delete(Flow).where(Flow.expires_at < before))
