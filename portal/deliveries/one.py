"""One delivery as a program is told of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import defer

from portal.deliveries.outcomes import keys_of
from portal.errors import NotHere
from portal.store.tables import Delivery
from portal.store.work import Work


def delivery_of(work: Work, delivery_id: UUID, account_ids: Collection[UUID]) -> dict[str, Any]:
    """How it stands. Raises :class:`NotHere` unless it is one of these accounts'."""
    with work.read() as session:
        wanted = select(Delivery).where(Delivery.id == delivery_id, Delivery.account_id.in_(account_ids))
        row = session.scalars(wanted.options(defer(Delivery.body, raiseload=True))).first()
        if row is None:
            raise NotHere
        return {
            "id": str(row.id),
            "account_id": str(row.account_id),
            "type": row.kind,
            "label": row.label,
            "sequence_number": row.number,
            "state": row.state,
            "outcome": row.outcome,
            "reasons": row.reasons,
            "issue_keys": list(keys_of(row.issue_keys)),
            "unknown_issue_keys": row.unknown_keys,
            "attempts": row.attempts,
            "accepted_at": _text(row.received_at),
            "finished_at": _text(row.finished_at) if row.finished_at else None,
        }


def _text(moment: datetime) -> str:
    """RFC 3339, in UTC."""
    return moment.isoformat().replace("+00:00", "Z")
