"""The page on which the end of a token is entered, for one's own token and for an account's."""

from uuid import UUID

from flask import flash, redirect, render_template
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.widgets import DateInput

from portal.alm_accounts.account_views import AccountView
from portal.credentials.token_ends import enter_end
from portal.credentials.views import CredentialView
from portal.errors import FieldErrors, NotHere
from portal.kinds.methods import PAT
from portal.web.forms import show_errors
from portal.web.place import work


class EndForm(FlaskForm):
    """The last day of a token."""

    ends_on = StringField(
        "Token ends on",
        widget=DateInput(),
        description="As it stands beside the token in Jira: profile → Personal Access Tokens.",
    )


def lacks_end(credential: CredentialView | None) -> bool:
    """Whether it is a token of which no end is known here."""
    return credential is not None and credential.method == PAT and credential.expires_at is None


def end_page(
    account: AccountView, user_id: UUID | None, *credentials: CredentialView | None, back: str
) -> Response | tuple[str, int]:
    """Ask for the day and keep it; :class:`NotHere` where none of these credentials lacks it."""
    if not any(lacks_end(one) for one in credentials):
        raise NotHere
    form = EndForm()
    if form.validate_on_submit():
        try:
            enter_end(work(), account.id, user_id, form.ends_on.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        else:
            flash("The end of the token is kept. You are warned before.", "success")
            return redirect(back, 303)
    shown = {"account": account, "form": form, "back": back}
    return render_template("connections/token_end.html", **shown), 422 if form.errors else 200
