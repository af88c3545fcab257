"""Changing the status of an issue."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.boards import statuses
from portal.boards.boards import BoardView, find_board
from portal.boards.statuses import StatusWays
from portal.kinds.features import STATUS
from portal.pages.boards.changing import Answer, changed, typed
from portal.pages.boards.shown import account_of, page
from portal.pages.boards.status_forms import StatusForm, sent_values, status_form
from portal.web import access
from portal.web.place import registry, work

bp = Blueprint("statuses", __name__, url_prefix="/t/<slug:slug>/boards/<uuid:board_id>")


@bp.get("/issues/<string:issue_key>/status")
@access.member
def ways(board_id: UUID, issue_key: str) -> str:
    """Where the issue can go; or what Jira demands on one way."""
    board, key, before = find_board(work(), board_id), statuses.key_of(issue_key), typed()
    wanted = (before or request.args).get("transition", "")

    def more(live: StatusWays) -> dict[str, Any]:
        way = live.way(wanted)
        return {"form": status_form(way, before), "way": way}

    read = partial(statuses.read_ways, work(), registry(), board, key)
    return page(board, "boards/status.html", read, more, about="This issue")


@bp.post("/issues/<string:issue_key>/status")
@access.member
def change(board_id: UUID, issue_key: str) -> Answer:
    """Take a way. What Jira offers and demands now is read first: somebody may have been quicker."""
    board, key = find_board(work(), board_id), statuses.key_of(issue_key)

    def do() -> Answer:
        return _take(board, statuses.ways_to_change(work(), registry(), board, key))

    form = StatusForm()
    return changed(board, STATUS, form, do, partial(_shown, board, StatusWays(key), form))


def _take(board: BoardView, live: StatusWays) -> Answer:
    form = status_form(live.way(request.form.get("transition", "")))
    given = {name: request.form.getlist(name) for name in form.asked}

    def do() -> Response:
        wanted = form.transition.data or ""
        way = statuses.change_status(work(), registry(), board, live, wanted, given)
        flash(f"The status of {live.key} is {way.to} now.", "success")
        return redirect(url_for("live_boards.issue", board_id=board.id, issue_key=live.key), 303)

    names = {name.partition("_")[2]: name for name in given}
    return changed(board, STATUS, form, do, partial(_shown, board, live, form), names)


def _shown(board: BoardView, live: StatusWays, form: StatusForm, **stopped: Any) -> str:
    """The page of the form, with what stopped the change."""
    way = live.way(form.transition.data or "")
    shown = {"live": live, "form": form, "way": way, "kept": sent_values(), "account": account_of(board)}
    return render_template("boards/status.html", board=board, **shown, **stopped)
