"""Writing ideas on a board: the portal's own, by anybody of the tenant, with or without Jira (row A14)."""

import json
import unicodedata
from uuid import UUID, uuid4, uuid5

from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import record
from portal.boards.boards import BoardView
from portal.boards.idea_views import version_of
from portal.errors import FieldErrors, NotAllowed, NotHere, PortalError
from portal.people.texts import HAS_HIDDEN
from portal.store.tables import Board, Idea, KeptForm
from portal.store.work import Work
from portal.visible import has_controls, has_hidden, shows_something

TITLE_LENGTH = 255  # Jira's of a summary
TEXT_LENGTH = 10_000
_PLACE = "idea"  # where what was sent stands among the forms that are kept; a page's path is another
NOT_YOURS = "An idea is changed by who wrote it, and by admins."


class ChangedMeanwhile(PortalError):
    """Somebody wrote the idea anew since it was read."""


def add_idea(work: Work, board: BoardView, title: str, description: str, form_id: UUID) -> UUID:
    """Write one down; raises :class:`FieldErrors`, and :class:`NotHere` where the board is gone.

    One form and the same words, by a double click or a page loaded again, make one; other words, as after a
    step back in the browser, are another idea. A form that is sent again when its idea was deleted makes one
    under a new id: the former one stands in issues of Jira and in the record.
    """
    title, description = _cleaned(title, description)
    now = clock.now()
    with work.write() as session:
        # The lock is what a second click waits at, until it can see what the first has made.
        if session.get(Board, (work.tenant, board.id), with_for_update=True) is None:
            raise NotHere
        sent = _sent(session, work, form_id, str(board.id), title, description)
        made = UUID(sent.fields["idea"]) if sent.fields else None
        if made and session.get(Idea, (work.tenant, made)) is not None:
            return made
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
        sent.fields, sent.kept_at = {"idea": str(row.id)}, now
        record(session, work, "idea.added", account_id=board.account_id, subject_id=row.id)
        return row.id


def _sent(session: Session, work: Work, form_id: UUID, *words: str) -> KeptForm:
    """What is remembered of a form with these words; its fields name the idea that came of it. The person at
    work is a part of its id, so that nobody meets what somebody else sent."""
    id = uuid5(form_id, json.dumps([str(work.user_id), *words]))
    row = session.get(KeptForm, (work.tenant, id))
    if row is None:
        row = KeptForm(id=id, user_id=work.user_id, place=_PLACE, fields={}, kept_at=clock.now())
        session.add(row)
    return row


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
        errors["title"] = HAS_HIDDEN
    if len(description) > TEXT_LENGTH:
        errors["description"] = f"Enter at most {TEXT_LENGTH:,} characters."
    elif has_controls(description):
        errors["description"] = "Leave out characters that cannot be printed."
    if errors:
        raise FieldErrors(errors)
    return title, description
