"""The pages that show a board as its Jira has it now, each to a person as themselves."""

from functools import partial
from uuid import UUID

from flask import Blueprint, request

from portal.boards import epics as epics_of
from portal.boards import sprints
from portal.boards.boards import BoardView, find_board
from portal.boards.live import read_board
from portal.boards.live_views import BoardChoice
from portal.pages.boards.epic_forms import leaving
from portal.pages.boards.forms import MoveForm
from portal.pages.boards.shown import page
from portal.web import access
from portal.web.place import registry, work

bp = Blueprint("live_boards", __name__, url_prefix="/t/<slug:slug>/boards/<uuid:board_id>")
LONGEST_SEARCH = 100
LARGEST_ID = 2**53 - 1


def asked() -> BoardChoice:
    """What the address, or the form that was sent, says was chosen; what cannot be is left out."""
    sprint_id = request.values.get("sprint", type=int)
    is_possible = sprint_id is not None and 0 < sprint_id <= LARGEST_ID
    search = " ".join(request.values.get("search", "").split())[:LONGEST_SEARCH]
    return BoardChoice(sprint_id if is_possible else None, search)


def board_page(board: BoardView, form: MoveForm, at: str = "") -> str:
    """The board: a sprint and the backlog, or all its issues. ``form``: which are ticked, and where to move
    them; ``at`` is an address of this page, that which is asked for if left out."""
    read = partial(read_board, work(), registry(), board, asked())
    return page(board, "boards/show.html", read, lambda live: {"form": form}, at)


@bp.get("/closed-sprints")
@access.member
def closed_sprints(board_id: UUID) -> str:
    """The sprints that are over, to choose one."""
    board, start = find_board(work(), board_id), request.args.get("from", 0, type=int)
    read = partial(sprints.closed_sprints, work(), registry(), board, min(max(start, 0), 100_000))
    return page(board, "boards/closed_sprints.html", read)


@bp.get("/epics")
@access.member
def epics(board_id: UUID) -> str:
    """The epics of the board with what is done of them."""
    board = find_board(work(), board_id)
    return page(board, "boards/epics.html", partial(epics_of.read_epics, work(), registry(), board))


@bp.get("/issues/<string:issue_key>")
@access.member
def issue(board_id: UUID, issue_key: str) -> str:
    """One issue with those linked to it and, of an epic, those in it."""
    board = find_board(work(), board_id)
    read = partial(epics_of.read_issue, work(), registry(), board, issue_key)
    return page(board, "boards/issue.html", read, leaving, about="This issue")
