"""The tenants support can choose from: those one visits at present, what one asked for, and all others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, or_, select, tuple_
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.permits import ON_REQUEST, WAITS_FOR, by_weight, standing_of
from portal.audit.visits import VisitedTenant, going_on, seen
from portal.store.tables import SupportRequest, Tenant
from portal.store.work import Work
from portal.visible import has_hidden

TENANTS_A_PAGE = 50
LONGEST_SEARCH = 200


def _clean(text: str) -> str:
    """What can stand in a name or slug at all: a database need not be asked for anything else."""
    text = " ".join(text.split())
    return "" if has_hidden(text) or len(text) > LONGEST_SEARCH else text


@dataclass(frozen=True)
class WantedTenants:
    """Which tenants: those with ``search`` in name or slug, that come after the one of the slug ``after``."""

    search: str = ""
    after: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "WantedTenants":
        """From a page's query; what cannot be in a name or slug is left out."""
        return cls(_clean(query.get("search", "")), _clean(query.get("after", "")))


@dataclass(frozen=True)
class TenantPage:
    """Tenants as support sees them, by name. ``after``: where the next page begins, None after the last."""

    tenants: list[VisitedTenant]
    after: str | None


def list_tenants(work: Work, wanted: WantedTenants) -> TenantPage:
    """A page of the tenants one does not visit at present, by name."""
    with work.read() as session:
        visited = [row.tenant_id for row, _ in session.execute(going_on(work.user_id))]
        query = select(Tenant).where(Tenant.id.not_in(visited), ~Tenant.is_erased)
        query = query.order_by(Tenant.name, Tenant.slug)
        if wanted.search:
            found = [
                column.icontains(wanted.search, autoescape=True) for column in (Tenant.name, Tenant.slug)
            ]
            query = query.where(or_(*found))
        last = session.scalars(select(Tenant).where(Tenant.slug == wanted.after)).first()
        if last is not None:
            query = query.where(tuple_(Tenant.name, Tenant.slug) > tuple_(last.name, last.slug))
        rows = list(session.scalars(query.limit(TENANTS_A_PAGE + 1)))
        shown = rows[:TENANTS_A_PAGE]
        tenants = _seen(session, work, shown)
        return TenantPage(tenants, shown[-1].slug if len(rows) > len(shown) else None)


def _seen(session: Session, work: Work, rows: Sequence[Tenant]) -> list[VisitedTenant]:
    """Tenants one does not visit, with how one stands with each."""
    mine = select(SupportRequest).where(
        SupportRequest.user_id == work.user_id, SupportRequest.tenant_id.in_([one.id for one in rows])
    )
    counts: dict[UUID, SupportRequest] = {}
    for asked in session.scalars(mine.order_by(*by_weight())):
        counts.setdefault(asked.tenant_id, asked)
    return [
        VisitedTenant(one.id, one.slug, one.name, None, standing_of(one, counts.get(one.id))) for one in rows
    ]


def list_asked(work: Work) -> list[VisitedTenant]:
    """The tenants on request that one asked of late and does not visit, by name."""
    lately = (SupportRequest.user_id == work.user_id) & (SupportRequest.asked_at > clock.now() - WAITS_FOR)
    asked = exists().where(SupportRequest.tenant_id == Tenant.id, lately)
    with work.read() as session:
        visited = [row.tenant_id for row, _ in session.execute(going_on(work.user_id))]
        query = select(Tenant).where(asked, Tenant.support_access == ON_REQUEST, Tenant.id.not_in(visited))
        rows = session.scalars(query.where(~Tenant.is_erased).order_by(Tenant.name)).all()
        return _seen(session, work, rows)


def list_visited(work: Work) -> list[VisitedTenant]:
    """The tenants one visits at present, the longest visited first."""
    with work.read() as session:
        live = session.execute(going_on(work.user_id)).all()
        return [seen(session, work, session.get_one(Tenant, row.tenant_id)) for row, _ in live]
