"""The day a personal access token ends, entered afterwards where its Jira did not tell it."""

from uuid import UUID

from sqlalchemy import select

from portal.audit.log import record
from portal.credentials.acting_as import holder
from portal.credentials.token_drafts import DraftView
from portal.credentials.typed import Entry, read
from portal.errors import FieldErrors, NotHere
from portal.kinds.methods import PAT
from portal.store.tables import AlmAccount, Credential
from portal.store.work import Work

LIVING = ("active", "pending")  # by name the last one first, where there are both


def enter_end(work: Work, account_id: UUID, user_id: UUID | None, ends_on: str) -> None:
    """Note the end of the holder's token; of the account's own the one that waits comes first.

    Raises :class:`FieldErrors` for ``ends_on``, and :class:`NotHere` where no token is without an end.
    """
    held = DraftView(PAT, "", has_secret=True, ends_at=None)
    reading = read(Entry(PAT, "", "", ends_on), (PAT,), held)
    if reading.errors:
        raise FieldErrors(reading.errors)
    if reading.typed.ends_at is None:
        raise FieldErrors({"ends_on": "Enter the day, as Jira shows it beside the token."})
    with work.write() as session:
        session.get(AlmAccount, (work.tenant, account_id), with_for_update=True)
        untold = (Credential.method == PAT) & Credential.expires_at.is_(None)
        mine = (Credential.account_id == account_id) & holder(user_id) & Credential.state.in_(LIVING)
        row = session.scalars(
            select(Credential).where(untold, mine).order_by(Credential.state.desc())
        ).first()
        if row is None:
            raise NotHere
        row.expires_at = reading.typed.ends_at
        ends = row.expires_at.date().isoformat()
        record(session, work, "token.end_entered", account_id=account_id, subject_id=row.id, ends=ends)
