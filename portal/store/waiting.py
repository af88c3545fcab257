"""What waits to be done, over all tenants: how much, and for how long the oldest has been waiting."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal.store.tables import Delivery, DueWork, Mail
from portal.store.work import Work, now_of


@dataclass(frozen=True)
class Waiting:
    """How many things wait, and the seconds since the oldest could have been done."""

    count: int
    oldest: float


def due_work(work: Work, kinds: Collection[str]) -> dict[str, Waiting]:
    """What is due and was not done, by kind; kinds of which nothing is due are there too."""
    with work.within(None).read() as session:
        now = now_of(session)
        late = select(DueWork.kind, func.count(), func.min(DueWork.due_at)).where(DueWork.due_at <= now)
        rows = {row[0]: _waiting(row[1], row[2], now) for row in session.execute(late.group_by(DueWork.kind))}
    return {kind: rows.get(kind, Waiting(0, 0.0)) for kind in sorted({*kinds, *rows})}


def mails(work: Work) -> Waiting:
    """Messages that were neither sent nor given up."""
    with work.within(None).read() as session:
        waiting = Mail.sent_at.is_(None) & Mail.failed_at.is_(None)
        count, oldest = session.execute(select(func.count(), func.min(Mail.created_at)).where(waiting)).one()
        return _waiting(count, oldest, now_of(session))


def deliveries(work: Work, kinds: Collection[str]) -> Waiting:
    """Deliveries Jira has not answered; rows of due work of these kinds say which tenants have some."""
    with work.within(None).read() as session:
        tenants = session.scalars(select(DueWork.tenant_id).where(DueWork.kind.in_(kinds)).distinct()).all()
    found = [_deliveries_of(work.within(tenant_id)) for tenant_id in tenants if tenant_id]
    return Waiting(sum(one.count for one in found), max((one.oldest for one in found), default=0.0))


def _deliveries_of(work: Work) -> Waiting:
    with work.read() as session:
        waiting = select(func.count(), func.min(Delivery.received_at)).where(Delivery.state == "waiting")
        count, oldest = session.execute(waiting).one()
        return _waiting(count, oldest, now_of(session))


def _waiting(count: int, oldest: datetime | None, now: datetime) -> Waiting:
    return Waiting(count, max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
