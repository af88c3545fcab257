"""The shared app's hourly points: what a tenant has used, and its even share (Atlassian, "Rate limiting").

Atlassian counts points per app over all tenants, and refuses everything until the top of the hour once they
are used up. An even share keeps one tenant from doing that to the others.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.credentials.connections import App
from portal.credentials.registry import Registry
from portal.jira.answers import Code, JiraTrouble
from portal.store.tables import SharedGrant, SharedPoints
from portal.store.upsert import insert_into
from portal.store.work import Work, now_of

KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Share:
    """A tenant's points of this hour, of ``tenants`` that share the app, until ``ends_at``."""

    used: int
    share: int
    tenants: int
    ends_at: datetime


def share_of(work: Work, registry: Registry, app: App) -> Share | None:
    """Where the tenant stands; None for an app of its own."""
    shared = registry.cloud.shared_app
    if not app.is_shared or shared is None:
        return None
    with work.read() as session:
        hour = _hour(now_of(session))
        row = session.get(SharedPoints, (app.client_id, work.tenant, hour))
        with_grants = select(func.count(SharedGrant.tenant_id.distinct())).where(
            SharedGrant.client_id == app.client_id
        )
        tenants = max(session.scalar(with_grants) or 0, 1)
    used = row.points if row else 0
    return Share(used, shared.points // tenants, tenants, hour + timedelta(hours=1))


def refuse_when_used(work: Work, registry: Registry, app: App) -> None:
    """JiraTrouble ``points_used`` when the tenant's share of this hour is gone."""
    share = share_of(work, registry, app)
    if share and share.used >= share.share:
        with work.read() as session:
            left = share.ends_at - now_of(session)
        raise JiraTrouble(Code.POINTS_USED, retry_after=max(1, int(left.total_seconds())))


def count(work: Work, app: App, points: int) -> None:
    """Add what a use cost to the tenant's points of this hour."""
    if not app.is_shared or not points:
        return
    with work.write() as session:
        hour = _hour(now_of(session))
        first = insert_into(session, SharedPoints).values(
            client_id=app.client_id, tenant_id=work.tenant, hour=hour, points=points
        )
        more = first.on_conflict_do_update(
            index_elements=["client_id", "tenant_id", "hour"], set_={"points": SharedPoints.points + points}
        )
        session.execute(more)
        _forget_old(session, hour)


def _forget_old(session: Session, hour: datetime) -> None:
    own = SharedPoints.tenant_id == session.info["tenant_id"]
    session.execute(delete(SharedPoints).where(own, SharedPoints.hour < hour - KEPT))


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
