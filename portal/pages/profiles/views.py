"""Own name, time zone, password and sign-ins."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock
from portal.errors import FieldErrors
from portal.pages.profiles.forms import ChangePasswordForm, ProfileForm
from portal.people import email_changes, sign_ins, users
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import work
from portal.web.sign_in import limits

bp = Blueprint("profiles", __name__, url_prefix="/profile")

Page = str | Response | tuple[str, int]


@bp.route("/", methods=["GET", "POST"])
@access.signed_in
def profile() -> Page:
    """Name and time zone."""
    me = users.myself(work())
    form = ProfileForm(name=me.name, time_zone=me.time_zone)
    if form.validate_on_submit():
        try:
            users.change_profile(work(), form.name.data or "", form.time_zone.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        else:
            flash("Your profile is saved.", "success")
            return redirect(url_for(".profile"), 303)
    shown = {"form": form, "me": me, "pending": email_changes.pending(work())}
    return render_template("profiles/profile.html", **shown), 422 if form.errors else 200


@bp.route("/password", methods=["GET", "POST"])
@access.signed_in
def password() -> Page:
    """Change the password; other sign-ins end."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            users.change_password(work(), form.current.data or "", form.password.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        else:
            flash("Your password is changed. You are signed out everywhere else.", "success")
            return redirect(url_for(".password"), 303)
    return render_template("profiles/password.html", form=form), 422 if form.errors else 200


@bp.get("/sign-ins")
@access.signed_in
def list_sign_ins() -> Page:
    """Where the person is signed in."""
    mine = sign_ins.list_of(work(), limits())
    return render_template("profiles/sign_ins.html", sign_ins=mine, now=clock.now())


@bp.post("/sign-ins/<uuid:sign_in_id>/end")
@access.signed_in
def end_sign_in(sign_in_id: UUID) -> Page:
    """End one sign-in."""
    sign_ins.end(work(), sign_in_id, "ended_by_person")
    if sign_in_id == current_user.sign_in_id:
        return redirect(url_for("signin.sign_in"), 303)
    flash("That sign-in is ended.", "success")
    return redirect(url_for(".list_sign_ins"), 303)


@bp.post("/sign-ins/end-others")
@access.signed_in
def end_other_sign_ins() -> Page:
    """End every sign-in but this one."""
    ended = sign_ins.end_others(work())
    flash(f"{ended} other sign-in{'' if ended == 1 else 's'} ended.", "success")
    return redirect(url_for(".list_sign_ins"), 303)
