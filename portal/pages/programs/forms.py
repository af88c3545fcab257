"""The forms by which a program key is made. What may stand in a field is decided by the rules, not here."""

from uuid import uuid4

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, DateInput, ListWidget


class EndForm(FlaskForm):
    """The last day of a key."""

    # Of this one form, and of the key it makes: sent again, by a reload or the way back, it makes no other.
    once = HiddenField(default=lambda: str(uuid4()))
    ends_on = StringField(
        "Last day",
        widget=DateInput(),
        description="A year away at most. Admins are told by mail 30, 14, 7 and 1 days before.",
    )


class KeyForm(EndForm):
    """Everything else of a key."""

    name = StringField("Name", description="What uses the key, such as Jenkins or Release pipeline.")
    accounts = SelectMultipleField(
        "For",
        validate_choice=False,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        description="The ALM accounts that programs with this key may use.",
    )
    operations = SelectMultipleField(
        "It may",
        validate_choice=False,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        description=(
            "Choose no more than the program needs. deliveries:write needs an account of the kind Jira Cloud "
            "builds and deployments, each of the others an account of another kind. proxy:write includes "
            "proxy:read."
        ),
    )
    paths = TextAreaField(
        "Paths of Jira",
        description=(
            "For proxy:read and proxy:write: where programs may send requests to, one path a line, with all "
            "that is below it. Changes of users, permissions and settings need a path that names them, such "
            "as rest/api/2/user."
        ),
    )
    networks = TextAreaField(
        "Networks",
        description=(
            "From where the key is taken: one network or address a line, such as 192.0.2.0/24. From anywhere "
            "if this is empty."
        ),
    )
