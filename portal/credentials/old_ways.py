"""The former way of an account that changed how it connects: what is due about it, and when."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.store import due
from portal.store.tables import Conversion
from portal.store.work import now_of

OLD_WAY = "old_way"  # the kind of due work; its subject is the account


def put_end(session: Session, account_id: UUID, at: datetime) -> None:
    """Have the former way of an account looked at and, where its time is over, ended."""
    due.put(session, OLD_WAY, account_id, at, session.info["tenant_id"])


def look_again(session: Session, account_ids: Iterable[UUID]) -> None:
    """Somebody's credential of these accounts went: theirs may have been the last of the former way."""
    after_switch = Conversion.account_id.in_(set(account_ids)) & Conversion.switched_at.is_not(None)
    for account_id in sorted(session.scalars(select(Conversion.account_id).where(after_switch))):
        put_end(session, account_id, now_of(session))
