"""Settings of a tenant: its name, and having it deleted."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal import clock
from portal.alm_accounts import taking_along
from portal.errors import FieldErrors
from portal.pages.tenants.forms import DeleteForm, NameForm
from portal.people import tenant_ends, tenants
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import place, work

bp = Blueprint("tenant_settings", __name__, url_prefix="/t/<slug:slug>/settings")

Page = str | Response | tuple[str, int]


@bp.route("/", methods=["GET", "POST"])
@access.admin
def show() -> Page:
    """The settings; its POST gives the tenant another name."""
    form = NameForm(name=place().tenant.name)
    if form.validate_on_submit():
        try:
            tenants.rename(work(), form.name.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        else:
            flash("The settings are saved.", "success")
            return redirect(url_for(".show"), 303)
    return render_template("tenants/settings.html", form=form), 422 if form.errors else 200


@bp.post("/export-accounts")
@access.admin
@access.recently_proved
@access.even_in_deletion
def export_accounts() -> Response:
    """The tenant's ALM accounts as a file, without secrets."""
    file = f"{place().tenant.slug}-alm-accounts-{clock.now():%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(taking_along.accounts_file(work()), mimetype="application/json", headers=headers)


@bp.route("/delete", methods=["GET", "POST"])
@access.admin
@access.recently_proved
def delete() -> Page:
    """Say what goes with the tenant; its POST closes it, to be erased a week later."""
    form = DeleteForm()
    if form.validate_on_submit():
        try:
            tenant_ends.ask_deletion(work(), form.typed_slug.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        else:
            return redirect(url_for("alm_accounts.home"), 303)
    goes = taking_along.what_goes(work())
    shown = {"form": form, "goes": goes, "days": tenant_ends.GRACE.days}
    return render_template("tenants/delete.html", **shown), 422 if form.errors else 200


@bp.post("/take-back")
@access.admin
@access.even_in_deletion
def take_back() -> Page:
    """The tenant is not deleted after all."""
    kept = tenant_ends.take_back(work())
    goes_on = (
        "It stays suspended by the operator of this portal." if kept.is_suspended else "It goes on as before."
    )
    flash(f"{kept.name} is not deleted. {goes_on}", "success")
    return redirect(url_for("alm_accounts.home"), 303)
