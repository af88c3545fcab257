"""People let programs act for them: for one ALM account at a time, with their own credential and no other's.

Nobody but the person allows it. It ends with the credential it is about, in the transaction that ends that
one; whoever connects anew as the same Jira user goes on as before.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import About, record
from portal.credentials.views import view_of
from portal.errors import NotHere, Refused
from portal.store.tables import AlmAccount, Credential, ProgramConsent
from portal.store.work import Work

CONNECT_FIRST = (
    "Programs would act with your own connection to {name}, and you have none that works. Connect first, "
    "then allow programs."
)
WITHDRAWN, OTHER_IDENTITY = "withdrawn", "other_identity"  # why one ended


def consent(work: Work, account_id: UUID) -> datetime | None:
    """Since when the person at work lets programs act for them at this account; None where they do not."""
    with work.read() as session:
        row = session.get(ProgramConsent, (work.tenant, account_id, work.user_id))
        return row.allowed_at if row else None


def allowing_accounts(work: Work) -> set[UUID]:
    """The accounts at which the person at work lets programs act for them."""
    wanted = select(ProgramConsent.account_id).where(ProgramConsent.user_id == work.user_id)
    with work.read() as session:
        return set(session.scalars(wanted))


def allow(work: Work, account_id: UUID) -> None:
    """Let programs act for the person at work at this account from now on; once more changes nothing.

    Raises :class:`NotHere` for an account that is gone, :class:`Refused` without a connection that works.
    """
    mine = (Credential.account_id == account_id) & (Credential.user_id == work.user_id)
    with work.write() as session:
        account = session.get(AlmAccount, (work.tenant, account_id), with_for_update=True)
        if account is None:
            raise NotHere
        # Held: whoever ends it meanwhile waits, and then ends the consent with it.
        row = session.scalars(select(Credential).where(mine).with_for_update()).first()
        if row is None or not view_of(session, row).works:
            raise Refused(CONNECT_FIRST.format(name=account.name))
        if session.get(ProgramConsent, (work.tenant, account_id, work.user_id)) is not None:
            return
        now = clock.now()
        session.add(ProgramConsent(account_id=account_id, user_id=work.user_id, allowed_at=now))
        record(session, work, "program_consent.given", account_id=account_id, subject_id=work.user_id)


def withdraw(work: Work, account_id: UUID) -> bool:
    """No program acts for the person at work at this account any more; whether any could."""
    with work.write() as session:
        return end_of(session, work, account_id, work.user_id, WITHDRAWN)


def end_of(session: Session, work: Work, account_id: UUID, user_id: UUID | None, why: str) -> bool:
    """End the consent of a person for an account; whether there was one. The account's own credential, of
    nobody (None), has none."""
    mine = (ProgramConsent.account_id == account_id) & (ProgramConsent.user_id == user_id)
    return _end(session, work, mine, why)


def end_without_credential(session: Session, work: Work, account_ids: Iterable[UUID], why: str) -> None:
    """After credentials of these accounts ended: end the consents of people who have none left.

    To be called after the credentials went, whose rows are held until then by whoever is allowing.
    """
    same = (Credential.tenant_id == ProgramConsent.tenant_id) & (
        Credential.account_id == ProgramConsent.account_id
    )
    has_one = exists().where(same, Credential.user_id == ProgramConsent.user_id, Credential.state == "active")
    _end(session, work, ProgramConsent.account_id.in_(set(account_ids)) & ~has_one, why)


def _end(session: Session, work: Work, which: ColumnElement[bool], why: str) -> bool:
    gone = delete(ProgramConsent).where(which)
    rows = session.execute(gone.returning(ProgramConsent.account_id, ProgramConsent.user_id)).all()
    for account_id, user_id in sorted(rows):
        about = About(account_id=account_id, subject_id=user_id)
        record(session, work, "program_consent.withdrawn", **about, why=why)
    return bool(rows)
