"""``/rest/agile/1.0`` of the practice Jira: boards, sprints, epics, and their issues."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, jsonify, request

from portal.sandbox import data
from portal.sandbox.payloads import board_json, configuration_json, epic_json, issue_json, sprint_json
from portal.sandbox.rest import JiraError, asking_user, is_cloud, page, prepare, require_user
from portal.sandbox.state import current_state

bp = Blueprint("rest_agile", __name__, url_prefix="/rest/agile/1.0")
prepare(bp)
bp.before_request(require_user)

NOT_VIEWABLE = (
    "The requested board cannot be viewed because it either does not exist "
    "or you do not have permission to view it."
)


def _board(board_id: int) -> data.Board:
    faults = current_state().faults
    failing = faults.concern("cloud" if is_cloud() else "server")
    if failing and faults.board_forbidden:
        raise JiraError(403, "You do not have permission to view this board.")
    found = next((board for board in data.visible_boards(asking_user()) if board.id == board_id), None)
    if found is None or (failing and faults.board_gone):
        raise JiraError(404, NOT_VIEWABLE)
    return found


def _scrum_board(board_id: int) -> data.Board:
    board = _board(board_id)
    if board.kind != "scrum":
        raise JiraError(400, "The board does not support sprints")
    return board


def _sprint(sprint_id: int) -> data.Sprint:
    found = next((sprint for sprint in data.SPRINTS if sprint.id == sprint_id), None)
    if found is None:
        raise JiraError(404, "Sprint does not exist or you do not have permission to view it.")
    return found


def _issues(issues: Iterable[data.Issue]) -> Response:
    wanted = request.args.get("fields", "")
    rows = [issue_json(issue, wanted, agile=True) for issue in issues]
    return jsonify({"expand": "schema,names", **page(rows, "issues")})


def _of_board(board: data.Board) -> list[data.Issue]:
    return [issue for issue in data.ISSUES if issue.project == board.project]


@bp.get("/board")
def boards() -> Response:
    """The boards this user may see, by ``type``, ``name`` (part of it) and ``projectKeyOrId``."""
    kind, name, project = (request.args.get(key, "") for key in ("type", "name", "projectKeyOrId"))
    found = [
        board_json(board)
        for board in data.visible_boards(asking_user())
        if (not kind or board.kind in kind.split(","))
        and name.lower() in board.name.lower()
        and (not project or project in (board.project.key, board.project.id))
    ]
    return jsonify(page(found))


@bp.get("/board/<int:board_id>")
def board(board_id: int) -> Response:
    """One board."""
    return jsonify(board_json(_board(board_id)))


@bp.get("/board/<int:board_id>/configuration")
def configuration(board_id: int) -> Response:
    """Columns and estimation."""
    return jsonify(configuration_json(_board(board_id)))


@bp.get("/board/<int:board_id>/sprint")
def sprints(board_id: int) -> Response:
    """The sprints of a scrum board, by ``state``."""
    _scrum_board(board_id)
    states = [state for state in request.args.get("state", "").split(",") if state]
    found = [sprint_json(sprint) for sprint in data.SPRINTS if not states or sprint.state in states]
    return jsonify(page(found, with_total=False))


@bp.get("/board/<int:board_id>/sprint/<int:sprint_id>/issue")
def board_sprint_issues(board_id: int, sprint_id: int) -> Response:
    """The issues of a sprint on a board."""
    board, sprint = _scrum_board(board_id), _sprint(sprint_id)
    return _issues(issue for issue in _of_board(board) if issue.sprint == sprint.id)


@bp.get("/sprint/<int:sprint_id>")
def sprint(sprint_id: int) -> Response:
    """One sprint."""
    return jsonify(sprint_json(_sprint(sprint_id)))


@bp.get("/sprint/<int:sprint_id>/issue")
def sprint_issues(sprint_id: int) -> Response:
    """The issues of a sprint that this user may see."""
    wanted = _sprint(sprint_id).id
    return _issues(issue for issue in data.visible_issues(asking_user()) if issue.sprint == wanted)


@bp.get("/board/<int:board_id>/backlog")
def backlog(board_id: int) -> Response:
    """What is in no active or future sprint and not done; epics are shown elsewhere."""
    board = _board(board_id)
    return _issues(
        issue
        for issue in _of_board(board)
        if not issue.sprint and issue.kind != "Epic" and issue.status != data.DONE
    )


@bp.get("/board/<int:board_id>/issue")
def board_issues(board_id: int) -> Response:
    """Every issue of a board."""
    return _issues(_of_board(_board(board_id)))


@bp.get("/board/<int:board_id>/epic")
def epics(board_id: int) -> Response:
    """The epics of a scrum board."""
    board = _board(board_id)
    found = [epic_json(issue) for issue in _of_board(board) if issue.kind == "Epic"]
    wanted = request.args.get("done", "")
    shown = [epic for epic in found if not wanted or epic["done"] == (wanted == "true")]
    return jsonify(page(shown, with_total=False))
