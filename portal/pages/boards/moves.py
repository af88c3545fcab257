"""Moving issues of a board between its sprints and the backlog."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.boards import moves
from portal.boards.boards import find_board
from portal.pages.boards.changing import Answer, changed, keep_typed
from portal.pages.boards.forms import MoveForm
from portal.pages.boards.live import asked, board_page
from portal.pages.boards.shown import account_of
from portal.web import access
from portal.web.place import registry, work

bp = Blueprint("moves", __name__, url_prefix="/t/<slug:slug>/boards/<uuid:board_id>")
RESEND = "Move them again: what is there already stays there."


@bp.post("/move")
@access.member
def move(board_id: UUID) -> Answer:
    """Move what is ticked; where that stops halfway, say how far it got, and have the others ticked again."""
    board, form, wanted = find_board(work(), board_id), MoveForm(), asked()
    found = form.move
    home = url_for("boards.show", board_id=board_id, sprint=wanted.sprint_id, search=wanted.search or None)

    def do() -> Response:
        moves.move_issues(work(), registry(), board, found)
        count = len(found.ticks)
        flash(f"{count} issue{'s' if count != 1 else ''} moved to {found.name}.", "success")
        return redirect(home, 303)

    def keep() -> str:
        left = [tick.value for tick in found.left]
        return keep_typed(board, home, {"issue": left, "to": [found.target]})

    def again(**stopped: Any) -> str:
        if not stopped:
            form.issue.data = [tick.value for tick in found.left]
            if found.moved:
                flash(f"{found.moved} of {len(found.ticks)} issues are in {found.name} by now.", "warning")
            return board_page(board, form, keep())
        account = account_of(board)
        shown = {"move": found, "asked": wanted, "account": account, "back": keep()}
        return render_template("boards/move.html", board=board, **shown, **stopped)

    return changed(board, found.feature, form, do, again, keep=keep, resend=RESEND)
