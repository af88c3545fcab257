"""What ends when a person goes from a tenant: the membership, and their credentials and flows in it."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.audit.log import About, record
from portal.credentials.grants import erase
from portal.people import memberships
from portal.store.tables import Credential, Flow, FlowLookup
from portal.store.work import Work


def leave(work: Work, user_id: UUID, how: str) -> None:
    """Take a person out of the tenant, in one transaction, so that nothing of theirs works after it (T06).

    ``how``: ``left`` or ``removed``. An account's own credential stays, also one this person's consent
    stands behind: the tenant works with it. Raises :class:`Refused` for the last admin and
    :class:`NotHere` for somebody who does not belong.
    """
    with work.write() as session:
        memberships.remove(session, work, user_id, how)
        for account_id, _ in erase(session, Credential.user_id == user_id):
            about = About(account_id=account_id, subject_id=user_id)
            record(session, work, "credential.ended", **about, why=how)
        _end_flows(session, work, user_id)


def _end_flows(session: Session, work: Work, user_id: UUID) -> None:
    """A consent under way comes back to nothing."""
    flows = session.scalars(delete(Flow).where(Flow.user_id == user_id).returning(Flow.id)).all()
    session.execute(
        delete(FlowLookup).where(FlowLookup.tenant_id == work.tenant, FlowLookup.flow_id.in_(flows))
    )
