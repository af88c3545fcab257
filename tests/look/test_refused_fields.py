"""What comes back in a field that was refused: a long text as typed, one line without what is hidden."""

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from portal.errors import FieldErrors
from portal.web.forms import LongText, show_errors


class Sample(FlaskForm):
    """One field of each sort that text comes back in."""

    class Meta:
        """Without a token: nothing is sent."""

        csrf = False

    line, keys, long = StringField(), TextAreaField(), LongText()


# A pasted table, a Hebrew word with its mark, a soft hyphen, and what no page can carry.
TYPED = "one\ttwo\n\u05e9\u05dc\u200f!\xad\0\x1b"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("long", "one\ttwo\n\u05e9\u05dc\u200f!\xad"),
        ("keys", "one two\n\u05e9\u05dc!"),
        ("line", "one two\n\u05e9\u05dc!"),
    ],
    ids=["a long text", "lines of keys", "one line"],
)
def test_what_comes_back(name: str, shown: str) -> None:
    with Flask(__name__).test_request_context():
        form = Sample(data={name: TYPED})
        show_errors(form, FieldErrors({name: "Too long."}))
    assert (form[name].data, form[name].errors) == (shown, ["Too long."])
