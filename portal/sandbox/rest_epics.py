"""Epics of ``/rest/agile/1.0``: one, its issues, and what changes them."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from portal.sandbox import data
from portal.sandbox.agile import found_board, issues_of, issues_page, named_issues
from portal.sandbox.payloads import epic_json, team_managed
from portal.sandbox.rest import (
    DONE,
    Answer,
    JiraError,
    Json,
    asking_user,
    body,
    content,
    found_issue,
    require_permission,
)

TEXTS = {"name": "Epic name", "summary": "Summary"}
COLORS = frozenset(f"color_{number}" for number in range(1, 15))


def company_managed() -> None:
    """Epics of team-managed projects are none of this interface's (its words for it are not known)."""
    if team_managed():
        raise JiraError(400, "This operation does not work for epics in next-gen projects.")


def found_epic(key: str) -> data.Issue:
    """The epic with this key or id. Raises ``JiraError``."""
    company_managed()
    found = found_issue(key)
    if found.kind != "Epic":
        raise JiraError(404, "The epic does not exist or you do not have permission to view it.")
    return found


def _under(issues: list[data.Issue], key: str) -> list[data.Issue]:
    """Those of an epic; ``none``: of no epic."""
    wanted = None if key == "none" else found_epic(key).key
    return [issue for issue in issues if issue.epic_key == wanted and issue.kind != "Epic"]


def epic(key: str) -> Response:
    """One epic."""
    return jsonify(epic_json(found_epic(key)))


def change(key: str) -> Response:
    """Set name, summary, colour, and whether it is done."""
    found, sent = found_epic(key), body()
    require_permission("EDIT_ISSUES")
    changed = content().change_issue(found, **_values(sent))
    content().done(asking_user(), "epic.changed", found.key)
    return jsonify(epic_json(changed))


def _values(sent: Json) -> dict[str, Any]:
    """What was sent, as attributes of an epic. Raises ``JiraError`` that names every field that is wrong."""
    color = sent.get("color", {}).get("key", "color_1")
    errors = {name: f"{TEXTS[name]} is required." for name in TEXTS if not str(sent.get(name, "-")).strip()}
    if color not in COLORS:
        errors["color"] = "The color is not valid."
    if errors:
        raise JiraError(400, "", errors)
    values: dict[str, Any] = {}
    if "name" in sent:
        values["epic_name"] = str(sent["name"])
    if "summary" in sent:
        values["summary"] = str(sent["summary"])
    if "color" in sent:
        values["epic_color"] = color.replace("color_", "ghx-label-")
    if "done" in sent:
        values["epic_done"] = bool(sent["done"])
    return values


def issues(key: str) -> Response:
    """The issues of an epic, or of none."""
    return issues_page(_under(content().visible_issues(asking_user()), key))


def board_issues(board_id: int, key: str) -> Response:
    """The same, of a board."""
    return issues_page(_under(issues_of(found_board(board_id)), key))


def move_issues(key: str) -> Answer:
    """Put issues into an epic, or into none."""
    company_managed()
    epic = None if key == "none" else found_epic(key)
    moved = named_issues(body().get("issues"))
    require_permission("EDIT_ISSUES")
    if any(issue.kind == "Epic" for issue in moved):
        raise JiraError(400, "An epic cannot be added to another epic.")  # the words are not known
    for issue in moved:
        content().change_issue(issue, epic=epic.number if epic else 0)
    content().done(asking_user(), "epic.issues", epic.key if epic else "")
    return DONE


ROUTES: dict[str, Any] = {
    "GET /epic/<key>": epic,
    "POST /epic/<key>": change,
    "GET /epic/<key>/issue": issues,
    "POST /epic/<key>/issue": move_issues,
    "GET /board/<int:board_id>/epic/<key>/issue": board_issues,
}
