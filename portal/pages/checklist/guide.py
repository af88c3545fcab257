"""Guide links as an admin sees them: made, shown once, listed and ended."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import clock
from portal.alm_accounts import accounts
from portal.checklist import guide_links
from portal.errors import FieldErrors
from portal.pages.checklist.forms import GuideLinkForm
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import external, work

bp = Blueprint(
    "guide_links", __name__, url_prefix="/t/<slug:slug>/alm-accounts/<uuid:account_id>/guide-links"
)

Page = str | Response | tuple[str, int]


@bp.get("")
@access.admin
def show(account_id: UUID) -> Page:
    """The links there are, and a new one."""
    return _render(account_id, GuideLinkForm())


@bp.post("")
@access.admin
def make(account_id: UUID) -> Page:
    """Make a link; the page that answers is the only place where it stands."""
    form = GuideLinkForm()
    try:
        days = request.form.get("days", guide_links.PRESET)
        token, made = guide_links.make(work(), account_id, days)
    except FieldErrors as error:
        show_errors(form, error)
        return _render(account_id, form)
    link = external(url_for("guide.show", token=token.reveal()))
    account = accounts.account(work(), account_id)
    return render_template("checklist/guide_link.html", account=account, link=link, made=made)


@bp.post("/<uuid:link_id>/end")
@access.admin
def end(account_id: UUID, link_id: UUID) -> Page:
    """End a link before its time."""
    guide_links.end(work(), account_id, link_id)
    flash("The guide link works no longer.", "success")
    return redirect(url_for(".show", account_id=account_id), 303)


def _render(account_id: UUID, form: GuideLinkForm) -> Page:
    account = accounts.account(work(), account_id)
    shown = {"account": account, "form": form, "now": clock.now()}
    shown |= {"links": guide_links.links(work(), account_id), "has_guide": guide_links.has_guide(account)}
    shown |= {"connect_page": external(url_for("alm_credentials.show", account_id=account_id))}
    page = render_template("checklist/guide_links.html", **shown)
    return page, 422 if form.errors else 200
