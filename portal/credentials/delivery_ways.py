"""The ways of deliveries to Jira, as far as everybody who mends or stops one has to know.

What makes a delivery due is written in the transaction that makes it so. A tenant has one row of due work for
all its accounts, so that each tenant has its turn; an account that is in trouble, or of which a kind of data
is left out, has one of its own.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.audit.log import record
from portal.errors import NotHere
from portal.store import due
from portal.store.tables import AlmAccount, DeliveryWay
from portal.store.work import Work, now_of

DELIVER = "deliver"  # the kind of due work about a tenant
DELIVER_AGAIN = "deliver_again"  # the kind about an account that is in trouble, or of which a kind waits
MISSING = "delivery_permission_missing"  # why Jira does not let a kind be sent


def hold_way(session: Session, account_id: UUID) -> DeliveryWay | None:
    """The way of an account's deliveries, held until the transaction ends; None where it delivers none."""
    wanted = select(DeliveryWay).where(DeliveryWay.account_id == account_id)
    return session.scalars(wanted.with_for_update()).first()


def hold_account(session: Session, account_id: UUID) -> None:
    """Hold the account against being deleted, as a new delivery of it would do: but before its way, since who
    changes an account holds it first, and then its way."""
    wanted = select(AlmAccount.id).where(AlmAccount.id == account_id)
    session.scalars(wanted.with_for_update(read=True, key_share=True)).first()


def deliver_soon(session: Session, now: datetime | None = None) -> None:
    """Have the tenant's waiting deliveries sent. ``now``: where it is known already."""
    tenant_id = session.info["tenant_id"]
    due.put_soon(session, DELIVER, tenant_id, now or now_of(session), tenant_id)


def go_on(session: Session, way: DeliveryWay | Row[Any], now: datetime | None = None) -> None:
    """Have what waits of this account sent: now, or when its trouble is to be tried again; and what is left
    out of it when that is. ``way``: the row, or as much of it as says so; ``now``, where it is known."""
    if way.trouble is not None or way.left_out:
        # In this order, as where one is held up: the account's row, then the tenant's.
        at = next_try(way, now or now_of(session))
        due.put_soon(session, DELIVER_AGAIN, way.account_id, at, way.tenant_id)
    if way.trouble is None:
        deliver_soon(session, now)


def next_try(way: DeliveryWay | Row[Any], now: datetime) -> datetime:
    """When an account in trouble is tried again, or else the first of what is left out of it; ``now`` where
    nothing says when."""
    if way.trouble is not None:
        return way.retry_at or now
    left_out: Mapping[str, Mapping[str, str]] = way.left_out
    return min(map(until, left_out.values()), default=now)


def until(known: Mapping[str, str]) -> datetime:
    """When a kind that is left out is tried again, by what is known of it in ``left_out``."""
    return datetime.fromisoformat(known["until"])


def since(known: Mapping[str, str]) -> datetime:
    """Since when it is left out, by the same."""
    return datetime.fromisoformat(known["since"])


def leave_out(way: DeliveryWay, kind: str, now: datetime, again_at: datetime) -> None:
    """Let this kind of data wait until ``again_at`` while the others go; since ``now``, if it went before."""
    known = way.left_out.get(kind, {"since": now.isoformat()})
    way.left_out = way.left_out | {kind: known | {"until": again_at.isoformat()}}


def let_in(session: Session, work: Work, way: DeliveryWay, kinds: Collection[str]) -> None:
    """These may be sent, as it seems: they are left out no longer. The way is held."""
    for kind in sorted(way.left_out.keys() & set(kinds)):
        record(session, work, "deliveries.kind_going_on", account_id=way.account_id, kind=kind)
    way.left_out = {kind: known for kind, known in way.left_out.items() if kind not in kinds}


def permitted(work: Work, account_id: UUID, kind: str) -> None:
    """Jira was seen to let this kind be sent: what waits of it goes now, if it was left out."""
    with work.read() as session:
        way = session.get(DeliveryWay, (work.tenant, account_id))
        if way is None or kind not in way.left_out:
            return
    with work.write() as session:
        if way := hold_way(session, account_id):
            let_in(session, work, way, [kind])
            go_on(session, way)


def try_again(work: Work, account_id: UUID) -> datetime | None:
    """Somebody wants to see whether it goes now. None where it is tried, or else until when Jira asked for a
    pause. Raises :class:`NotHere` for what does not deliver."""
    with work.write() as session:
        way = hold_way(session, account_id)
        if way is None:
            raise NotHere
        try_again_now(session, work, account_id)
        return None if way.trouble is None else way.retry_at


def try_again_now(session: Session, work: Work, account_id: UUID) -> None:
    """Somebody mended what stopped an account, or let it go on: forget its trouble and send, also what was
    left out.

    A pause that Jira itself asked for is kept: who calls earlier gets a longer one (T33).
    """
    way = hold_way(session, account_id)
    if way is None:
        return
    let_in(session, work, way, way.left_out.keys())
    if not is_asked_for(way) or way.retry_at is None or way.retry_at <= now_of(session):
        clear_trouble(way)
    go_on(session, way)


def is_asked_for(way: DeliveryWay) -> bool:
    """Whether the pause of an account is one that Jira itself asked for."""
    return "pause" in way.evidence


def clear_trouble(way: DeliveryWay) -> None:
    """Nothing stops it any more."""
    way.trouble, way.evidence, way.troubled_since, way.retry_at, way.attempts = None, {}, None, None, 0


def positions(way: DeliveryWay, rows: Collection[object]) -> range:
    """The next positions, one for each of ``rows``: the order in which they go."""
    first = way.last_position + 1
    way.last_position += len(rows)
    return range(first, first + len(rows))
