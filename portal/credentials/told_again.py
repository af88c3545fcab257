"""What the state of a credential follows from, told once more before the line that tells it is closed."""

from datetime import datetime

from sqlalchemy import select

from portal.audit.log import About, record
from portal.credentials.states import NEWEST_TELLING_LINES
from portal.store.tables import Credential
from portal.store.work import Work


def tell_again(work: Work, before: datetime) -> None:
    """Record each refusal anew that only a line of before this moment tells, in the tenant of ``work``.

    A credential is refused as long as its newest telling line says so; without one it would read as working.
    """
    with work.write() as session:
        ids = session.scalars(select(Credential.id)).all()
        for line in session.execute(NEWEST_TELLING_LINES, {"ids": ids}).all():
            if line.outcome != "ok" and line.at < before:
                about = About(account_id=line.account_id, subject_id=line.subject_id)
                record(session, work, line.event, outcome=line.outcome, **about, **line.details)
