"""What an answer to a program says against the credential it was asked with, and what is noted of that.

An answer is no more than an occasion to look. Jira says 401 of a permission that is missing as well (REST API
of Jira Cloud: roles of a project, its statuses, workflows, deleting a filter or version), and serves some
paths to anybody. So whoever sends programs' requests asks who it is before anything is noted
(:class:`portal.programs.proxied.Sender`): no program can make a credential look dead, or alive.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.log import About, record
from portal.credentials.failures_in_use import look_soon
from portal.credentials.ready import Ready
from portal.credentials.refusals import REFUSALS
from portal.credentials.states import TELLING_EVENTS
from portal.credentials.token_refusals import named_by
from portal.jira.answers import JiraTrouble, json_answer, trouble_from_response
from portal.jira.readers import mapping, text
from portal.jira.relay import Answer
from portal.jira.trouble import Code
from portal.kinds.methods import OAUTH1
from portal.programs.heard import as_response
from portal.store.tables import AuditEvent
from portal.store.work import Work, now_of

# A Jira that refuses and takes a credential by turns fills no audit: two lines in such a time. Each use still
# stands in the ledger with what Jira answered, and the checklist is gone through soon.
LINES_APART = timedelta(minutes=5)
TAKEN_AGAIN = "accepted_again"


def suspicion(answer: Answer, row: Ready) -> JiraTrouble | None:
    """What an answer says against the credential; None where it names who it takes the request for."""
    if names_somebody(answer):
        return None
    if answer.status < 400:
        return JiraTrouble(Code.ANONYMOUS) if answer.told.get("x-ausername") else None
    if answer.status not in (400, 401, 403) or (answer.status == 400 and row.method != OAUTH1):
        return None
    try:
        with named_by(row.method or ""):
            if trouble := trouble_from_response(as_response(answer)):
                raise trouble
    except JiraTrouble as trouble:
        return trouble if trouble.code in REFUSALS else None
    return None


def names_somebody(answer: Answer) -> bool:
    """Whether Jira names a user, as Jira Server and Data Center do in each answer."""
    return answer.told.get("x-ausername", "anonymous").strip().lower() not in ("", "anonymous")


def tells_who(answer: Answer) -> bool:
    """Whether what was answered to the question who this is says that Jira takes the credential: it names
    somebody, or misses no more than a scope. A page of what stands before Jira says nothing of that."""
    try:
        who = mapping(json_answer(as_response(answer)))
    except JiraTrouble as trouble:
        return trouble.code is Code.SCOPE_MISMATCH
    return any(text(who, name) for name in ("accountId", "key", "name"))


def note_refusal(work: Work, row: Ready, code: Code) -> None:
    """Append that Jira refused the credential, and have the checklist gone through."""
    with work.write() as session:
        if not _taken_lately(session, row.credential_id):
            record(session, work, "credential.refused", outcome="failed", **_about(row), code=str(code))
    look_soon(work, row.account_id)


def note_taken_again(work: Work, row: Ready) -> None:
    """Append that Jira takes the credential again."""
    with work.write() as session:
        record(session, work, "credential.tested", **_about(row), code=TAKEN_AGAIN)


def _about(row: Ready) -> About:
    return About(account_id=row.account_id, subject_id=row.credential_id)


def _taken_lately(session: Session, credential_id: UUID | None) -> bool:
    """Whether the newest line about the state of the credential is of a moment ago, and says that one it had
    refused was taken again."""
    wanted = select(AuditEvent.at, AuditEvent.details).where(
        AuditEvent.subject_id == credential_id, AuditEvent.event.in_(TELLING_EVENTS)
    )
    line = session.execute(wanted.order_by(AuditEvent.seq.desc()).limit(1)).first()
    if line is None or line.details.get("code") != TAKEN_AGAIN:
        return False
    return bool(now_of(session) - line.at < LINES_APART)
