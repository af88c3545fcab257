"""Who may push an idea: one at a time, held by its row, so that nothing makes a second issue unsaid.

A claim is taken before Jira is called and ends with what is known of the call: the issue's key, a refusal, or
the doubt whether Jira has made an issue. A process that dies leaves it, and with time it is in doubt: by the
database's clock, for two machines may disagree about the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_hex
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, update
from sqlalchemy.orm import Session

from portal.audit.log import About, record
from portal.boards.boards import BoardView
from portal.errors import PortalError
from portal.store.tables import Idea
from portal.store.work import Work, now_of

# Between the end of a call and the row that says so.
MARGIN_SECONDS = 5
_CLAIM = ("marker", "marker_in", "pushed_by", "pushed_at", "doubt_from")
_UNCLAIMED: Mapping[str, Any] = dict.fromkeys(_CLAIM)


class Claimed(PortalError):
    """The idea is being pushed, in doubt or linked already; its page says which."""


@dataclass(frozen=True)
class Claim:
    """The right to push one idea, by the word that is sent with it.

    ``before``: the push in doubt whose place it took, to which a refusal leads back.
    """

    work: Work
    board: BoardView
    idea_id: UUID
    marker: str
    before: Mapping[str, Any] = field(default_factory=lambda: _UNCLAIMED)

    @property
    def about(self) -> About:
        """What lines of the audit are about."""
        return About(account_id=self.board.account_id, subject_id=self.idea_id)

    def settle(self, key: str) -> bool:
        """The issue is there; False where the idea was linked, pushed again or deleted meanwhile."""
        with self.work.write() as session:
            is_ours = self._change(session, issue_key=key, has_remote_link=False, doubt_from=None)
            record(session, self.work, "idea.pushed", **self.about, issue=key)
        return is_ours

    def release(self, code: str) -> None:
        """Jira made nothing, and said why; a push that was in doubt before is so again."""
        with self.work.write() as session:
            self._change(session, **self.before)
            record(session, self.work, "idea.push_failed", outcome="failed", **self.about, code=code)

    def doubt(self, code: str) -> None:
        """It is not known what Jira did."""
        with self.work.write() as session:
            self._change(session, doubt_from=now_of(session))
            record(session, self.work, "idea.push_in_doubt", outcome="failed", **self.about, code=code)

    def _change(self, session: Session, *more: ColumnElement[bool], **values: Any) -> bool:
        return changed_row(
            session,
            values,
            Idea.id == self.idea_id,
            Idea.marker == self.marker,
            Idea.issue_key.is_(None),
            *more,
        )


def claim(
    work: Work,
    board: BoardView,
    idea_id: UUID,
    marker_in: str | None,
    seconds: float,
    instead_of: str = "",
) -> Claim:
    """Take the right to push an idea; ``seconds`` is how long Jira's answer is waited for at most.

    ``instead_of`` is the marker of a push in doubt that is given up by this one. Raises :class:`Claimed`
    where somebody has the right, by this click or another, or where that push is in doubt no more.
    """
    with work.write() as session:
        now, marker = now_of(session), f"almoner-{token_hex(8)}"
        doubt_from = now + timedelta(seconds=seconds + MARGIN_SECONDS)
        values = dict(zip(_CLAIM, (marker, marker_in, work.user_id, now, doubt_from), strict=True))
        before = _doubtful(session, work, idea_id, instead_of) if instead_of else _UNCLAIMED
        is_free: ColumnElement[bool] = Idea.pushed_at.is_(None)
        if instead_of:
            is_free = (Idea.marker == instead_of) & (Idea.doubt_from <= now)
        ours = Idea.id == idea_id, Idea.board_id == board.id, Idea.issue_key.is_(None)
        if not changed_row(session, values, *ours, is_free):
            raise Claimed
        taken = Claim(work, board, idea_id, marker, before)
        if instead_of:
            record(session, work, "idea.push_given_up", **taken.about)
        record(session, work, "idea.push_begun", **taken.about)
    return taken


def _doubtful(session: Session, work: Work, idea_id: UUID, marker: str) -> Mapping[str, Any]:
    """What the row says of that push."""
    row = session.get(Idea, (work.tenant, idea_id))
    if row is None or row.marker != marker:
        raise Claimed
    return {name: getattr(row, name) for name in _CLAIM}


def link(work: Work, board: BoardView, idea_id: UUID, key: str) -> None:
    """Keep the key of an issue that is there. Raises :class:`Claimed` unless the idea is open or in doubt."""
    values = {**_UNCLAIMED, "issue_key": key, "has_remote_link": False}
    free = Idea.id == idea_id, Idea.board_id == board.id, Idea.issue_key.is_(None)
    with work.write() as session:
        waits_for_none = Idea.pushed_at.is_(None) | (Idea.doubt_from <= now_of(session))
        if not changed_row(session, values, *free, waits_for_none):
            raise Claimed
        record(session, work, "idea.linked", account_id=board.account_id, subject_id=idea_id, issue=key)


def unlink(work: Work, board: BoardView, idea_id: UUID, key: str) -> bool:
    """Forget the key; False where the idea is linked to it no longer."""
    values = {**_UNCLAIMED, "issue_key": None, "has_remote_link": False}
    with work.write() as session:
        is_done = changed_row(session, values, Idea.id == idea_id, Idea.issue_key == key)
        if is_done:
            record(session, work, "idea.unlinked", account_id=board.account_id, subject_id=idea_id, issue=key)
    return is_done


def note_link_back(work: Work, idea_id: UUID, key: str) -> None:
    """The issue leads back here now."""
    with work.write() as session:
        changed_row(session, {"has_remote_link": True}, Idea.id == idea_id, Idea.issue_key == key)


def changed_row(session: Session, values: Mapping[str, Any], *conditions: ColumnElement[bool]) -> bool:
    """Change the one row for which all this still holds; whether there was one."""
    done = session.execute(update(Idea).where(*conditions).values(**values))
    return isinstance(done, CursorResult) and done.rowcount == 1
