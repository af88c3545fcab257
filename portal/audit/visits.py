"""Support visits: an hour in which one of the support staff may read one tenant's audit, for a reason.

A visit is recorded in the portal's chain and in the tenant's, in the transaction that opens it, and the
tenant's admins see it while it lasts. It opens nothing but the audit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import record
from portal.errors import FieldErrors, NotHere
from portal.store.tables import SupportVisit, Tenant, User
from portal.store.work import Work

LASTS = timedelta(hours=1)
SHORTEST_REASON, LONGEST_REASON = 5, 200
BAD_REASON = f"Say why in {SHORTEST_REASON} to {LONGEST_REASON} characters; a ticket number helps."


@dataclass(frozen=True)
class Visit:
    """A visit that goes on."""

    by: str
    reason: str
    ends_at: datetime


@dataclass(frozen=True)
class VisitedTenant:
    """A tenant as support sees it; ``visit`` is one's own, while it goes on."""

    id: UUID
    slug: str
    name: str
    visit: Visit | None


def list_tenants(work: Work) -> list[VisitedTenant]:
    """Every tenant, by name."""
    with work.read() as session:
        mine = {row.tenant_id: _view(row, name) for row, name in session.execute(_live(work.user_id))}
        tenants = session.scalars(select(Tenant).order_by(Tenant.name, Tenant.slug))
        return [VisitedTenant(one.id, one.slug, one.name, mine.get(one.id)) for one in tenants]


def tenant(work: Work, tenant_id: UUID) -> VisitedTenant:
    """One tenant; raises :class:`NotHere` when there is none of this id."""
    with work.read() as session:
        found = _tenant(session, tenant_id)
        row = session.execute(_live(work.user_id, tenant_id)).first()
        return VisitedTenant(found.id, found.slug, found.name, _view(*row) if row else None)


def visits_now(work: Work) -> list[Visit]:
    """Who of the support staff reads this tenant's audit at this moment, and why."""
    with work.read() as session:
        return [_view(row, name) for row, name in session.execute(_live(None, work.tenant))]


def open_visit(work: Work, tenant_id: UUID, reason: str) -> None:
    """Begin an hour in this tenant's audit; one that goes on already ends.

    Raises :class:`FieldErrors` for a reason that says nothing, :class:`NotHere` for no such tenant.
    """
    reason = " ".join(reason.split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise FieldErrors({"reason": BAD_REASON})
    now = clock.now()
    work = work.within(tenant_id)
    with work.write() as session:
        _tenant(session, tenant_id)
        _end(session, work, tenant_id)
        session.add(
            SupportVisit(
                user_id=work.user_id, tenant_id=tenant_id, reason=reason, started_at=now, ends_at=now + LASTS
            )
        )
        record(session, work, "support.visit_opened", reason=reason)
        record(session, work, "support.visit_opened", in_portal=True, tenant_id=str(tenant_id), reason=reason)


def end_visit(work: Work, tenant_id: UUID) -> None:
    """End one's own visit now; nothing happens where none goes on."""
    work = work.within(tenant_id)
    with work.write() as session:
        _tenant(session, tenant_id)
        _end(session, work, tenant_id)


def _end(session: Session, work: Work, tenant_id: UUID) -> None:
    for row, _ in session.execute(_live(work.user_id, tenant_id)).all():
        row.ends_at = clock.now()
        record(session, work, "support.visit_ended")
        record(session, work, "support.visit_ended", in_portal=True, tenant_id=str(tenant_id))


def _live(user_id: UUID | None, tenant_id: UUID | None = None) -> Select[SupportVisit, str]:
    """Visits that go on, of one person or in one tenant, with the person's name.

    Whoever is no longer support has none: leaving the staff ends the visit (T06).
    """
    query = (
        select(SupportVisit, User.name)
        .join(User, User.id == SupportVisit.user_id)
        .where(SupportVisit.ends_at > clock.now(), User.is_support, User.disabled_at.is_(None))
        .order_by(SupportVisit.started_at)
    )
    if user_id is not None:
        query = query.where(SupportVisit.user_id == user_id)
    return query if tenant_id is None else query.where(SupportVisit.tenant_id == tenant_id)


def _tenant(session: Session, tenant_id: UUID) -> Tenant:
    found = session.get(Tenant, tenant_id)
    if found is None:
        raise NotHere
    return found


def _view(row: SupportVisit, name: str) -> Visit:
    return Visit(name, row.reason, row.ends_at)
