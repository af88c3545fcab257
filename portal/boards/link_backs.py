"""The link from an issue back to its idea: added, and why it is not there.

That the link is there stands in the idea's row. What became of trying to add it stands in the audit alone:
the newest line about it tells whether it failed for certain, and by what.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.audit.log import About, record
from portal.boards.claims import note_link_back
from portal.boards.features import FeatureOff, Why
from portal.boards.idea_views import IdeaView
from portal.boards.reading import Reading
from portal.credentials.acting_as import NotConnected
from portal.jira.answers import Code, JiraTrouble
from portal.jira.remote_links import RemoteLink, set_link
from portal.kinds.features import LINK_BACK
from portal.store.tables import AuditEvent, Membership, User
from portal.store.work import Work

Stopped = JiraTrouble | FeatureOff | NotConnected
STOPPED = (JiraTrouble, FeatureOff, NotConnected)
FAILED, IN_DOUBT = "idea.link_back_failed", "idea.link_back_in_doubt"
_TELLING = ("idea.linked", "idea.pushed", FAILED, IN_DOUBT)
# What happened, and what to do.
_WORDS = {
    Code.FORBIDDEN: (
        f"Jira did not allow it: it wants the permission “{LINK_BACK.permission}” in the issue's project.",
        "Ask your Jira admin for it and add the link again, or have somebody add it who may.",
    ),
    Code.NOT_FOUND: (
        "Jira did not show the issue, or has linking switched off.",
        "Have somebody add the link who sees the issue. Is the issue gone? Then unlink the idea.",
    ),
    Code.BAD_REQUEST: (
        "Jira did not take the link.",
        "Add it again. Refused once more? Then your Jira admin has to say what that Jira wants of links.",
    ),
    Code.SCOPE_MISMATCH: (
        "The connection was without the permission that links need.",
        "Add the link again with a connection that has it.",
    ),
    Code.READ_ONLY: (
        "The ALM account was set to read only.",
        "Ask an admin here to switch that off, then add the link again.",
    ),
}
_OTHERWISE = ("It did not work just then.", "Add the link again.")


@dataclass(frozen=True)
class LinkFailure:
    """That an issue got no link back for certain: who tried (a name, None of who is not here any more), when,
    ``what`` happened and what ``to_do``."""

    who: str | None
    at: datetime
    what: str
    to_do: str


def code_of(error: Stopped) -> str:
    """What stopped a change, as the audit has it."""
    if isinstance(error, JiraTrouble):
        return str(error.code)
    if isinstance(error, NotConnected):
        return str(Code.GRANT_ENDED)
    known = {Why.READ_ONLY: Code.READ_ONLY, Why.NO_RIGHT: Code.FORBIDDEN}
    return str(known.get(error.off.why, Code.SCOPE_MISMATCH))


def link_back(work: Work, reader: Reading, idea: IdeaView, url: str, key: str) -> None:
    """Let the issue lead to the idea; what stops it is noted and raised."""
    link = RemoteLink(idea.global_id, url, idea.title)
    try:
        reader.features.need(LINK_BACK, lambda: set_link(reader.acting.jira, key, link))
    except STOPPED as error:
        event = IN_DOUBT if _leaves_open(error) else FAILED
        about = About(account_id=reader.board.account_id, subject_id=idea.id)
        with work.write() as session:
            record(session, work, event, outcome="failed", **about, code=code_of(error))
        raise
    note_link_back(work, idea.id, key)


def try_to_link_back(work: Work, reader: Reading, idea: IdeaView, url: str, key: str) -> bool | None:
    """Let the issue lead to the idea; False where that did not work, None where it is not known. The issue is
    kept all the same."""
    try:
        link_back(work, reader, idea, url, key)
    except STOPPED as error:
        return None if _leaves_open(error) else False
    return True


def _leaves_open(error: Stopped) -> bool:
    return isinstance(error, JiraTrouble) and error.leaves_open


def failure_of(work: Work, idea: IdeaView) -> LinkFailure | None:
    """Why the issue of the idea has no link back; None where that is not known."""
    if idea.has_remote_link or not idea.issue_key:
        return None
    is_here = (Membership.tenant_id == AuditEvent.tenant_id) & (Membership.user_id == AuditEvent.actor_id)
    wanted = (
        select(AuditEvent, User.name)
        .outerjoin(Membership, is_here)
        .outerjoin(User, User.id == Membership.user_id)
        .where(AuditEvent.subject_id == idea.id, AuditEvent.event.in_(_TELLING))
    )
    with work.read() as session:
        found = session.execute(wanted.order_by(AuditEvent.seq.desc()).limit(1)).first()
    if found is None or found[0].event != FAILED:
        return None
    line, who = found
    return LinkFailure(who, line.at, *_WORDS.get(line.details["code"], _OTHERWISE))
