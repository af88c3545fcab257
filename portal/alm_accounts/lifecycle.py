"""Deleting an account, and what goes with it."""

from uuid import UUID

from sqlalchemy import func, select

from portal.alm_accounts.accounts import get_account
from portal.alm_accounts.apps import drop_unused_apps
from portal.audit.log import record
from portal.credentials.grants import hold_app, hold_grants, release
from portal.errors import FieldErrors
from portal.store.tables import Board, CloudSite, Credential
from portal.store.work import Work


def what_goes(work: Work, account_id: UUID) -> tuple[int, int]:
    """How many connected people and boards go with the account."""
    with work.read() as session:
        get_account(session, account_id)
        people = select(func.count(Credential.id)).where(
            Credential.account_id == account_id, Credential.user_id.is_not(None)
        )
        boards = select(func.count(Board.id)).where(Board.account_id == account_id)
        return session.scalar(people) or 0, session.scalar(boards) or 0


def delete(work: Work, account_id: UUID, typed_name: str) -> None:
    """Delete the account with its keys, credentials, field map and boards.

    Raises :class:`FieldErrors` unless its name was typed.
    """
    with work.write() as session:
        row = get_account(session, account_id, hold=True)
        if typed_name.strip() != row.name:
            raise FieldErrors({"typed_name": f"Type the name of the account as it stands here: {row.name}"})
        record(session, work, "account.deleted", account_id=account_id, kind=row.kind)
        if site := session.get(CloudSite, (work.tenant, account_id)):
            hold_app(session, site.app_id)
        stale = hold_grants(session, Credential.account_id == account_id)
        session.delete(row)
        session.flush()
        release(session, stale)
        drop_unused_apps(session)
