"""Ideas on a board: the portal's own, written by anybody of the tenant, with or without Jira (row A14)."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from portal import clock
from portal.audit.log import record
from portal.boards.boards import BoardView
from portal.errors import FieldErrors, NotAllowed, NotHere, PortalError
from portal.people.texts import HIDDEN
from portal.store.tables import Board, Idea, Membership, User
from portal.store.work import Work, now_of
from portal.visible import has_controls, has_hidden, shows_something

TITLE_LENGTH = 255  # Jira's of a summary
TEXT_LENGTH = 10_000
PAGE = 50
TWICE_SECONDS = 60  # the same form sent twice, by a double click or a page loaded again
NOT_YOURS = "An idea is changed by who wrote it, and by admins."


@dataclass(frozen=True)
class IdeaView:
    """An idea as one person sees it. ``writer`` and ``pusher`` are names, None of who is not here any more.

    ``state``: ``open``, ``linked``, ``pushing`` while an answer of Jira is waited for, ``in_doubt`` when it
    is not known whether Jira has made an issue. ``may_change``: whether this person may edit and delete it.
    """

    id: UUID
    title: str
    description: str
    writer: str | None
    created_at: datetime
    changed_at: datetime
    issue_key: str | None
    has_remote_link: bool
    marker: str | None
    marker_in: str | None
    pusher: str | None
    pushed_at: datetime | None
    state: str
    may_change: bool

    @property
    def global_id(self) -> str:
        """What Jira knows it by, in the link that leads back here."""
        return f"almoner={self.id}"

    @property
    def version(self) -> str:
        """What tells this wording from a later one."""
        return version_of(self.changed_at)


class ChangedMeanwhile(PortalError):
    """Somebody wrote the idea anew since it was read."""


def version_of(changed_at: datetime) -> str:
    """What tells one wording of an idea from the next."""
    return changed_at.isoformat()


@dataclass(frozen=True)
class IdeaList:
    """Some ideas of a board, the newest first; ``next_start`` is None where there are no more."""

    ideas: tuple[IdeaView, ...]
    start: int
    next_start: int | None


def list_ideas(work: Work, board: BoardView, start: int = 0, *, is_admin: bool) -> IdeaList:
    """A page of a board's ideas. ``is_admin``, here and below: whether the person at work is one, as is known
    since they were let in."""
    with work.read() as session:
        found = _views(session, work, is_admin, Idea.board_id == board.id, start=start, limit=PAGE + 1)
    return IdeaList(tuple(found[:PAGE]), start, start + PAGE if len(found) > PAGE else None)


def find_idea(work: Work, board: BoardView, idea_id: UUID, *, is_admin: bool) -> IdeaView:
    """One of them; raises :class:`NotHere`."""
    with work.read() as session:
        found = _views(session, work, is_admin, Idea.board_id == board.id, Idea.id == idea_id)
    if not found:
        raise NotHere
    return found[0]


def count_ideas(work: Work, board_id: UUID) -> int:
    """How many a board has."""
    with work.read() as session:
        return session.scalar(select(func.count()).select_from(Idea).where(Idea.board_id == board_id)) or 0


def add_idea(work: Work, board: BoardView, title: str, description: str) -> UUID:
    """Write one down; raises :class:`FieldErrors`, and :class:`NotHere` where the board is gone.

    What the same person wrote word for word within the last minute is there: no second one is made of it.
    """
    title, description = _cleaned(title, description)
    now = clock.now()
    with work.write() as session:
        if session.get(Board, (work.tenant, board.id), with_for_update=True) is None:
            raise NotHere
        same = select(Idea.id).where(
            Idea.board_id == board.id,
            Idea.made_by == work.user_id,
            Idea.title == title,
            Idea.description == description,
            Idea.created_at > now - timedelta(seconds=TWICE_SECONDS),
        )
        if there := session.scalars(same.order_by(Idea.created_at).limit(1)).first():
            return there
        row = Idea(
            id=uuid4(),
            board_id=board.id,
            title=title,
            description=description,
            made_by=work.user_id,
            created_at=now,
            changed_at=now,
        )
        session.add(row)
        record(session, work, "idea.added", account_id=board.account_id, subject_id=row.id)
        return row.id


def change_idea(
    work: Work, board: BoardView, idea_id: UUID, title: str, description: str, seen: str, *, is_admin: bool
) -> None:
    """Write it anew; the issue it is linked to stays as it is. ``seen`` is the ``version`` it was read in.

    Raises :class:`FieldErrors`, :class:`NotAllowed`, :class:`NotHere`, and :class:`ChangedMeanwhile`.
    """
    title, description = _cleaned(title, description)
    with work.write() as session:
        row = _own_row(session, work, board, idea_id, is_admin)
        if version_of(row.changed_at) != seen:
            raise ChangedMeanwhile
        row.title, row.description, row.changed_at = title, description, clock.now()
        record(session, work, "idea.changed", account_id=board.account_id, subject_id=idea_id)


def remove_idea(work: Work, board: BoardView, idea_id: UUID, *, is_admin: bool) -> None:
    """Forget it; in Jira nothing changes. Raises :class:`NotAllowed` and :class:`NotHere`."""
    with work.write() as session:
        row = _own_row(session, work, board, idea_id, is_admin)
        record(session, work, "idea.removed", account_id=board.account_id, subject_id=idea_id)
        session.delete(row)


def _own_row(session: Session, work: Work, board: BoardView, idea_id: UUID, is_admin: bool) -> Idea:
    """The idea, which the person at work may change."""
    row = session.get(Idea, (work.tenant, idea_id), with_for_update=True)
    if row is None or row.board_id != board.id:
        raise NotHere
    if row.made_by != work.user_id and not is_admin:
        raise NotAllowed(NOT_YOURS)
    return row


def _cleaned(title: str, description: str) -> tuple[str, str]:
    errors = {}
    title = " ".join(unicodedata.normalize("NFC", title).split())
    description = unicodedata.normalize("NFC", description).replace("\r\n", "\n").strip()
    if not title:
        errors["title"] = "Enter a title."
    elif not shows_something(title):
        errors["title"] = "Enter a title that can be seen."
    elif len(title) > TITLE_LENGTH:
        errors["title"] = f"Enter a title of at most {TITLE_LENGTH} characters."
    elif has_hidden(title):
        errors["title"] = HIDDEN
    if len(description) > TEXT_LENGTH:
        errors["description"] = f"Enter at most {TEXT_LENGTH:,} characters."
    elif has_controls(description):
        errors["description"] = "Leave out characters that cannot be printed."
    if errors:
        raise FieldErrors(errors)
    return title, description


def _views(
    session: Session,
    work: Work,
    is_admin: bool,
    *conditions: ColumnElement[bool],
    start: int = 0,
    limit: int = 1,
) -> list[IdeaView]:
    writes, pushes = aliased(Membership), aliased(Membership)
    writer, pusher = aliased(User), aliased(User)
    wanted = (
        select(Idea, writer.name, pusher.name)
        .outerjoin(writes, (writes.tenant_id == Idea.tenant_id) & (writes.user_id == Idea.made_by))
        .outerjoin(writer, writer.id == writes.user_id)
        .outerjoin(pushes, (pushes.tenant_id == Idea.tenant_id) & (pushes.user_id == Idea.pushed_by))
        .outerjoin(pusher, pusher.id == pushes.user_id)
        .where(*conditions)
        .order_by(Idea.created_at.desc(), Idea.id)
    )
    rows = session.execute(wanted.offset(start).limit(limit)).all()
    now = now_of(session)
    return [
        IdeaView(
            id=row.id,
            title=row.title,
            description=row.description,
            writer=writer_name,
            created_at=row.created_at,
            changed_at=row.changed_at,
            issue_key=row.issue_key,
            has_remote_link=row.has_remote_link,
            marker=row.marker,
            marker_in=row.marker_in,
            pusher=pusher_name,
            pushed_at=row.pushed_at,
            state=state_of(row, now),
            may_change=is_admin or row.made_by == work.user_id,
        )
        for row, writer_name, pusher_name in rows
    ]


def state_of(row: Idea, now: datetime) -> str:
    """As in :class:`IdeaView`."""
    if row.issue_key:
        return "linked"
    if row.pushed_at is None or row.doubt_from is None:
        return "open"
    return "pushing" if now < row.doubt_from else "in_doubt"
