"""Tenants for support staff: visits to them, asking for one, and a tenant's audit during a visit."""

import re
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.audit import reading, visitable, visits
from portal.audit.visits import VisitedTenant
from portal.errors import FieldErrors, Refused
from portal.pages.support.forms import FindForm, VisitForm
from portal.pages.support.visiting import during_visit
from portal.people import support_access
from portal.web import access
from portal.web.activity import shown_lines
from portal.web.forms import show_errors
from portal.web.place import work

bp = Blueprint("support", __name__, url_prefix="/support")

# Of what support's pages are called; a dot, a backslash or a % could lead a browser up and out again.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/_-]+")
Page = str | Response | tuple[str, int]


@bp.get("/")
@access.support
def home() -> Page:
    """One's own visits and questions, and every tenant, page by page."""
    wanted = visitable.WantedTenants.of(request.args)
    return render_template(
        "support/home.html",
        form=FindForm(search=wanted.search, formdata=None),
        wanted=wanted,
        visited=visitable.list_visited(work()),
        asked=visitable.list_asked(work()),
        page=visitable.list_tenants(work(), wanted),
    )


@bp.route("/tenants/<uuid:tenant_id>/visit", methods=["GET", "POST"])
@access.support
def open_visit(tenant_id: UUID) -> Page:
    """Say why, and begin an hour; or ask the tenant's admins first, where they want to be asked."""
    tenant, form = visits.tenant(work(), tenant_id), VisitForm(reason=_reason())
    if form.validate_on_submit():
        try:
            return _opened(tenant, form.reason.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        except Refused as error:
            flash(str(error), "warning")
            return redirect(_here(tenant_id), 303)
    return render_template("support/visit.html", tenant=tenant, form=form, here=_here(tenant_id)), (
        422 if form.errors else 200
    )


def _reason() -> str:
    """What the reason begins as: the request id by which the tenant was found."""
    request_id = request.args.get("request_id", "")
    return f"Request {request_id}" if request_id.isalnum() and len(request_id) <= 40 else ""


def _here(tenant_id: UUID) -> str:
    kept = {name: request.args[name] for name in ("then", "request_id") if name in request.args}
    return url_for(".open_visit", tenant_id=tenant_id) + (f"?{urlencode(kept)}" if kept else "")


def _opened(tenant: VisitedTenant, reason: str) -> Response:
    if not tenant.standing.may_visit:
        support_access.ask(work(), tenant.id, reason)
        flash(f"The admins of {tenant.name} were asked.", "success")
        return redirect(_here(tenant.id), 303)
    visits.open_visit(work(), tenant.id, reason)
    inside, then = url_for(".home") + f"tenants/{tenant.id}/", request.args.get("then", "")
    is_inside = then.startswith(inside) and PLAIN_PATH.fullmatch(then) and "//" not in then
    return redirect(then if is_inside else url_for(".tenant_audit", tenant_id=tenant.id), 303)


@bp.get("/tenants/<uuid:tenant_id>/audit")
@access.support
@during_visit
def tenant_audit(tenant: VisitedTenant) -> Page:
    """The tenant's audit."""
    shown, status = shown_lines(work().within(tenant.id))
    return render_template("support/audit.html", tenant=tenant, **shown), status


@bp.get("/tenants/<uuid:tenant_id>/audit/<int:seq>")
@access.support
@during_visit
def tenant_line(tenant: VisitedTenant, seq: int) -> Page:
    """One line of it."""
    found = reading.read_line(work().within(tenant.id), seq)
    return render_template("support/line.html", tenant=tenant, found=found)


@bp.post("/tenants/<uuid:tenant_id>/end-visit")
@access.support
def end_visit(tenant_id: UUID) -> Page:
    """End one's own visit before its hour is over."""
    visits.end_visit(work(), tenant_id)
    flash("The visit is over.", "success")
    return redirect(url_for(".home"), 303)
