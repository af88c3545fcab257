"""Which deliveries go in the next call: held by a lease, a batch of one account and one kind.

Within a lane one delivery is on its way at a time, the oldest. A kind that Jira does not let an account send,
or whose permission is ticked no longer, waits, and the others go.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select
from sqlalchemy.orm import Session, defer

from portal.credentials.delivery_ways import DELIVER, DELIVER_AGAIN, deliver_soon, hold_way, until
from portal.credentials.waiting_deliveries import with_permissions
from portal.deliveries.data_kinds import DATA_KINDS, MOST_ENTITIES, Body, DataKind
from portal.store import due
from portal.store.tables import Delivery, DeliveryWay, OauthApp
from portal.store.tables.deliveries import MOST_IN_A_CALL
from portal.store.work import Work, now_of

LOOKED_AT = 4 * MOST_IN_A_CALL  # waiting deliveries among which the next batch is found
# Of a call's body. A single delivery may have as many as a program may send at once; a hundred may not.
MOST_BYTES = 2**20
READ_AT_ONCE = 10


@dataclass(frozen=True)
class Batch:
    """What goes in one call, held by ``lease``."""

    account_id: UUID
    kind: DataKind
    lease: UUID
    ids: tuple[UUID, ...]
    bodies: tuple[Body, ...]


def has_waiting(kinds: Collection[str] | None = None) -> ColumnElement[bool]:
    """Whether something of a way waits (of these kinds), as a condition on :class:`DeliveryWay`."""
    same = (Delivery.tenant_id == DeliveryWay.tenant_id) & (Delivery.account_id == DeliveryWay.account_id)
    waits = exists().where(same, Delivery.state == "waiting")
    return waits if kinds is None else waits.where(Delivery.kind.in_(kinds))


def take(work: Work, lease_for: timedelta, account_id: UUID | None = None) -> Batch | None:
    """Hold the next batch; of this account, or of whichever one in no trouble was served longest ago.

    Of an account that is named, the trouble is tried again, or what is left out of it.
    """
    with work.write() as session:
        now = now_of(session)
        going = _going(session, account_id, now)
        of_these = [(DeliveryWay.account_id == one) & has_waiting(kinds) for one, kinds in going.items()]
        ready = select(DeliveryWay).where(DeliveryWay.paused_at.is_(None), or_(false(), *of_these))
        free = ready.where(or_(DeliveryWay.lease_until.is_(None), DeliveryWay.lease_until <= now))
        if account_id is None:
            free = free.where(DeliveryWay.trouble.is_(None))
        else:
            # Whatever woke us: nothing is sent before the pause is over that Jira asked for (T33).
            free = free.where(or_(DeliveryWay.retry_at.is_(None), DeliveryWay.retry_at <= now))
        way = _held(session, free)
        if way is None:
            _come_back(session, ready, account_id, now)
            return None
        way.lease, way.lease_until, way.served_at = uuid4(), now + lease_for, now
        session.flush()
        if account_id is None and session.scalars(free.limit(1)).first():
            deliver_soon(session)  # another account need not wait for this call to end
        return _batch(session, way, going[way.account_id])


def _going(session: Session, account_id: UUID | None, now: datetime) -> dict[UUID, list[str]]:
    """Which kinds may go of each account in no trouble, or of this one."""
    which = DeliveryWay.trouble.is_(None) if account_id is None else DeliveryWay.account_id == account_id
    columns = (DeliveryWay.account_id, DeliveryWay.trouble, DeliveryWay.left_out, OauthApp.scopes)
    found = session.execute(with_permissions().with_only_columns(*columns).where(which))
    return {row.account_id: _kinds(row, now, again=account_id is not None) for row in found}


def _kinds(way: Any, now: datetime, *, again: bool) -> list[str]:
    """What may go of a way. ``again``: its trouble is tried again; or, where it is in none, just what is left
    out of it."""
    waits = {kind for kind, known in way.left_out.items() if not again or until(known) > now}
    only = way.left_out if again and way.trouble is None else DATA_KINDS
    return [kind for kind in way.scopes or () if kind in only and kind not in waits]


def _held(session: Session, free: Select[DeliveryWay]) -> DeliveryWay | None:
    """The way that was served longest ago, held. One that others hold just now comes after the others."""
    oldest = free.order_by(DeliveryWay.served_at.nulls_first()).limit(1)
    way = session.scalars(oldest.with_for_update(skip_locked=True)).first()
    if way is not None:
        return way
    # Programs may report so often that there is always one who holds it: then wait, for this one alone.
    account_id = session.scalars(oldest.with_only_columns(DeliveryWay.account_id)).first()
    if account_id is None:
        return None
    return session.scalars(free.where(DeliveryWay.account_id == account_id).with_for_update()).first()


def _come_back(session: Session, ready: Select[DeliveryWay], account_id: UUID | None, now: datetime) -> None:
    """Somebody else sends, or died at it, or the pause is not over: look again when the first of it ends."""
    ends = [max(way.lease_until or now, way.retry_at or now) for way in session.scalars(ready)]
    tenant_id = session.info["tenant_id"]
    if account_id is not None and (way := session.get(DeliveryWay, (tenant_id, account_id))):
        ends += [at for at in map(until, way.left_out.values()) if at > now]
    if ends:
        kind, subject = (DELIVER, tenant_id) if account_id is None else (DELIVER_AGAIN, account_id)
        due.come_back(session, kind, subject, min(ends), tenant_id)


def _batch(session: Session, way: DeliveryWay, kinds: Collection[str]) -> Batch | None:
    """The oldest waiting delivery of these kinds, and others of its kind that wait for none before them; None
    where another sent the last ones just now."""
    waiting = [Delivery.account_id == way.account_id, Delivery.state == "waiting"]
    columns = (Delivery.id, Delivery.kind, Delivery.lane)
    those = select(*columns).where(*waiting, Delivery.kind.in_(kinds))
    rows = session.execute(those.order_by(Delivery.position).limit(LOOKED_AT)).all()
    if not rows:
        way.lease = way.lease_until = None
        return None
    kind = DATA_KINDS[rows[0].kind]
    first = {row.lane: row.id for row in reversed(rows) if row.kind == kind.name}
    oldest = [row.id for row in rows if first.get(row.lane) == row.id][: way.batch_size]
    if len(rows) == LOOKED_AT and len(oldest) < way.batch_size:  # one lane has many: look behind them
        oldest = _oldest_of_lanes(session, [*waiting, Delivery.kind == kind.name], way.batch_size)
    chosen = list(_in_one_call(session, kind, oldest))
    return Batch(
        way.account_id,
        kind,
        way.lease or uuid4(),
        tuple(row.id for row in chosen),
        tuple(row.body for row in chosen),
    )


def _oldest_of_lanes(session: Session, waiting: Sequence[ColumnElement[bool]], most: int) -> list[UUID]:
    """The oldest of each lane among all that wait, oldest first."""
    first = func.min(Delivery.position)
    positions = session.scalars(
        select(first).where(*waiting).group_by(Delivery.lane).order_by(first).limit(most)
    )
    wanted = select(Delivery.id).where(*waiting, Delivery.position.in_(positions.all()))
    return list(session.scalars(wanted.order_by(Delivery.position)))


def _in_one_call(session: Session, kind: DataKind, ids: Sequence[UUID]) -> Iterator[Any]:
    """As many of these, in their order, as Jira takes in one call and as fit well into our memory."""
    weight, size = 0, 0
    bodies = select(Delivery.id, Delivery.body).where(Delivery.id.in_(ids)).order_by(Delivery.position)
    with session.execute(bodies.execution_options(yield_per=READ_AT_ONCE)) as rows:
        for row in rows:
            weight, size = weight + kind.weight(row.body), size + len(json.dumps(row.body))
            if row.id != ids[0] and (weight > MOST_ENTITIES or size > MOST_BYTES):
                return
            yield row


def holds(work: Work, batch: Batch) -> bool:
    """Whether the lease is ours still and runs: else another sends, or has sent, the same (T46)."""
    with work.read() as session:
        mine = select(DeliveryWay.account_id).where(*_mine(batch), DeliveryWay.lease_until > now_of(session))
        return session.scalar(mine) is not None


def _mine(batch: Batch) -> tuple[ColumnElement[bool], ...]:
    return DeliveryWay.account_id == batch.account_id, DeliveryWay.lease == batch.lease


def held_by_us(session: Session, batch: Batch) -> DeliveryWay | None:
    """The way, held until the transaction ends, if the lease is ours still; it then is free again."""
    way = hold_way(session, batch.account_id)
    if way is None or way.lease != batch.lease:
        return None
    way.lease = way.lease_until = None
    return way


def waiting_of(session: Session, batch: Batch) -> dict[UUID, Delivery]:
    """Those of the batch that wait still, without their bodies."""
    wanted = select(Delivery).where(Delivery.id.in_(batch.ids), Delivery.state == "waiting")
    rows = session.scalars(wanted.options(defer(Delivery.body)))
    return {row.id: row for row in rows}
