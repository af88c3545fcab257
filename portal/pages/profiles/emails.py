"""One's own e-mail address: asking for another one, and what becomes of that."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.credentials.problem import pause_in_words
from portal.errors import FieldErrors, NotHere, TooMany
from portal.pages.profiles.forms import EmailForm
from portal.people import email_changes, users
from portal.secret import Secret
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import external, settings, work

bp = Blueprint("emails", __name__, url_prefix="/profile/email")

Page = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
TOO_OFTEN = "That was tried too often, so this one was not looked at. Try again in {wait}."
ON_ITS_WAY = (
    "A link is on its way to {email}. Open it within 24 hours; until then your address stays as it is."
)


@bp.route("", methods=["GET", "POST"])
@access.signed_in
@access.recently_proved
def change() -> Page:
    """Ask for another address; the link goes there by mail, or is shown once where mail is off."""
    form = EmailForm()
    if form.validate_on_submit():
        try:
            return _ask(form.email.data or "", form.current.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        except TooMany as error:
            form.form_errors.append(TOO_OFTEN.format(wait=pause_in_words(error.retry_after)))
            return _page(form), 429, {"Retry-After": str(error.retry_after)}
    return _page(form), 422 if form.errors else 200


def _page(form: EmailForm) -> str:
    return render_template("profiles/email.html", form=form, me=users.myself(work()))


def _ask(email: str, password: str) -> Page:
    if not settings().sends_mail:
        token = email_changes.make(work(), email, password)
        link = external(url_for(".confirm", token=token.reveal()))
        return render_template("profiles/email_link.html", link=link, email=email)
    email_changes.send(work(), email, password)
    return _sent(email)


def _sent(email: str) -> Response:
    flash(ON_ITS_WAY.format(email=email.strip()), "success")
    return redirect(url_for("profiles.profile"), 303)


@bp.post("/send-again")
@access.signed_in
def send_again() -> Page:
    """Send a new link to the address that waits."""
    if not settings().sends_mail:
        raise NotHere
    return _sent(email_changes.send_again(work()))


@bp.post("/cancel")
@access.signed_in
def cancel() -> Page:
    """The address stays as it is."""
    email_changes.cancel(work())
    flash("Your e-mail address stays as it is. The link to the other one works no longer.", "success")
    return redirect(url_for("profiles.profile"), 303)


@bp.route("/<string(maxlength=120):token>", methods=["GET", "POST"])
@access.signed_in
def confirm(token: str) -> Page:
    """What a link changes; its POST changes it."""
    if request.method == "POST":
        email = email_changes.confirm(work(), Secret(token))
        flash(f"From now on you sign in with {email}.", "success")
        return redirect(url_for("profiles.profile"), 303)
    found = email_changes.show(work(), Secret(token))
    return render_template("profiles/email_confirm.html", change=found, here=request.path)
