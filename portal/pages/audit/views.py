"""Activity of a tenant: its lines, one of them, taking them out, and the check of its chain."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import clock
from portal.audit import exporting, reading
from portal.audit.filtering import Wanted
from portal.audit.recent_check import USES_DAYS, RecentCheck, check_recent
from portal.errors import FieldErrors
from portal.web import access
from portal.web.activity import my_zone, shown_lines
from portal.web.place import place, work

bp = Blueprint("audit", __name__, url_prefix="/t/<slug:slug>/activity")
OLDER = "What is older was not looked at: the operator checks all lines and uses with almoner verify-audit."
CHANGED = "was changed, removed or put in outside the portal. Tell the operator, who can compare"
THE_END = (
    "What this check cannot see is lines cut off at the end, or an end that somebody with all rights to the "
    "database wrote anew. Note the last line elsewhere, {last}: next time it must be there with this seal."
)


@bp.get("/")
@access.admin
def activity() -> tuple[str, int]:
    """The tenant's audit, newest first."""
    shown, status = shown_lines(work())
    formats = [(form.name, form.title) for form in exporting.FORMATS.values()]
    return render_template("audit/activity.html", formats=formats, **shown), status


@bp.get("/<int:seq>")
@access.admin
def show(seq: int) -> str:
    """One line, with everything that is kept of it."""
    return render_template("audit/show.html", found=reading.read_line(work(), seq))


@bp.post("/export")
@access.admin
@access.recently_proved
@access.even_in_deletion
def export() -> Response:
    """Every line that fits the filter, as a file."""
    try:
        form, wanted = exporting.read_format(request.form.get("format", "")), Wanted.of(request.form)
    except FieldErrors as error:
        flash(f"Nothing was exported. {' '.join(error.errors.values())}", "warning")
        return redirect(url_for(".activity"), 303)
    pieces = exporting.export(work(), wanted, my_zone(), form)
    file = f"{place().tenant.slug}-activity-{clock.now():%Y-%m-%d}.{form.extension}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(pieces, mimetype=form.mimetype, headers=headers)


@bp.post("/verify")
@access.admin
def verify() -> Response:
    """Check the newest lines of the chain, and the uses of the last days: all of them would take too long."""
    found = check_recent(work())
    if found.broken is not None:
        told = f"Line {found.broken} does not fit: it, or the line before it, {CHANGED} it"
        flash(f"{told} with a backup.", "danger")
    elif found.uses.wrong is not None:
        told = f"The lines of the record fit. {_uses(found)} {found.uses}: one {CHANGED} them"
        flash(f"{told} with a backup.", "danger")
    else:
        flash(_whole(found), "success")
    return redirect(url_for(".activity"), 303)


def _uses(found: RecentCheck) -> str:
    if clock.now() - found.since >= timedelta(days=USES_DAYS):
        return f"Uses of credentials of the last {USES_DAYS} days"
    return f"Uses of credentials since {found.since.day} {found.since:%b %Y, %H:%M} UTC"


def _whole(found: RecentCheck) -> str:
    """What is said of a record in which nothing was found."""
    if found.older:
        fit = f"The newest part of the record is whole: lines {found.first} on fit together."
    elif found.count == 1:
        fit = "The record is whole: its only line fits."
    else:
        fit = f"The record is whole: all {found.count} lines fit together."
    closed = f" Lines 1 to {found.closed} are in files of the operator." if found.closed else ""
    end = THE_END.format(last=f"line {found.last[0]} with the seal {found.last[1]}") if found.last else ""
    return f"{fit}{closed} {_uses(found)}: {found.uses}. {OLDER} {end}"
