"""The form macros: hint and error stay together and are tied to their field; a secret never comes back."""

import re

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FileField,
    Form,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional

HINT, ERROR = "What it is for.", "Enter something."


class Sample(Form):
    """One field of each sort."""

    text = StringField("Text", [InputRequired(ERROR)], description=HINT)
    long = TextAreaField("Long", [InputRequired(ERROR)], description=HINT)
    size = RadioField(
        "Size",
        [InputRequired(ERROR)],
        choices=[SelectChoice("a", "A"), SelectChoice("b", "B")],
        description=HINT,
    )
    zone = SelectField("Zone", [InputRequired(ERROR)], choices=[SelectChoice("", "Choose")], description=HINT)
    tick = BooleanField("Tick", [InputRequired(ERROR)], description=HINT)
    file = FileField("File", [InputRequired(ERROR)], description=HINT)
    password = PasswordField("Password", [InputRequired(ERROR)], description=HINT)
    extra = StringField("Extra", [Optional()])


NAMES = ["text", "long", "size", "zone", "tick", "file", "password"]


@pytest.fixture
def refused():
    """A form sent empty."""
    form = Sample(MultiDict())
    form.validate()
    return form


@pytest.mark.parametrize("name", NAMES)
def test_hint_and_error_are_both_tied_to_the_field(macro, refused, name):
    html = macro("forms", "field", refused[name])
    named = re.search(r'aria-describedby="([^"]+)"', html).group(1).split()
    assert named == [f"{name}-hint", f"{name}-error"]
    assert all(f'id="{part}"' in html for part in named)
    assert HINT in html and ERROR in html


@pytest.mark.parametrize("name", NAMES)
def test_a_field_without_error_is_not_marked(macro, name):
    html = macro("forms", "field", Sample()[name])
    assert "aria-invalid" not in html and "Error:" not in html


def test_choices_are_one_group_with_a_legend(macro):
    html = macro("forms", "field", Sample().size)
    assert re.search(r"<fieldset.*<legend[^>]*>Size", html, re.DOTALL)
    assert html.count('<label class="form-check-label" for="size-') == 2


def test_summary_links_to_what_takes_the_focus(macro, refused):
    html = macro("forms", "error_summary", refused)
    assert "There is a problem" in html
    assert 'href="#text"' in html and 'href="#size-0"' in html


def test_summary_is_silent_without_errors(macro):
    assert macro("forms", "error_summary", Sample()) == ""


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("name", ["password", "long", "text"])
def test_a_secret_never_comes_back(macro, name, held):
    form = Sample(MultiDict({name: "hunter2-canary"}))
    html = macro("forms", "secret_field", form[name], held, "SHA256:abc")
    assert "hunter2-canary" not in html
    assert ("Held, not shown" in html) is held


def test_optional_fields_say_so(macro):
    assert "(optional)" in macro("forms", "field", Sample().extra)


def test_attributes_of_the_caller_reach_the_input(macro):
    assert 'autocomplete="username"' in macro("forms", "field", Sample().text, autocomplete="username")


def test_post_button_carries_the_token_and_its_object(macro):
    html = macro("forms", "post_button", "/t/acme/x", "Test", about="Jira of Acme")
    assert re.search(r'name="csrf_token" value=".{20,}"', html)
    assert '<span class="visually-hidden"> Jira of Acme</span>' in html
