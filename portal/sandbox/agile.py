"""What all of ``/rest/agile/1.0`` looks for: boards, sprints, issues; and issues as it shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, jsonify, request

from portal.sandbox import data, jql
from portal.sandbox.payloads import issue_json
from portal.sandbox.rest import (
    JiraError,
    asking_user,
    content,
    found_issue,
    is_cloud,
    page,
    wanted_fields,
)
from portal.sandbox.state import current_state

MOST = 50
"""Issues one call may move."""

NOT_VIEWABLE = (
    "The requested board cannot be viewed because it either does not exist "
    "or you do not have permission to view it."
)


def found_board(board_id: int) -> data.Board:
    """The board with this id that the caller may see. Raises ``JiraError``."""
    faults = current_state().faults
    failing = faults.concern("cloud" if is_cloud() else "server")
    if failing and faults.board_forbidden:
        raise JiraError(403, "You do not have permission to view this board.")
    found = next((board for board in data.visible_boards(asking_user()) if board.id == board_id), None)
    if found is None or (failing and faults.board_gone):
        raise JiraError(404, NOT_VIEWABLE)
    return found


def scrum_board(board_id: int) -> data.Board:
    """The same, if it has sprints."""
    board = found_board(board_id)
    if board.kind != "scrum":
        raise JiraError(400, "The board does not support sprints")
    return board


def found_sprint(sprint_id: int) -> data.Sprint:
    """The sprint with this id. Raises ``JiraError``."""
    found = content().sprint(sprint_id)
    if found is None:
        raise JiraError(404, "Sprint does not exist or you do not have permission to view it.")
    return found


def issues_page(issues: Iterable[data.Issue]) -> Response:
    """One page of issues, of those that ``jql`` finds where it is given."""
    found = jql.search(request.args.get("jql", ""), list(issues), asking_user())
    rows = [issue_json(issue, wanted_fields(), agile=True) for issue in found]
    return jsonify({"expand": "schema,names", **page(rows, "issues")})


def issues_of(board: data.Board) -> list[data.Issue]:
    """All issues of a board."""
    return [issue for issue in content().issues if issue.project == board.project]


def named_issues(keys: Any) -> list[data.Issue]:
    """The issues with these keys or ids, in this order. Raises ``JiraError``."""
    if not isinstance(keys, list) or not keys:
        raise JiraError(400, "The list of issues must not be empty.")
    if len(keys) > MOST:
        raise JiraError(400, f"The maximum number of issues that can be moved in one operation is {MOST}.")
    return [found_issue(str(key)) for key in keys]
