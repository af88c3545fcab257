"""Support visits: an hour in which one of the support staff may look into one tenant, for a reason.

A visit is recorded in the portal's chain and in the tenant's, in the transaction that opens it, and the
tenant's admins see it while it lasts. It lets look, and changes nothing. It goes on only while its person may
visit the tenant: who leaves the staff or loses the second factor, or whose leave is taken back, has none from
the next request on (T06).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, cast, func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import permits
from portal.audit.log import record
from portal.audit.permits import Standing
from portal.errors import FieldErrors, NotHere, Refused
from portal.store.tables import SupportVisit, Tenant, User
from portal.store.work import Work
from portal.visible import has_hidden

LASTS = timedelta(hours=1)
SHORTEST_REASON, LONGEST_REASON = 5, 200
BAD_REASON = f"Say why in {SHORTEST_REASON} to {LONGEST_REASON} characters; a ticket number helps."
ASK_FIRST = "This organisation lets support in on request. Ask its admins first."


@dataclass(frozen=True)
class Visit:
    """A visit that goes on."""

    by: str
    user_id: UUID
    reason: str
    ends_at: datetime


@dataclass(frozen=True)
class VisitedTenant:
    """A tenant as support sees it; ``visit`` is one's own, while it goes on."""

    id: UUID
    slug: str
    name: str
    visit: Visit | None
    standing: Standing


def tenant(work: Work, tenant_id: UUID) -> VisitedTenant:
    """One tenant; raises :class:`NotHere` when there is none of this id."""
    with work.within(None).read() as session:
        return seen(session, work, get_tenant(session, tenant_id))


def seen(session: Session, work: Work, row: Tenant) -> VisitedTenant:
    """A tenant as the person at work sees it."""
    live = session.execute(going_on(work.user_id, row.id)).first()
    standing = permits.standing(session, row, work.user_id)
    return VisitedTenant(row.id, row.slug, row.name, _view(*live) if live else None, standing)


def visits_now(work: Work) -> list[Visit]:
    """Who of the support staff may look into this tenant at this moment, and why."""
    with work.read() as session:
        return [_view(row, name) for row, name in session.execute(going_on(None, work.tenant))]


def clean_reason(reason: str) -> str:
    """A reason as it is kept; raises :class:`FieldErrors` for one that says nothing."""
    reason = " ".join(reason.split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or has_hidden(reason):
        raise FieldErrors({"reason": BAD_REASON})
    return reason


def open_visit(work: Work, tenant_id: UUID, reason: str) -> None:
    """Begin an hour in this tenant, or what is left of an admin's leave; one that goes on already ends.

    Raises :class:`FieldErrors` for a reason that says nothing, :class:`Refused` where an admin has to say yes
    first, :class:`NotHere` for no such tenant.
    """
    reason, now = clean_reason(reason), clock.now()
    work = work.within(tenant_id)
    with work.write() as session:
        one_at_a_time(session, work)
        standing = permits.standing(session, get_tenant(session, tenant_id), work.user_id)
        if not standing.may_visit:
            raise Refused(ASK_FIRST)
        end_all(session, work, work.user_id)
        ends_at = min(now + LASTS, standing.until or now + LASTS)
        session.add(
            SupportVisit(
                user_id=work.user_id, tenant_id=tenant_id, reason=reason, started_at=now, ends_at=ends_at
            )
        )
        # A visit that ends by its hour has no line of its own: this one tells when.
        until = ends_at.isoformat(timespec="minutes")
        record_both(session, work, "support.visit_opened", None, reason=reason, until=until)


def end_visit(work: Work, tenant_id: UUID) -> None:
    """End one's own visit now; nothing happens where none goes on."""
    work = work.within(tenant_id)
    with work.write() as session:
        one_at_a_time(session, work)
        get_tenant(session, tenant_id)
        end_all(session, work, work.user_id)


def one_at_a_time(session: Session, work: Work) -> None:
    """Have what the person does in this tenant wait for what they do there in another window, so that there
    is one visit and one question. SQLite lets one write at a time anyway.

    Support may hold no row of a tenant's. Locks of two numbers are others than those of the chains.
    """
    if session.get_bind().dialect.name == "postgresql":
        numbers = (
            cast(int.from_bytes(one.bytes[:4], "big", signed=True), Integer)
            for one in (work.tenant, work.user_id)
        )
        session.execute(select(func.pg_advisory_xact_lock(*numbers)))


def end_all(session: Session, work: Work, user_id: UUID | None) -> None:
    """End the visits of this person, or of everybody, that go on in the tenant of ``work``."""
    for row, _ in session.execute(going_on(user_id, work.tenant)).all():
        row.ends_at = clock.now()
        record_both(session, work, "support.visit_ended", row.user_id)


def end_everywhere(work: Work, user_id: UUID) -> None:
    """Whoever may visit nobody any longer: end what visits they left open, and tell the tenants' chains.

    Called after the transaction that took the right away, since each tenant's chain has one of its own.
    """
    live = (SupportVisit.user_id == user_id) & (SupportVisit.ends_at > clock.now())
    with work.within(None).read() as session:
        open_in = select(SupportVisit.tenant_id).join(Tenant, Tenant.id == SupportVisit.tenant_id)
        tenants = set(session.scalars(open_in.where(live, ~Tenant.is_erased)))
    for there in map(work.within, sorted(tenants)):
        with there.write() as session:
            held = select(SupportVisit).where(live, SupportVisit.tenant_id == there.tenant)
            for row in session.scalars(held.with_for_update()):
                row.ends_at = clock.now()
                record_both(session, there, "support.visit_ended", user_id)


def going_on(user_id: UUID | None, tenant_id: UUID | None = None) -> Select[SupportVisit, str]:
    """Visits that go on, of one person or in one tenant, with the person's name."""
    query = (
        select(SupportVisit, User.name)
        .join(User, User.id == SupportVisit.user_id)
        .join(Tenant, Tenant.id == SupportVisit.tenant_id)
        .where(SupportVisit.ends_at > clock.now(), permits.may_visit(SupportVisit.user_id))
        .where(User.is_support, User.disabled_at.is_(None), User.totp_since.is_not(None))
        .order_by(SupportVisit.started_at)
    )
    if user_id is not None:
        query = query.where(SupportVisit.user_id == user_id)
    return query if tenant_id is None else query.where(SupportVisit.tenant_id == tenant_id)


def get_tenant(session: Session, tenant_id: UUID) -> Tenant:
    """The row of a tenant that is not erased; raises :class:`NotHere`."""
    found = session.get(Tenant, tenant_id)
    if found is None or found.is_erased:
        raise NotHere
    return found


def record_both(session: Session, work: Work, event: str, about: UUID | None, **details: Any) -> None:
    """In the tenant's chain and in the portal's, which names the tenant. ``about``: whom of the staff."""
    told = {**details, "tenant_id": str(work.tenant)}
    record(session, work, event, subject_id=about, **details)
    record(session, work, event, in_portal=True, subject_id=about, **told)


def _view(row: SupportVisit, name: str) -> Visit:
    return Visit(name, row.user_id, row.reason, row.ends_at)
