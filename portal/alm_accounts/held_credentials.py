"""The credentials in use on ALM accounts, as far as their ends go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.credentials.grants import idle_end
from portal.jira.answers import Code
from portal.kinds.methods import TWO_LEGGED
from portal.store.tables import Credential, Grant


@dataclass(frozen=True)
class Held:
    """One credential in use, as far as its end goes. ``user_id`` None: the account's own."""

    id: UUID
    account_id: UUID
    user_id: UUID | None
    connected_by: UUID
    method: str
    ends_at: datetime | None
    serves_until: datetime | None
    idle_end: datetime | None
    is_refused: bool


def held_of(session: Session, account_ids: Sequence[UUID]) -> list[Held]:
    """The credentials in use on these accounts: the accounts' own and every person's. No token is read."""
    of_grant = (Grant.tenant_id == Credential.tenant_id) & (Grant.id == Credential.grant_id)
    wanted = (
        select(*_READ)
        .outerjoin(Grant, of_grant)
        .where(Credential.account_id.in_(account_ids), Credential.state == "active")
        .where(or_(Credential.grant_id.is_(None), Grant.state == "active"))
        .order_by(Credential.connected_at)
    )
    return [_held(row) for row in session.execute(wanted)]


_READ = (
    Credential.id,
    Credential.account_id,
    Credential.user_id,
    Credential.connected_by,
    Credential.method,
    Credential.expires_at,
    Credential.serves_until,
    Grant.refreshed_at,
    Grant.trouble,
)


def _held(row: Any) -> Held:
    return Held(
        id=row.id,
        account_id=row.account_id,
        user_id=row.user_id,
        connected_by=row.connected_by,
        method=row.method,
        # A token for sending is got anew whenever it is used.
        ends_at=None if row.method == TWO_LEGGED else row.expires_at,
        serves_until=row.serves_until,
        idle_end=idle_end(row.refreshed_at) if row.refreshed_at else None,
        is_refused=row.trouble == Code.CLIENT_REFUSED,
    )
