"""The start page, sign-in and sign-out, and the links that bring somebody in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.credentials.problem import pause_in_words
from portal.errors import FieldErrors, TooMany
from portal.pages.signin.forms import EmailForm, JoinForm, PasswordForm, SignInForm
from portal.people import joining, resets, sign_ins, tenants
from portal.people.tenants import TenantView
from portal.secret import Secret
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import settings, work
from portal.web.sign_in import (
    browser,
    enter,
    leave,
    local_path,
    origin,
    remember_browser,
    wait_for_code,
)

bp = Blueprint("signin", __name__)

Page = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
ASKED = (
    "If this address belongs to somebody here, a link to set a new password is on its way to it. It works "
    "for 30 minutes. If nothing comes, look into the spam folder, or ask an admin of your organisation."
)
# One sentence whatever was wrong: which addresses are known is nobody's business (T20).
NOT_RIGHT = "E-mail address or password is not right. Try again, or use “Forgot your password?” below."
# The same for every address, and whoever is the cause: that tells nothing either.
SLOWED = (
    "Too many sign-ins went wrong, so this one was not looked at. Try again in {wait}. You need not wait in "
    "another browser in which you have signed in before, or after setting a new password by “Forgot your "
    "password?” below."
)
ASKED_TOO_OFTEN = "Too many links were asked for from your network, so none is sent now. Try again in {wait}."


@bp.get("/")
@access.public
def home() -> Page:
    """To where the person belongs."""
    if not current_user.is_authenticated:
        return redirect(url_for(".sign_in"), 303)
    if current_user.is_support:
        return redirect(url_for("support.home"), 303)
    mine = tenants.tenants_of(work(), current_user.user_id)
    if len(mine) == 1:
        return _to_tenant(mine[0].tenant)
    return render_template("signin/home.html", memberships=mine)


def _to_tenant(tenant: TenantView) -> Response:
    return redirect(f"/t/{tenant.slug}/", 303)


@bp.route("/sign-in", methods=["GET", "POST"])
@access.public
def sign_in() -> Page:
    """Sign in and go to the page that was wanted."""
    wanted = local_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(wanted or url_for(".home"), 303)
    form = SignInForm()
    if form.validate_on_submit():
        try:
            started = _start(form)
        except TooMany as error:
            form.form_errors.append(SLOWED.format(wait=pause_in_words(error.retry_after)))
            page = render_template("signin/sign_in.html", form=form, wanted=wanted)
            return page, 429, _wait(error)
        if started is not None:
            return _go_on(*started, wanted)
        form.form_errors.append(NOT_RIGHT)
    page = render_template("signin/sign_in.html", form=form, wanted=wanted)
    return page, 422 if form.errors else 200


def _go_on(token: Secret, started: sign_ins.SignInView, wanted: str | None) -> Response:
    if started.awaits_second:
        wait_for_code(token)
        return redirect(url_for("second_steps.code", next=wanted), 303)
    enter(token)
    return redirect(wanted or url_for(".home"), 303)


def _start(form: SignInForm) -> tuple[Secret, sign_ins.SignInView] | None:
    typed = form.email.data or "", form.password.data or ""
    return sign_ins.start(work(), *typed, *browser(), origin())


def _wait(error: TooMany) -> dict[str, str]:
    return {"Retry-After": str(error.retry_after)}


@bp.post("/sign-out")
@access.signed_in
def sign_out() -> Page:
    """End this sign-in, here and in the database."""
    sign_ins.end(work(), current_user.sign_in_id, "signed_out")
    leave()
    flash("You are signed out.", "success")
    return redirect(local_path(request.args.get("next")) or url_for(".sign_in"), 303)


@bp.route("/invitation/<string(maxlength=120):token>", methods=["GET", "POST"])
@access.public
def invitation(token: str) -> Page:
    """Show an invitation; its POST joins, as the person signed in or as somebody new."""
    secret = Secret(token)
    if request.method == "POST" and current_user.is_authenticated:
        tenant = joining.accept(work(), secret)
        return _welcome(tenant)
    found = joining.show(work(), secret)
    form = JoinForm()
    if form.validate_on_submit():
        try:
            return _join(secret, form)
        except FieldErrors as error:
            show_errors(form, error)
    page = render_template("signin/invitation.html", form=form, invitation=found, here=request.path)
    return page, 422 if form.errors else 200


def _join(token: Secret, form: JoinForm) -> Response:
    user_id, tenant = joining.accept_as_new(work(), token, form.name.data or "", form.password.data or "")
    enter(sign_ins.start_for(work(), user_id, *browser())[0])
    return _welcome(tenant)


def _welcome(tenant: TenantView) -> Response:
    flash(f"Welcome. You belong to {tenant.name} now.", "success")
    return _to_tenant(tenant)


@bp.route("/forgotten-password", methods=["GET", "POST"])
@access.public
def forgotten_password() -> Page:
    """Ask for a reset link by mail; one answer for everybody (T20). Where mail is off: whom to ask."""
    form = EmailForm()
    if settings().sends_mail and form.validate_on_submit():
        try:
            resets.ask(work(), form.email.data or "", origin())
        except TooMany as error:
            form.form_errors.append(ASKED_TOO_OFTEN.format(wait=pause_in_words(error.retry_after)))
            return render_template("signin/forgotten_password.html", form=form), 429, _wait(error)
        flash(ASKED, "success")
        return redirect(url_for(".sign_in"), 303)
    return render_template("signin/forgotten_password.html", form=form), 422 if form.errors else 200


@bp.route("/reset/<string(maxlength=120):token>", methods=["GET", "POST"])
@access.public
def reset(token: str) -> Page:
    """Show for whom a reset link is; its POST sets the password."""
    secret = Secret(token)
    person = resets.show(work(), secret)
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            user_id = resets.use(work(), secret, form.password.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        else:
            leave()
            remember_browser(user_id)
            flash("Your password is set. Sign in with it.", "success")
            return redirect(url_for(".sign_in"), 303)
    return render_template("signin/reset.html", form=form, person=person), 422 if form.errors else 200
