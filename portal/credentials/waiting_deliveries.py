"""What waits of an account that delivers: how many of each kind, since when, and which kinds are left out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from portal.credentials.delivery_ways import MISSING, since, until
from portal.store.tables import AccountApp, Delivery, DeliveryWay, OauthApp

REPLAYED = "replayed"  # the step of a delivery's way at which it began to wait once more
UNTICKED = "delivery_unticked"  # why a kind waits whose permission is ticked no longer


@dataclass(frozen=True)
class Waiting:
    """Of one kind: how many wait, and since when the next of them to go does."""

    count: int
    since: datetime


@dataclass(frozen=True)
class LeftOut:
    """A kind of data that waits while an account sends others: by the problem of this code; ``since`` and
    ``until``, when it is tried again, where that is by itself."""

    code: str
    since: datetime | None = None
    until: datetime | None = None


def waiting_of(session: Session, account_id: UUID) -> dict[str, Waiting]:
    """What waits of an account, by kind. Counted in the index; of each kind one row is looked at."""
    waits = (Delivery.account_id == account_id, Delivery.state == "waiting")
    counted = select(Delivery.kind, func.count(), func.min(Delivery.position)).where(*waits)
    found = {row[0]: (row[1], row[2]) for row in session.execute(counted.group_by(Delivery.kind))}
    if not found:
        return {}
    first = select(Delivery.kind, Delivery.received_at, Delivery.steps)
    first = first.where(*waits, Delivery.position.in_([position for _, position in found.values()]))
    return {
        row.kind: Waiting(found[row.kind][0], began_to_wait(row.received_at, row.steps))
        for row in session.execute(first)
    }


def oldest(waiting: Mapping[str, Waiting]) -> datetime | None:
    """Since when what waits longest does; None where nothing waits."""
    return min((one.since for one in waiting.values()), default=None)


def began_to_wait(received_at: datetime, steps: Iterable[Mapping[str, Any]]) -> datetime:
    """Since when a delivery waits: one that was replayed does so anew."""
    replayed = [datetime.fromisoformat(step["at"]) for step in steps if step["what"] == REPLAYED]
    return replayed[-1] if replayed else received_at


def with_permissions() -> Select[DeliveryWay, list[str] | None]:
    """The ways of deliveries, each with the names of what is ticked; None where nothing can be sent by."""
    same = (AccountApp.tenant_id == DeliveryWay.tenant_id, AccountApp.account_id == DeliveryWay.account_id)
    of_app = (OauthApp.tenant_id == AccountApp.tenant_id) & (OauthApp.id == AccountApp.app_id)
    found = select(DeliveryWay, OauthApp.scopes).select_from(DeliveryWay)
    return found.outerjoin(AccountApp, and_(*same)).outerjoin(OauthApp, of_app)


def left_out(
    way: DeliveryWay, scopes: Collection[str] | None, waiting: Collection[str]
) -> dict[str, LeftOut]:
    """Which kinds do not go though others do: those Jira refuses, and of those that wait the ones that are
    not ticked."""
    found = {kind: LeftOut(MISSING, since(known), until(known)) for kind, known in way.left_out.items()}
    unticked = set(waiting) - set(scopes) if scopes is not None else set()
    return found | {kind: LeftOut(UNTICKED) for kind in unticked}
