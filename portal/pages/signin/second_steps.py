"""The second step of signing in: a code of the app, or a recovery code."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.credentials.problem import pause_in_words
from portal.errors import FieldErrors, Refused, TooMany
from portal.pages.signin.forms import CodeForm, RecoveryCodeForm
from portal.people import second_steps
from portal.people.second_steps import TOO_LATE
from portal.people.sign_ins import Browser
from portal.secret import Secret
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import work
from portal.web.sign_in import browser, enter, first_step, local_path, origin
from portal.web.words_of_factor import codes_left

bp = Blueprint("second_steps", __name__)

Page = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
SLOWED = (
    "Too many codes were wrong, so this one was not looked at. Try again in {wait}. You need not wait in "
    "another browser in which you have signed in before, or after setting a new password."
)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@access.public
def code() -> Page:
    """Ask for the code, and sign in with it."""
    wanted, token = local_path(request.args.get("next")), first_step()
    if current_user.is_authenticated:
        return redirect(wanted or url_for("signin.home"), 303)
    if token is None or not second_steps.waits(work(), token):
        return _again(wanted, told=token is not None)
    form = RecoveryCodeForm() if "recovery" in request.args else CodeForm()
    if form.validate_on_submit():
        try:
            return _finish(token, form.code.data or "", wanted)
        except FieldErrors as error:
            show_errors(form, error)
        except TooMany as error:
            form.form_errors.append(SLOWED.format(wait=pause_in_words(error.retry_after)))
            return _render(form, wanted), 429, {"Retry-After": str(error.retry_after)}
        except Refused:
            return _again(wanted, told=True)
    return _render(form, wanted), 422 if form.errors else 200


def _finish(token: Secret, typed: str, wanted: str | None) -> Response:
    token, left = second_steps.finish(work(), token, typed, Browser(*browser()), origin())
    enter(token)
    if left is not None:
        flash(codes_left(left), "warning")
    return redirect(wanted or url_for("signin.home"), 303)


def _again(wanted: str | None, *, told: bool) -> Response:
    """Back to the first step; what it kept is of no use any more."""
    if told:
        flash(TOO_LATE, "warning")
    return redirect(url_for("signin.sign_in", next=wanted), 303)


def _render(form: CodeForm | RecoveryCodeForm, wanted: str | None) -> str:
    by_recovery = isinstance(form, RecoveryCodeForm)
    return render_template("signin/code.html", form=form, wanted=wanted, by_recovery=by_recovery)
