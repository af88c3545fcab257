"""A consent that ended in trouble: it may have ended the grant its person had before, and nobody was told.

Atlassian keeps one grant per app and account, so the older tokens may be over although nothing new was
stored. Only renewing them tells.
"""

from contextlib import suppress
from uuid import UUID

from sqlalchemy import select

from portal.credentials.acting_as import holder
from portal.credentials.grants import hold_grant
from portal.credentials.refreshing import renew
from portal.credentials.registry import Registry
from portal.jira.answers import JiraTrouble
from portal.store.tables import Credential, Flow, Grant
from portal.store.work import Work

REPLACED = "consent_replaced"


def after_a_failed_consent(work: Work, registry: Registry, flow: Flow) -> None:
    """Renew the grants of whom the flow was for, so that the pages say what is true."""
    user_id = flow.user_id if flow.purpose == "person" else None
    rests = (Credential.account_id == flow.account_id) & holder(user_id) & (Credential.grant_id == Grant.id)
    standing = select(Grant.id).join(Credential, rests).where(Grant.state == "active").distinct()
    with work.read() as session:
        ids = session.scalars(standing).all()
    for grant_id in ids:
        renew_in_doubt(work, registry, grant_id, REPLACED)


def renew_in_doubt(work: Work, registry: Registry, grant_id: UUID, why: str) -> None:
    """Renew a grant that something else may have ended: only that tells.

    ``why``: what its end is put down to, now or whenever its refresh token is refused.
    """
    with work.write() as session:
        row = hold_grant(session, grant_id)
        if row is None or row.state != "active":
            return
        row.suspect, generation = why, row.generation
    with suppress(JiraTrouble):  # its row says what came of it
        renew(work, registry, grant_id, generation)
