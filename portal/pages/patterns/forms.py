"""One field of each sort."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional


class SampleForm(FlaskForm):
    """Sent empty, it shows how errors look."""

    name = StringField(
        "Name in this portal",
        [InputRequired("Enter a name, such as Jira Production.")],
        description="A hint.",
    )
    kind = SelectField("Kind", choices=[SelectChoice("server", "Jira Server OAuth")])
    size = RadioField(
        "Size of the key",
        [InputRequired("Choose a size.")],
        choices=[SelectChoice("2048", "RSA 2048"), SelectChoice("4096", "RSA 4096")],
    )
    read_only = BooleanField("Read-only", description="Nothing in Jira is changed.")
    note = TextAreaField("Note", [Optional()])
    file = FileField("Key file", [Optional()])
    secret = PasswordField("Token", [Optional()])
