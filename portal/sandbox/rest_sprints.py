"""Sprints, the backlog and the ranking of ``/rest/agile/1.0``: what changes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify

from portal.sandbox import data
from portal.sandbox.agile import found_sprint, named_issues, scrum_board
from portal.sandbox.fields import STORY_POINTS
from portal.sandbox.payloads import issue_json, sprint_json
from portal.sandbox.rest import (
    DONE,
    Answer,
    JiraError,
    Json,
    api_url,
    asking_user,
    body,
    content,
    found_issue,
    number,
    require_permission,
    wanted_fields,
)

MANAGE, SCHEDULE = "MANAGE_SPRINTS_PERMISSION", "SCHEDULE_ISSUES"
NEXT = {"future": ("future", "active"), "active": ("active", "closed"), "closed": ("closed",)}
"""The state of a sprint to those it may be given."""
LONGEST_NAME = 30


def create() -> tuple[Response, int]:
    """A new sprint, in the future."""
    sent = body()
    if type(sent.get("originBoardId")) is not int:
        raise JiraError(400, "", {"originBoardId": "The board id is required."})
    board = scrum_board(sent["originBoardId"])
    require_permission(MANAGE)
    values = _read({"name": None} | {name: sent[name] for name in sent if name != "originBoardId"})
    with content().lock:
        made = data.Sprint(content().new_id(), **values, state="future", board=board.id)
        content().sprints.append(made)
    content().done(asking_user(), "sprint.created", made.name)
    return jsonify(sprint_json(made)), 201


def change(sprint_id: int) -> Response:
    """Set what is sent, and nothing else."""
    return _changed(found_sprint(sprint_id), body())


def replace_all(sprint_id: int) -> Response:
    """Set everything: dates and goal that are not sent go; name and state stay, as clients rely on it."""
    cleared: Json = {"startDate": None, "endDate": None, "goal": None}
    sprint, sent = found_sprint(sprint_id), body()
    if sent.get("state") == "closed":
        cleared = {}
    return _changed(sprint, cleared | sent)


def _changed(sprint: data.Sprint, sent: Json) -> Response:
    require_permission(MANAGE)
    values = _read(sent)
    state = sent.get("state", sprint.state)
    if state not in NEXT[sprint.state]:
        raise JiraError(400, f"A sprint that is {sprint.state} cannot become {state}.")
    wanted = replace(sprint, **values)
    if state == "active" and (wanted.start is None or wanted.end is None):
        raise JiraError(400, "", {"startDate": "A sprint that is started needs a start and an end date."})
    if state == "closed" and sprint.state != "closed":
        values["completed"] = datetime.now(UTC)
    changed = content().change_sprint(sprint, **values, state=state)
    content().done(asking_user(), "sprint.changed", changed.name)
    return jsonify(sprint_json(changed))


def _read(sent: Json) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "name" in sent:
        name = sent["name"]
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
            raise JiraError(400, "", {"name": f"The sprint name must have 1 to {LONGEST_NAME} characters."})
        values["name"] = name
    if "goal" in sent:
        values["goal"] = str(sent["goal"] or "")
    for name, attribute in (("startDate", "start"), ("endDate", "end")):
        if name in sent:
            values[attribute] = _moment(name, sent[name])
    return values


def _moment(name: str, value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise JiraError(400, "", {name: "The date is not in the ISO 8601 format."}) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def delete(sprint_id: int) -> Answer:
    """Take a sprint away; its issues go to the backlog."""
    sprint = found_sprint(sprint_id)
    require_permission(MANAGE)
    content().delete_sprint(sprint)
    content().done(asking_user(), "sprint.deleted", sprint.name)
    return DONE


def move_issues(sprint_id: int) -> Answer:
    """Put issues into a sprint that is not over, and rank them where that is asked for."""
    sprint, sent = found_sprint(sprint_id), body()
    if sprint.state == "closed":
        raise JiraError(400, "Issue can be assigned only active or future sprints.")
    require_permission(SCHEDULE)
    issues = named_issues(sent.get("issues"))
    content().move_to_sprint(issues, sprint.id)
    _rank(sent)
    content().done(asking_user(), "sprint.issues", sprint.name)
    return DONE


def to_backlog() -> Answer:
    """Take issues out of their sprints."""
    require_permission(SCHEDULE)
    content().move_to_sprint(named_issues(body().get("issues")), 0)
    content().done(asking_user(), "backlog.issues", "")
    return DONE


def rank() -> Answer:
    """Put issues before or after another one."""
    sent = body()
    if ("rankBeforeIssue" in sent) == ("rankAfterIssue" in sent):
        raise JiraError(400, "Send either rankBeforeIssue or rankAfterIssue.")
    _rank(sent)
    content().done(asking_user(), "issues.ranked", ",".join(str(key) for key in sent["issues"]))
    return DONE


def _rank(sent: Json) -> None:
    for name in ("rankBeforeIssue", "rankAfterIssue"):
        if name in sent:
            issues = named_issues(sent.get("issues"))
            content().rank(issues, found_issue(str(sent[name])), after=name == "rankAfterIssue")


def issue(key: str) -> Response:
    """One issue with the fields of the agile interface."""
    return jsonify(issue_json(found_issue(key), wanted_fields(), agile=True))


def estimation(key: str) -> Response:
    """The estimate a board counts with."""
    scrum_board(number("boardId", 0))
    return jsonify(fieldId=STORY_POINTS, value=found_issue(key).points)


def estimate(key: str) -> Response:
    """Set it; ``value`` is text, as Jira wants it."""
    issue, value = found_issue(key), body().get("value")
    try:
        points = None if value in (None, "") else float(str(value))
    except ValueError:
        raise JiraError(400, "", {STORY_POINTS: f"'{value}' is not a number."}) from None
    changed = content().change_issue(issue, points=points)
    content().done(asking_user(), "issue.estimated", issue.key)
    own_url = f"{api_url()}/issue/{issue.id}"
    return jsonify({"self": own_url, "fieldId": STORY_POINTS, "value": changed.points})


ROUTES: dict[str, Any] = {
    "POST /sprint": create,
    "POST /sprint/<int:sprint_id>": change,
    "PUT /sprint/<int:sprint_id>": replace_all,
    "DELETE /sprint/<int:sprint_id>": delete,
    "POST /sprint/<int:sprint_id>/issue": move_issues,
    "POST /backlog/issue": to_backlog,
    "PUT /issue/rank": rank,
    "GET /issue/<key>": issue,
    "GET /issue/<key>/estimation": estimation,
    "PUT /issue/<key>/estimation": estimate,
}
