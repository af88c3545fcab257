"""The timeline of one connection, for the tenant's admins."""

from uuid import UUID

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from portal.alm_accounts import accounts
from portal.web import access
from portal.web.place import work
from portal.web.timelines import shown_timeline

bp = Blueprint("timeline", __name__, url_prefix="/t/<slug:slug>/alm-accounts/<uuid:account_id>/timeline")

Page = str | Response | tuple[str, int]


@bp.get("/")
@access.admin
def show(account_id: UUID) -> Page:
    """What happened to the account and its credentials, newest first."""
    shown, status = shown_timeline(work(), accounts.account(work(), account_id))
    return render_template("audit/timeline.html", **shown), status
