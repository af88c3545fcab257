"""Deleting an account, and what goes with it."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from portal.alm_accounts.accounts import get_account
from portal.alm_accounts.apps import app_id_of, drop_unused_apps
from portal.audit.log import record
from portal.credentials.grants import hold_app, hold_grants, release
from portal.errors import FieldErrors
from portal.store.tables import Board, Credential, Delivery
from portal.store.work import Work


class Going(NamedTuple):
    """How many connected people, boards and deliveries that were not sent yet go with an account."""

    people: int
    boards: int
    waiting: int


def what_goes(work: Work, account_id: UUID) -> Going:
    """What goes with the account."""
    with work.read() as session:
        get_account(session, account_id)
        people = select(func.count(Credential.id)).where(
            Credential.account_id == account_id, Credential.user_id.is_not(None)
        )
        boards = select(func.count(Board.id)).where(Board.account_id == account_id)
        waits = (Delivery.account_id == account_id) & (Delivery.state == "waiting")
        waiting = select(func.count(Delivery.id)).where(waits)
        return Going(*(session.scalar(wanted) or 0 for wanted in (people, boards, waiting)))


def delete(work: Work, account_id: UUID, typed_name: str) -> None:
    """Delete the account with its keys, credentials, field map, boards and deliveries.

    Raises :class:`FieldErrors` unless its name was typed.
    """
    with work.write() as session:
        row = get_account(session, account_id, hold=True)
        if typed_name.strip() != row.name:
            raise FieldErrors({"typed_name": f"Type the name of the account as it stands here: {row.name}"})
        record(session, work, "account.deleted", account_id=account_id, kind=row.kind)
        if app_id := app_id_of(session, account_id):
            hold_app(session, app_id)
        stale = hold_grants(session, Credential.account_id == account_id)
        session.delete(row)
        session.flush()
        release(session, stale)
        drop_unused_apps(session)
