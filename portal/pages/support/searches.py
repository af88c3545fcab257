"""Support's search across tenants: a form, and what was found, by the line in which the search stands."""

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.audit import events, searching
from portal.audit.searching import Search
from portal.errors import FieldErrors
from portal.pages.support.forms import SearchForm
from portal.web import access
from portal.web.activity import OUTCOME_WORDS
from portal.web.forms import show_errors
from portal.web.place import work

bp = Blueprint("support_searches", __name__, url_prefix="/support")

Page = str | Response | tuple[str, int]


@bp.route("/search", methods=["GET", "POST"])
@access.support
def search() -> Page:
    """What to look for; its POST writes that down and leads to what was found."""
    form = SearchForm()
    if form.is_submitted():
        typed = {name: str(request.form.get(name, "")) for name in searching.FIELDS}
        try:
            seq = searching.search(work(), typed, ZoneInfo(current_user.time_zone))
        except FieldErrors as error:
            form.validate()
            show_errors(form, error)
        else:
            return redirect(url_for(".results", seq=seq), 303)
    return render_template("support/search.html", form=form), 422 if form.errors else 200


@bp.get("/searches/<int:seq>")
@access.support
def results(seq: int) -> Page:
    """What a search of one's own finds, for an hour after it was made."""
    found = searching.results(work(), seq, request.args.get("before", ""))
    if found is None:
        flash("That search is over an hour old. Search again, so that it is written down anew.", "info")
        return redirect(url_for(".search"), 303)
    return render_template(
        "support/results.html", found=found, seq=seq, told=_told(found.search, found.tenant)
    )


def _told(search: Search, tenant: str | None) -> list[tuple[str, str]]:
    """What was searched, in words."""
    event = events.TENANT[search.event].title if search.event in events.TENANT else search.event
    told = (
        ("Request id", search.request_id),
        ("ALM account", str(search.account) if search.account else None),
        ("Organisation", tenant),
        ("Action", event),
        ("Outcome", dict(OUTCOME_WORDS).get(search.outcome or "")),
        ("From", search.since.isoformat() if search.since else None),
        ("To", search.until.isoformat() if search.until else None),
    )
    return [(name, value) for name, value in told if value]
