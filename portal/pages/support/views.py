"""Tenants for support staff; a tenant's audit only during a visit."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.audit import reading, visits
from portal.errors import FieldErrors
from portal.pages.support.forms import VisitForm
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import work

bp = Blueprint("support", __name__, url_prefix="/support")

Page = str | Response | tuple[str, int]


@bp.get("/")
@access.support
def home() -> Page:
    """Every tenant, with one's own visits."""
    return render_template("support/home.html", tenants=visits.list_tenants(work()))


@bp.route("/tenants/<uuid:tenant_id>/visit", methods=["GET", "POST"])
@access.support
def open_visit(tenant_id: UUID) -> Page:
    """Say why, and begin an hour."""
    tenant, form = visits.tenant(work(), tenant_id), VisitForm()
    if form.validate_on_submit():
        try:
            visits.open_visit(work(), tenant_id, form.reason.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        else:
            return redirect(url_for(".tenant_audit", tenant_id=tenant_id), 303)
    return render_template("support/visit.html", tenant=tenant, form=form), 422 if form.errors else 200


@bp.get("/tenants/<uuid:tenant_id>/audit")
@access.support
def tenant_audit(tenant_id: UUID) -> Page:
    """The tenant's audit, while a visit goes on."""
    tenant = visits.tenant(work(), tenant_id)
    if tenant.visit is None:
        flash("To read this record, say why first.", "info")
        return redirect(url_for(".open_visit", tenant_id=tenant_id), 303)
    wanted, inside = reading.Wanted.of(request.args), work().within(tenant_id)
    lines, choices = reading.read_lines(inside, wanted), reading.read_choices(inside)
    return render_template("support/audit.html", tenant=tenant, wanted=wanted, lines=lines, choices=choices)


@bp.post("/tenants/<uuid:tenant_id>/end-visit")
@access.support
def end_visit(tenant_id: UUID) -> Page:
    """End one's own visit before its hour is over."""
    visits.end_visit(work(), tenant_id)
    flash("The visit is over.", "success")
    return redirect(url_for(".home"), 303)
