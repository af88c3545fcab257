"""Whether a tenant requires a second factor, and who has none."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.errors import Refused
from portal.pages.tenants.forms import FactorForm
from portal.people import factors_required
from portal.web import access
from portal.web.place import work

bp = Blueprint("second_factors", __name__, url_prefix="/t/<slug:slug>/people/second-factor")

Page = str | Response | tuple[str, int]


@bp.route("", methods=["GET", "POST"])
@access.admin
@access.recently_proved
def show() -> Page:
    """Who has no second factor, and the switch that requires one of everybody."""
    found = factors_required.of_tenant(work())
    form = FactorForm(required=found.is_required)
    if form.validate_on_submit():
        try:
            factors_required.require(work(), is_required=form.required.data)
        except Refused as error:
            form.form_errors.append(str(error))
        else:
            now = "required from everybody now" if form.required.data else "required no longer"
            flash(f"A second factor is {now}.", "success")
            return redirect(url_for(".show"), 303)
    page = render_template("tenants/second_factor.html", form=form, found=found)
    return page, 409 if form.form_errors else 422 if form.errors else 200
