"""Moving issues of a board between its sprints and the backlog."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.boards import moves
from portal.boards.boards import BoardView, find_board
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
    moving = _Moving(find_board(work(), board_id))
    ways = moving.do, moving.again
    return changed(moving.board, moving.move.feature, moving.form, *ways, keep=moving.keep, resend=RESEND)


class _Moving:
    """A move whose form was sent: made, or shown once more with what stopped it and how far it got."""

    def __init__(self, board: BoardView) -> None:
        self.board, self.form = board, MoveForm()
        self.move = self.form.move
        self._asked = wanted = asked()
        search = wanted.search or None
        self._home = url_for("boards.show", board_id=board.id, sprint=wanted.sprint_id, search=search)

    def do(self) -> Response:
        """Have it made."""
        moves.move_issues(work(), registry(), self.board, self.move)
        count = len(self.move.ticks)
        flash(f"{count} issue{'s' if count != 1 else ''} moved to {self.move.name}.", "success")
        return redirect(self._home, 303)

    def keep(self) -> str:
        """The address at which what is left to move is ticked again."""
        return keep_typed(self.board, self._home, {"issue": self._left, "to": [self.move.target]})

    @property
    def _left(self) -> list[str]:
        return [tick.value for tick in self.move.left]

    def again(self, **stopped: Any) -> str:
        """The board with what is left ticked; or, where Jira stopped it, what there is to do about that."""
        if not stopped:
            self.form.issue.data = self._left
            if self.move.moved:
                done = f"{self.move.moved} of {len(self.move.ticks)} issues are in {self.move.name} by now."
                flash(done, "warning")
            return board_page(self.board, self.form, self.keep())
        account = account_of(self.board)
        shown = {"move": self.move, "asked": self._asked, "account": account, "back": self.keep()}
        return render_template("boards/move.html", board=self.board, **shown, **stopped)
