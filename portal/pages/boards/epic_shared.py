"""What the pages that change epics share: the form once more, and the way back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask_wtf import FlaskForm

from portal.boards.boards import BoardView
from portal.pages.boards.shown import account_of

BACK = "epics"  # how an address says that one came from the list of epics


def form_again(template: str, board: BoardView, form: FlaskForm, shown: dict[str, Any]) -> Callable[..., str]:
    """Gives the form once more with what stopped it."""

    def again(**why: Any) -> str:
        account = account_of(board) if why.get("off") else None
        return render_template(template, board=board, form=form, account=account, **shown, **why)

    return again


def came_from(issue_key: str) -> str:
    """Where one came from: the list of epics, or the page of the issue."""
    if request.args.get("back") == BACK:
        return url_for("live_boards.epics", board_id=_board_id())
    return url_for("live_boards.issue", board_id=_board_id(), issue_key=issue_key)


def _board_id() -> UUID:
    board_id: UUID = (request.view_args or {})["board_id"]
    return board_id
