"""Ideas as a page shows them: each as one person sees it, with the names of those who wrote and pushed it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from portal.boards.boards import BoardView
from portal.errors import NotHere
from portal.store.tables import Idea, Membership, User
from portal.store.work import Work, now_of

PAGE = 50


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


def _views(
    session: Session,
    work: Work,
    is_admin: bool,
    *conditions: ColumnElement[bool],
    start: int = 0,
    limit: int = 1,
) -> list[IdeaView]:
    rows = session.execute(_newest(*conditions).offset(start).limit(limit)).all()
    now = now_of(session)
    return [
        _view(row, writer, pusher, now, may_change=is_admin or row.made_by == work.user_id)
        for row, writer, pusher in rows
    ]


def _newest(*conditions: ColumnElement[bool]) -> Select[Idea, str, str]:
    """Ideas, the newest first, with the names of writer and pusher as far as they are members still."""
    writes, pushes = aliased(Membership), aliased(Membership)
    writer, pusher = aliased(User), aliased(User)
    return (
        select(Idea, writer.name, pusher.name)
        .outerjoin(writes, (writes.tenant_id == Idea.tenant_id) & (writes.user_id == Idea.made_by))
        .outerjoin(writer, writer.id == writes.user_id)
        .outerjoin(pushes, (pushes.tenant_id == Idea.tenant_id) & (pushes.user_id == Idea.pushed_by))
        .outerjoin(pusher, pusher.id == pushes.user_id)
        .where(*conditions)
        .order_by(Idea.created_at.desc(), Idea.id)
    )


def _view(row: Idea, writer: str | None, pusher: str | None, now: datetime, *, may_change: bool) -> IdeaView:
    return IdeaView(
        id=row.id,
        title=row.title,
        description=row.description,
        writer=writer,
        created_at=row.created_at,
        changed_at=row.changed_at,
        issue_key=row.issue_key,
        has_remote_link=row.has_remote_link,
        marker=row.marker,
        marker_in=row.marker_in,
        pusher=pusher,
        pushed_at=row.pushed_at,
        state=state_of(row, now),
        may_change=may_change,
    )


def state_of(row: Idea, now: datetime) -> str:
    """As in :class:`IdeaView`."""
    if row.issue_key:
        return "linked"
    if row.pushed_at is None or row.doubt_from is None:
        return "open"
    return "pushing" if now < row.doubt_from else "in_doubt"
