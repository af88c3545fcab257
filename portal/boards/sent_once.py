"""Forms that make something in Jira are sent once: each carries an id, which is taken before Jira is called.

Without scripts a double click sends one form twice at once. The second finds the id taken, and is told what
Jira made of the first. A process that dies leaves the id taken; when the time of its call is over, by the
database's clock, the form may be sent again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.boards.claims import MARGIN_SECONDS
from portal.errors import PortalError
from portal.store.tables import KeptForm
from portal.store.work import Work, now_of

_PLACE = "sent"  # where the ids stand among the forms that are kept; a page's path is another


class SentAlready(PortalError):
    """The form was sent before. ``made`` is Jira's id of what came of it, None while that is not known."""

    def __init__(self, made: int | None) -> None:
        super().__init__("the form was sent already")
        self.made = made


@contextmanager
def sent_once(work: Work, form_id: UUID, seconds: float) -> Iterator[Callable[[int], None]]:
    """Hold the form's id while Jira is called, for ``seconds`` at most; gives what notes Jira's id of what
    was made. Whatever is raised inside gives the form's id back, so that it can be sent again.

    Raises :class:`SentAlready`.
    """
    _take(work, form_id, timedelta(seconds=seconds + MARGIN_SECONDS))
    try:
        yield partial(_note, work, form_id)
    except Exception:
        with work.write() as session:
            session.delete(session.get_one(KeptForm, (work.tenant, form_id)))
        raise


def _take(work: Work, form_id: UUID, longest: timedelta) -> None:
    try:
        with work.write() as session:
            row, now = _row(session, work, form_id), now_of(session)
            if row is None:
                row = KeptForm(id=form_id, user_id=work.user_id, place=_PLACE, fields={}, kept_at=now)
                session.add(row)
            elif row.fields or row.kept_at > now - longest:
                raise SentAlready(row.fields.get("made"))
            row.kept_at = now
    except IntegrityError:  # the other was sent in the same moment
        raise SentAlready(None) from None


def _note(work: Work, form_id: UUID, made: int) -> None:
    with work.write() as session:
        session.get_one(KeptForm, (work.tenant, form_id)).fields = {"made": made}


def _row(session: Session, work: Work, form_id: UUID) -> KeptForm | None:
    row = session.get(KeptForm, (work.tenant, form_id), with_for_update=True)
    if row is not None and (row.user_id != work.user_id or row.place != _PLACE):
        raise SentAlready(None)  # somebody else's, or what was typed into another form
    return row
