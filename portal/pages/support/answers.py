"""Where a tenant's admins decide about support: always or on request, a yes or no to who asks."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.errors import FieldErrors, Refused
from portal.pages.support.forms import AccessForm, AllowForm
from portal.people import support_access
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import work

bp = Blueprint("support_access", __name__, url_prefix="/t/<slug:slug>/support")

Page = str | Response | tuple[str, int]


@bp.get("/")
@access.admin
def show() -> Page:
    """The switch, who asks, who was let in, and who is there."""
    return _page(None)


def _page(form: AccessForm | None) -> Page:
    found = support_access.access_of(work())
    form = form or AccessForm(formdata=None, access=found.access)
    shown = {"found": found, "form": form, "allow": AllowForm(formdata=None)}
    return render_template("support/access.html", **shown), 422 if form.errors else 200


@bp.post("/access")
@access.admin
@access.recently_proved
def change() -> Page:
    """Let support visit always, or on request."""
    form = AccessForm()
    try:
        support_access.set_access(work(), str(form.access.data or ""))
    except FieldErrors as error:
        form.validate()
        show_errors(form, error)
        return _page(form)
    flash("That is saved, and holds from now on.", "success")
    return redirect(url_for(".show"), 303)


@bp.post("/requests/<uuid:request_id>/allow")
@access.admin
@access.recently_proved
def allow(request_id: UUID) -> Page:
    """Let who asked look in for some time."""
    try:
        support_access.allow(work(), request_id, request.form.get("hours", ""))
    except FieldErrors as error:
        flash(" ".join(error.errors.values()), "warning")
    except Refused as error:
        flash(str(error), "info")
    else:
        flash("Support was let in. You can take that back at any time.", "success")
    return redirect(url_for(".show"), 303)


@bp.post("/requests/<uuid:request_id>/decline")
@access.admin
def decline(request_id: UUID) -> Page:
    """Say no."""
    try:
        support_access.decline(work(), request_id)
    except Refused as error:
        flash(str(error), "info")
    else:
        flash("You said no. Nothing was shown to support.", "success")
    return redirect(url_for(".show"), 303)


@bp.post("/requests/<uuid:request_id>/take-back")
@access.admin
def take_back(request_id: UUID) -> Page:
    """End what was allowed, and a visit that goes on by it."""
    support_access.take_back(work(), request_id)
    flash("That is taken back. A visit that went on by it is over.", "success")
    return redirect(url_for(".show"), 303)
