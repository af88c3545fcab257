"""When the keys of programs end that are for ALM accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.store.tables import ProgramKey, ProgramKeyAccount

SHOWN_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class KeyEnd:
    """A key with its end; ``account_id`` is one of the accounts it is for."""

    id: UUID
    account_id: UUID
    name: str
    made_by: UUID
    ends_at: datetime


def ends_of_keys(session: Session, account_ids: Sequence[UUID], now: datetime) -> list[KeyEnd]:
    """The keys for any of these accounts that are not revoked, and whose end is to come or not long ago.

    One that has ended is left out when another of its name is live: it was replaced.
    """
    of_key = (ProgramKeyAccount.tenant_id == ProgramKey.tenant_id) & (
        ProgramKeyAccount.key_id == ProgramKey.id
    )
    wanted = (
        select(
            ProgramKey.id,
            ProgramKeyAccount.account_id,
            ProgramKey.name,
            ProgramKey.made_by,
            ProgramKey.ends_at,
        )
        .join(ProgramKeyAccount, of_key)
        .where(ProgramKeyAccount.account_id.in_(account_ids), ProgramKey.revoked_at.is_(None))
        .where(ProgramKey.ends_at > now - SHOWN_AFTER)
        .order_by(ProgramKeyAccount.account_id)
    )
    found = {row.id: KeyEnd(*row) for row in session.execute(wanted)}
    live = {one.name for one in found.values() if one.ends_at > now}
    return [one for one in found.values() if one.ends_at > now or one.name not in live]
