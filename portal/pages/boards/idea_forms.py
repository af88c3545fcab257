"""Forms of ideas, and the one whose fields a Jira names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    Field,
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.widgets import CheckboxInput, DateInput, ListWidget, NumberInput

from portal.boards.asked_fields import AskedField, Kind, is_asked
from portal.boards.push_choices import PushPage
from portal.errors import FieldErrors
from portal.pages.boards.once_forms import OnceForm
from portal.web.forms import LongText, ShownForm, offered, show_errors

MOST_FIELDS = 100


class IdeaForm(OnceForm):
    """An idea as it is written; the rules judge it. ``seen``: the version that is changed."""

    title = StringField("Title", description="An issue that is made of it gets this as its summary.")
    description = LongText("Description", description="Plain text, as much as it takes.")
    seen = HiddenField()


class LinkForm(FlaskForm):
    """The issue to link."""

    key = StringField("Key of the issue", description="As Jira shows it, such as ABC-12.")


class GiveUpForm(FlaskForm):
    """Which push is given up, so that a page left open says nothing of a later one."""

    marker = HiddenField()


class UnlinkForm(FlaskForm):
    """Which issue is unlinked, so that a page left open does nothing to a later one."""

    key = HiddenField()


class ChooseForm(ShownForm):
    """Where the issue is to be made. ``instead``: as in :class:`PushForm`."""

    instead = HiddenField()
    project = SelectField("Project", validate_choice=False)
    type = SelectField("Type of issue", validate_choice=False)

    def offer(self, page: PushPage) -> None:
        """Offer what there is; what is chosen stays."""
        if page.projects is None:
            self.project.choices = [(page.project, page.project)]
        else:
            self.project.choices = [
                (one.key, one.key if one.name == one.key else f"{one.name} ({one.key})")
                for one in page.projects
            ]
        self.type.choices = [(one.id, one.name) for one in page.types or ()]


class _Choices(SelectMultipleField):
    """Tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _one_of(field: AskedField) -> Field:
    return SelectField(field.label, choices=offered("Choose", field.choices), validate_choice=False)


def _several_of(field: AskedField) -> Field:
    choices = [SelectChoice(value, words) for value, words in field.choices]
    return _Choices(field.label, choices=choices, validate_choice=False)


_MADE: dict[Kind, Callable[[AskedField], Any]] = {
    Kind.LINE: lambda field: StringField(field.label),
    Kind.LINES: lambda field: LongText(field.label),
    Kind.NUMBER: lambda field: StringField(field.label, widget=NumberInput(step="any")),
    Kind.DAY: lambda field: StringField(field.label, widget=DateInput()),
    Kind.ONE: _one_of,
    Kind.SEVERAL: _several_of,
    Kind.WORDS: lambda field: StringField(field.label, description="Words with blanks between them."),
    Kind.PERSON: lambda field: StringField(field.label, description="A name as Jira knows it."),
    Kind.ISSUE: lambda field: StringField(field.label, description="The key of an issue, such as ABC-12."),
}


def field_of(field: AskedField) -> Any:
    """The field of a form by which it is asked for, yet to be put into one."""
    return _MADE[field.kind](field)


class _KeptField(Field):
    """What was typed into a field that is not known at present; the template hides it in the form."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """All of it."""
        self.data = list(valuelist)


class PushForm(FlaskForm):
    """Where the issue is made; what Jira wants of it comes in fields of :func:`push_form`.

    ``asked`` names these fields: of tick boxes nothing is sent where none is ticked. ``instead``: the marker
    of a push in doubt, which this one gives up.
    """

    instead = HiddenField()

    project = HiddenField()
    type = HiddenField()
    type_name = HiddenField()
    asked = HiddenField()


def push_form(asked: Sequence[AskedField], typed: MultiDict[str, str] | None = None) -> PushForm:
    """The form with what Jira wants; ``typed`` is what was typed before."""

    class Asking(PushForm):
        """With fields."""

    for field in asked:
        setattr(Asking, field.name, field_of(field))
    form = Asking(typed) if typed is not None else Asking()
    form.asked.data = " ".join(field.name for field in asked)
    return form


def kept_push_form(sent: MultiDict[str, str]) -> PushForm:
    """The form with everything that was sent, before it is known what Jira wants."""

    class Keeping(PushForm):
        """With what was typed."""

    for name in names_of_asked(sent):
        setattr(Keeping, name, _KeptField(name))
    return Keeping()


def names_of_asked(sent: MultiDict[str, str]) -> list[str]:
    """The names of the fields that were asked for."""
    named = dict.fromkeys([*sent.get("asked", "").split(), *sent])
    return [name for name in named if is_asked(name)][:MOST_FIELDS]


def shown_again(asked: Sequence[AskedField], wrong: Mapping[str, str]) -> PushForm:
    """The form with the fields that are known by now, as it was sent, and what is wrong with each."""
    known = push_form(asked)
    show_errors(known, FieldErrors(wrong))
    return known
