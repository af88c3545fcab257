"""Pausing what an account sends to Jira. What programs report meanwhile is accepted, kept, and waits."""

from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.log import record
from portal.credentials.delivery_ways import hold_way, try_again_now
from portal.errors import NotHere
from portal.store.tables import AlmAccount, DeliveryWay
from portal.store.work import Work, now_of


def pause(work: Work, account_id: UUID) -> str:
    """Send nothing more of this account; a call that is under way is finished. The account's name.

    :class:`NotHere` for an account that does not deliver, or not in this tenant.
    """
    with work.write() as session:
        way, account = _held(session, account_id)
        if way.paused_at is None:
            way.paused_at, way.paused_by = now_of(session), work.user_id
            record(session, work, "deliveries.paused", account_id=account_id)
        return account.name


def resume(work: Work, account_id: UUID) -> str:
    """Send again, beginning with what waits longest. Its name; :class:`NotHere` as in :func:`pause`."""
    with work.write() as session:
        way, account = _held(session, account_id)
        if way.paused_at is not None:
            way.paused_at = way.paused_by = None
            record(session, work, "deliveries.resumed", account_id=account_id)
            try_again_now(session, work, account_id)
        return account.name


def _held(session: Session, account_id: UUID) -> tuple[DeliveryWay, AlmAccount]:
    way = hold_way(session, account_id)
    account = session.get(AlmAccount, (session.info["tenant_id"], account_id))
    if way is None or account is None:
        raise NotHere
    return way, account
