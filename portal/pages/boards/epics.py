"""The page that changes an epic in Jira, as the person at work."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response

from portal.boards import epic_changes
from portal.boards.boards import BoardView, find_board
from portal.boards.epic_ways import expect_key
from portal.kinds import KINDS
from portal.kinds.features import EDIT_EPICS
from portal.pages.boards.changing import Answer, changed, typed
from portal.pages.boards.epic_forms import EpicForm
from portal.pages.boards.epic_shared import came_from, form_again
from portal.pages.boards.shown import page
from portal.web import access
from portal.web.place import registry, work

bp = Blueprint("epics", __name__, url_prefix="/t/<slug:slug>/boards/<uuid:board_id>")


@bp.get("/epics/<string:issue_key>/edit")
@access.member
def edit(board_id: UUID, issue_key: str) -> str:
    """An epic in a form."""
    board = find_board(work(), board_id)
    expect_key(issue_key)

    def filled(live: epic_changes.EpicToEdit) -> dict[str, Any]:
        kept = typed()
        form = EpicForm(kept)
        if kept is None:
            form.fill(live)
        return {
            "form": form.offer_colors(_is_cloud(board)),
            "issue_key": issue_key,
            "back": came_from(issue_key),
        }

    read = partial(epic_changes.epic_to_edit, work(), registry(), board, issue_key)
    return page(board, "boards/epic_edit.html", read, filled, about="This epic")


@bp.post("/epics/<string:issue_key>/edit")
@access.member
def save(board_id: UUID, issue_key: str) -> Answer:
    """Change it in Jira."""
    board, form = find_board(work(), board_id), EpicForm()
    expect_key(issue_key)

    def do() -> Response:
        try:
            did = epic_changes.change_epic(work(), registry(), board, issue_key, form.wanted, form.was)
        except epic_changes.ChangedMeanwhile as error:
            form.saw(error.now)
            raise
        if did:
            flash(f"Epic {issue_key} changed in Jira.", "success")
        else:
            flash("Nothing was changed.", "info")
        return redirect(came_from(issue_key), 303)

    form.offer_colors(_is_cloud(board))
    shown = {"issue_key": issue_key, "back": came_from(issue_key)}
    return changed(board, EDIT_EPICS, form, do, form_again("boards/epic_edit.html", board, form, shown))


def _is_cloud(board: BoardView) -> bool:
    return KINDS[board.kind].is_cloud
