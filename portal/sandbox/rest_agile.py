"""``/rest/agile/1.0`` of the practice Jira: boards, sprints, epics, and their issues."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from portal.sandbox import data, rest_epics, rest_sprints
from portal.sandbox.agile import found_board, found_sprint, issues_of, issues_page, scrum_board
from portal.sandbox.payloads import (
    board_json,
    configuration_json,
    epic_json,
    project_json,
    sprint_json,
    team_managed,
)
from portal.sandbox.rest import add_routes, asking_user, content, page, prepare, require_user, viewer

bp = Blueprint("rest_agile", __name__, url_prefix="/rest/agile/1.0")
prepare(bp)


@bp.before_request
def members_only() -> Response | None:
    """The list of boards is there for anybody, and empty; the rest needs a user."""
    return None if request.endpoint == "rest_agile.boards" else require_user()


ROUTES = rest_sprints.ROUTES | rest_epics.ROUTES
"""Method and path below the version to the view; the same on Server and Cloud."""
add_routes(bp, "", ROUTES)


@bp.get("/board")
def boards() -> Response:
    """The boards this user may see, by ``type``, ``name`` (part of it) and ``projectKeyOrId``."""
    kind, name, project = (request.args.get(key, "") for key in ("type", "name", "projectKeyOrId"))
    found = [
        board_json(board)
        for board in data.visible_boards(viewer())
        if (not kind or board.kind in kind.split(","))
        and name.lower() in board.name.lower()
        and (not project or project in (board.project.key, board.project.id))
    ]
    return jsonify(page(found))


@bp.get("/board/<int:board_id>")
def board(board_id: int) -> Response:
    """One board."""
    return jsonify(board_json(found_board(board_id)))


@bp.get("/board/<int:board_id>/project")
def board_projects(board_id: int) -> Response:
    """The projects a board shows."""
    return jsonify(page([project_json(found_board(board_id).project)]))


@bp.get("/board/<int:board_id>/configuration")
def configuration(board_id: int) -> Response:
    """Columns and estimation."""
    return jsonify(configuration_json(found_board(board_id)))


@bp.get("/board/<int:board_id>/sprint")
def sprints(board_id: int) -> Response:
    """The sprints of a scrum board, by ``state``."""
    scrum_board(board_id)
    states = [state for state in request.args.get("state", "").split(",") if state]
    found = [
        sprint_json(sprint)
        for sprint in content().sprints
        if sprint.board == board_id and (not states or sprint.state in states)
    ]
    return jsonify(page(found, with_total=False))


@bp.get("/board/<int:board_id>/sprint/<int:sprint_id>/issue")
def board_sprint_issues(board_id: int, sprint_id: int) -> Response:
    """The issues of a sprint on a board."""
    board, sprint = scrum_board(board_id), found_sprint(sprint_id)
    return issues_page(issue for issue in issues_of(board) if issue.sprint == sprint.id)


@bp.get("/sprint/<int:sprint_id>")
def sprint(sprint_id: int) -> Response:
    """One sprint."""
    return jsonify(sprint_json(found_sprint(sprint_id)))


@bp.get("/sprint/<int:sprint_id>/issue")
def sprint_issues(sprint_id: int) -> Response:
    """The issues of a sprint that this user may see."""
    wanted = found_sprint(sprint_id).id
    return issues_page(issue for issue in content().visible_issues(asking_user()) if issue.sprint == wanted)


@bp.get("/board/<int:board_id>/backlog")
def backlog(board_id: int) -> Response:
    """What is in no active or future sprint and not done; epics are shown elsewhere."""
    board = found_board(board_id)
    planned = {sprint.id for sprint in content().sprints if sprint.state != "closed"}
    return issues_page(
        issue
        for issue in issues_of(board)
        if issue.sprint not in planned and issue.kind != "Epic" and issue.status != data.DONE
    )


@bp.get("/board/<int:board_id>/issue")
def board_issues(board_id: int) -> Response:
    """Every issue of a board."""
    return issues_page(issues_of(found_board(board_id)))


@bp.get("/board/<int:board_id>/epic")
def epics(board_id: int) -> Response:
    """The epics of a scrum board."""
    board = found_board(board_id)
    shown_here = [] if team_managed() else issues_of(board)
    found = [epic_json(issue) for issue in shown_here if issue.kind == "Epic"]
    wanted = request.args.get("done", "")
    shown = [epic for epic in found if not wanted or epic["done"] == (wanted == "true")]
    return jsonify(page(shown, with_total=False))
