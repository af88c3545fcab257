"""What forms share: those that only choose what is shown, and what the rules say about a form's fields."""

from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import Field, SelectChoice, TextAreaField

from portal.errors import FieldErrors
from portal.jira.trouble import clean
from portal.visible import without_controls, without_hidden

DAY = "A day, like 2026-03-31."


class ShownForm(FlaskForm):
    """A form that chooses what a page shows. It is sent by GET, and carries no token: it would end up in the
    URL."""

    class Meta:
        """Without a token."""

        csrf = False


class LongText(TextAreaField):
    """A text of several lines that stands alone where it is shown, such as a description: tabs and marks of
    direction belong to it. Lists of keys, paths, or a short reason are held to the rule for one line."""


def offered(everything: str, pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """What a list offers, after what filters nothing."""
    return [SelectChoice(value, words) for value, words in (("", everything), *pairs)]


def printable(typed: str | None) -> str:
    """What was typed, as it may stand in a page again."""
    return clean(typed or "")


def show_errors(form: FlaskForm, error: FieldErrors) -> None:
    """Put each sentence at its field; one for a field that the form has not goes to the top.

    Such a field shows what was typed without what is hidden: no page can carry all of it, and nobody can take
    out what they do not see. A long text loses nothing that may stand in it: as it comes back it is sent
    again.
    """
    for name, sentence in error.errors.items():
        if name in form:
            form[name].errors = [*form[name].errors, sentence]
            _show_plainly(form[name])
        else:
            form.form_errors.append(sentence)


def _show_plainly(field: Field) -> None:
    if not isinstance(field.data, str):
        return
    if isinstance(field, LongText):
        field.data = without_controls(field.data)
    else:  # a tab is a blank: words stay apart
        field.data = "\n".join(without_hidden(line.expandtabs(1)) for line in field.data.split("\n"))
