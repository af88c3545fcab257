"""The people of a tenant: who they are, inviting, roles, reset links, removing, leaving."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock
from portal.alm_accounts.leaving import leave as leave_tenant
from portal.alm_accounts.leaving import left_behind
from portal.alm_accounts.resting import ended_of, rests_on
from portal.errors import FieldErrors, NotHere, Refused
from portal.pages.tenants.forms import InviteForm, LeaveForm, RemoveForm, RoleForm
from portal.people import invitations, memberships, resets
from portal.people.invitations import OpenInvitation
from portal.people.memberships import MemberView
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import external, place, settings, work

bp = Blueprint("tenants", __name__, url_prefix="/t/<slug:slug>/people")

Page = str | Response | tuple[str, int]


@bp.get("/")
@access.member
def people() -> Page:
    """Everybody in the tenant; for admins also the open invitations."""
    invited = invitations.list_open(work()) if place().is_admin else []
    everybody = memberships.list_members(work())
    return render_template("tenants/people.html", people=everybody, invited=invited, now=clock.now())


@bp.route("/invite", methods=["GET", "POST"])
@access.admin
@access.recently_proved
def invite() -> Page:
    """Invite an e-mail address; the link goes there by mail, or is shown once where mail is off."""
    form = InviteForm()
    if form.validate_on_submit():
        try:
            return _invite(form.email.data or "", form.role.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        except Refused as error:
            form.form_errors.append(str(error))
    return render_template("tenants/invite.html", form=form), 422 if form.errors else 200


def _invite(email: str, role: str) -> Page:
    if settings().sends_mail:
        return _sent(invitations.send(work(), email, role))
    token, made = invitations.make(work(), email, role)
    link = external(url_for("signin.invitation", token=token.reveal()))
    return render_template("tenants/invited.html", invitation=made, link=link)


def _sent(made: OpenInvitation) -> Page:
    flash(f"The invitation is on its way to {made.email}. Its link works for 7 days.", "success")
    return redirect(url_for(".people"), 303)


@bp.post("/invitations/<uuid:invitation_id>/send-again")
@access.admin
@access.recently_proved
def send_again(invitation_id: UUID) -> Page:
    """Send a new link in place of one that did not arrive."""
    if not settings().sends_mail:
        raise NotHere
    return _sent(invitations.send_again(work(), invitation_id))


@bp.post("/invitations/<uuid:invitation_id>/withdraw")
@access.admin
def withdraw(invitation_id: UUID) -> Page:
    """End an invitation nobody has used."""
    invitations.withdraw(work(), invitation_id)
    flash("The invitation is withdrawn. Its link works no longer.", "success")
    return redirect(url_for(".people"), 303)


@bp.get("/<uuid:user_id>")
@access.admin
@access.recently_proved
def person(user_id: UUID) -> Page:
    """What an admin can do for or about one person."""
    found = memberships.member(work(), user_id)
    return render_template("tenants/person.html", person=found, form=RoleForm(role=found.role))


@bp.post("/<uuid:user_id>/role")
@access.admin
@access.recently_proved
def change_role(user_id: UUID) -> Page:
    """Make somebody an admin or a member."""
    form = RoleForm()
    found = memberships.member(work(), user_id)
    try:
        memberships.change_role(work(), user_id, form.role.data or "")
    except FieldErrors as error:
        form.validate()
        show_errors(form, error)
        return render_template("tenants/person.html", person=found, form=form), 422
    flash(
        f"{found.name} is {'an admin' if form.role.data == memberships.ADMIN else 'a member'} now.", "success"
    )
    return redirect(url_for(".people"), 303)


@bp.post("/<uuid:user_id>/reset-link")
@access.admin
@access.recently_proved
def reset_link(user_id: UUID) -> Page:
    """Make a reset link for a member; it goes to them by mail, or is shown once where mail is off."""
    found = memberships.member(work(), user_id)
    if settings().sends_mail:
        resets.send_to_member(work(), user_id)
        flash(f"A reset link is on its way to {found.email}. It works for 30 minutes.", "success")
        return redirect(url_for(".person", user_id=user_id), 303)
    token = resets.make_for_member(work(), user_id)
    link = external(url_for("signin.reset", token=token.reveal()))
    return render_template("tenants/reset_link.html", person=found, link=link)


@bp.get("/<uuid:user_id>/remove")
@access.admin
@access.recently_proved
def confirm_remove(user_id: UUID) -> Page:
    """Say what ends when somebody is removed."""
    if user_id == current_user.user_id:
        return redirect(url_for(".confirm_leave"), 303)
    return _removing(memberships.member(work(), user_id), RemoveForm())


def _removing(person: MemberView, form: RemoveForm) -> Page:
    resting = rests_on(work(), person.user_id)
    ended = ended_of(work(), person.user_id)
    behind = left_behind(work(), person.user_id)
    shown = {"person": person, "resting": resting, "ended": ended, "behind": behind, "form": form}
    return render_template("tenants/remove.html", **shown), 422 if form.errors else 200


@bp.post("/<uuid:user_id>/remove")
@access.admin
@access.recently_proved
def remove(user_id: UUID) -> Page:
    """Take somebody out of the tenant."""
    found = memberships.member(work(), user_id)
    form = RemoveForm()
    try:
        leave_tenant(work(), user_id, "removed", anyway=form.anyway.data)
    except FieldErrors as error:
        show_errors(form, error)
        return _removing(found, form)
    flash(f"{found.name} belongs to this organisation no longer.", "success")
    return redirect(url_for(".people"), 303)


@bp.get("/leave")
@access.member
def confirm_leave() -> Page:
    """Say what ends when one leaves."""
    return _leaving(LeaveForm())


def _leaving(form: LeaveForm) -> Page:
    resting = rests_on(work(), current_user.user_id)
    others = [one for one in memberships.list_members(work()) if one.user_id != current_user.user_id]
    admins = [one.name for one in others if one.role == memberships.ADMIN and not one.is_disabled]
    ended = ended_of(work(), current_user.user_id)
    behind = left_behind(work(), current_user.user_id)
    shown = {"resting": resting, "ended": ended, "behind": behind, "admins": admins, "form": form}
    return render_template("tenants/leave.html", **shown), 422 if form.errors else 200


@bp.post("/leave")
@access.member
def leave() -> Page:
    """Leave the tenant."""
    form = LeaveForm()
    try:
        leave_tenant(work(), current_user.user_id, "left", anyway=form.anyway.data)
    except FieldErrors as error:
        show_errors(form, error)
        return _leaving(form)
    flash(f"You have left {place().tenant.name}.", "success")
    return redirect(url_for("signin.home"), 303)
