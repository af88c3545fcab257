"""Activity of a tenant, and the check of its chain."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.audit import log, reading, visits
from portal.web import access
from portal.web.place import work

bp = Blueprint("audit", __name__, url_prefix="/t/<slug:slug>/activity")


@bp.get("/")
@access.admin
def activity() -> str:
    """The tenant's audit, newest first."""
    wanted = reading.Wanted.of(request.args)
    return render_template(
        "audit/activity.html",
        wanted=wanted,
        lines=reading.read_lines(work(), wanted),
        choices=reading.read_choices(work()),
        visits=visits.visits_now(work()),
    )


@bp.post("/verify")
@access.admin
def verify() -> Response:
    """Check every line of the chain."""
    with work().read() as session:
        count, broken = log.verify(session)
    if broken is None:
        flash(f"The record is whole: all {count} lines fit together.", "success")
    else:
        flash(
            f"Line {broken} of {count} does not fit: it, or the line before it, was changed, removed or put "
            "in outside the portal. Tell the operator, who can compare it with a backup.",
            "danger",
        )
    return redirect(url_for(".activity"), 303)
