"""The fields in which somebody pastes a token or a password, for every page that has them."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, RadioField, SelectChoice, StringField
from wtforms.validators import Optional
from wtforms.widgets import DateInput

from portal.credentials import typed
from portal.credentials.token_drafts import DraftView
from portal.errors import FieldErrors
from portal.kinds.methods import PASSWORD, PAT
from portal.store.work import Work

METHODS = [
    SelectChoice(PAT, "Personal access token"),
    SelectChoice(PASSWORD, "User name and password"),
]
FIELDS = ("login", "secret", "ends_on")


class TokenForm(FlaskForm):
    """A token with its login and the day it ends; ``method`` where one may choose.

    ``address`` is the Jira the page names, where the same form does not ask for it.
    """

    address = HiddenField()
    method = RadioField("Connect with", choices=METHODS, validate_choice=False)
    login = StringField("Login e-mail", description="Of the Atlassian account that made the token.")
    secret = PasswordField("API token")
    ends_on = StringField(
        "Token ends on",
        widget=DateInput(),
        description="As chosen when it was made; Atlassian tells it to no program.",
    )


def fit(form: TokenForm, methods: Sequence[str], held: DraftView | None) -> None:
    """Let the form ask for what these methods need, and hold what was kept, unless it was just sent."""
    if PAT in methods:
        form.login.label.text, form.login.description = "User name", "Only with a password."
        form.secret.label.text = "Personal access token or password"
        form.ends_on.description = "Only of a token, and only if that Jira does not tell it."
        form.login.validators = form.ends_on.validators = [Optional()]
        form.login.flags.optional = form.ends_on.flags.optional = True
        form.method.data = form.method.data or (held.method if held else PAT)
    else:
        del form.method
    if held and not form.is_submitted():
        form.login.data = held.login
        form.ends_on.data = day_of(held)


def day_of(held: DraftView) -> str:
    """The day a token ends, as its field holds it."""
    return held.ends_at.astimezone(UTC).date().isoformat() if held.ends_at else ""


def is_touched(form: TokenForm) -> bool:
    """Whether anything stands in the fields that were sent."""
    return any((form[name].data or "").strip() for name in FIELDS)


def keep(
    work: Work,
    account_id: UUID,
    user_id: UUID | None,
    methods: Sequence[str],
    form: TokenForm,
    *,
    is_whole: bool = True,
) -> None:
    """Keep what was typed; :class:`FieldErrors` for what is wrong, and unless ``is_whole`` is False for what
    is missing. The form shows no secret afterwards."""
    empty = {name for name in FIELDS if not (form[name].data or "").strip()}
    method = form.method.data if form.method else ""
    sent = (method or "", form.login.data or "", form.secret.data or "", form.ends_on.data or "")
    reading = typed.keep(work, account_id, user_id, methods, typed.Entry(*sent, form.address.data or ""))
    form.login.data, form.ends_on.data = reading.shown["login"], reading.shown["ends_on"]
    form.secret.data = ""
    errors = {name: text for name, text in reading.errors.items() if is_whole or name not in empty}
    if errors:
        raise FieldErrors(errors)
