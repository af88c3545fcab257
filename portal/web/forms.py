"""What the rules say about a form's fields, shown at the fields."""

from flask_wtf import FlaskForm

from portal.errors import FieldErrors


def show_errors(form: FlaskForm, error: FieldErrors) -> None:
    """Put each sentence at its field; one for a field that the form has not goes to the top."""
    for name, sentence in error.errors.items():
        if name in form:
            form[name].errors = [*form[name].errors, sentence]
        else:
            form.form_errors.append(sentence)
