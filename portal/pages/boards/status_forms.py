"""The form by which a status is changed, with the fields that Jira demands on the way."""

from collections.abc import Iterable

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import StringField

from portal.boards.asked_fields import is_asked
from portal.boards.statuses import StatusWay
from portal.pages.boards.idea_forms import field_of

MOST_KEPT = 200


class StatusForm(FlaskForm):
    """The way that is chosen; what Jira demands on it comes in fields of :func:`status_form`."""

    transition = StringField("Change to", id="transition")

    @property
    def asked(self) -> list[str]:
        """The names of the fields Jira demands."""
        return [field.name for field in self if is_asked(field.name)]


def status_form(way: StatusWay | None, typed: MultiDict[str, str] | None = None) -> StatusForm:
    """The form for this way; ``typed`` is what was typed before, that which is sent now if left out."""

    class Asking(StatusForm):
        """With fields."""

    for field in way.screen.asked if way else ():
        setattr(Asking, field.name, field_of(field))
    form = Asking(typed) if typed is not None else Asking()
    if way:
        form.transition.data = way.id
    return form


def sent_values() -> list[tuple[str, str]]:
    """What was sent, to be sent once more where it is not known what Jira demands."""
    wanted: Iterable[str] = (name for name in request.form if name == "transition" or is_asked(name))
    return [(name, value) for name in wanted for value in request.form.getlist(name)][:MOST_KEPT]
