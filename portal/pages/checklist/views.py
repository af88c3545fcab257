"""The checklist of an ALM account: its rows, going through them, its history, and a version to send."""

from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock
from portal.alm_accounts import accounts
from portal.checklist.folds import folds
from portal.checklist.history import history as history_of
from portal.checklist.layers import layers
from portal.checklist.plain import as_text, came_back
from portal.checklist.remedies import owner_here
from portal.checklist.rows import around
from portal.checklist.shown import checklist
from portal.checklist.verdict import verdict
from portal.errors import NotHere
from portal.pages.checklist.grounds import asked_by_words, remedies_here, report_of
from portal.web import access
from portal.web.place import runs, work

bp = Blueprint("checklist", __name__, url_prefix="/t/<slug:slug>/alm-accounts/<uuid:account_id>/checklist")
UNDER_WAY = (
    "A run was under way already, so no other was begun. When it is over, press the button again for what it "
    "did not look at."
)


@bp.get("")
@access.admin
def show(account_id: UUID) -> str:
    """Every row with what it said last; while a run is under way the page follows it."""
    account = accounts.account(work(), account_id)
    found = checklist(work(), account)
    return render_template(
        "checklist/show.html",
        account=account,
        checklist=found,
        layers=layers(folds(found.rows), lambda fold: fold.rows[0].name),
        verdict=verdict(found),
        asked_by=asked_by_words(found),
        remedies=partial(remedies_here, account),
        owner_here=owner_here,
        came_back=came_back,
        now=clock.now(),
    )


@bp.get("/history")
@access.admin
def history(account_id: UUID) -> str:
    """What changed from run to run, and who asked for the last ones."""
    account = accounts.account(work(), account_id)
    found = history_of(work(), account, request.args.get("before", ""))
    counts = checklist(work(), account).counts
    return render_template("checklist/history.html", account=account, history=found, counts=counts)


@bp.get("/report")
@access.admin
def report(account_id: UUID) -> str:
    """All of it on one page to print or to send, without anything to press but a copy button."""
    account = accounts.account(work(), account_id)
    zone = ZoneInfo(current_user.time_zone)
    found = report_of(account, checklist(work(), account), zone)
    return render_template(
        "checklist/report.html", account=account, report=found, text=as_text(found), came_back=came_back
    )


@bp.post("/run")
@access.admin
def run(account_id: UUID) -> Response:
    """Look at every row."""
    return _begun(account_id, None)


@bp.post("/<string:row>/run")
@access.admin
def run_row(account_id: UUID, row: str) -> Response:
    """Look at one row again, at those it waits for and at those that wait for it."""
    wanted = around(row, accounts.account(work(), account_id))
    if row not in wanted:
        raise NotHere
    return _begun(account_id, wanted)


def _begun(account_id: UUID, wanted: set[str] | None) -> Response:
    if not runs().start(work(), account_id, wanted):
        flash(UNDER_WAY, "info")
    return redirect(url_for(".show", account_id=account_id), 303)
