"""The way of issues through their states: where each can go, and the fields a screen on the way demands."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from portal.sandbox import data
from portal.sandbox.fields import FIELDS
from portal.sandbox.issue_fields import operated, read
from portal.sandbox.payloads import status_json
from portal.sandbox.rest import (
    DONE,
    Answer,
    JiraError,
    Json,
    asking_user,
    body,
    content,
    found_issue,
    is_taken_away,
)
from portal.sandbox.rest_comments import comment_with
from portal.sandbox.state import current_state

TRANSITION = "TRANSITION_ISSUES"
RESOLUTION = "resolution"


def transitions(key: str) -> Response:
    """Where an issue can go from its state; nowhere for whom may not move it."""
    found = found_issue(key)
    wanted = request.args.get("transitionId")
    with_fields = "transitions.fields" in request.args.get("expand", "")
    rows = [
        _transition_json(name, target, with_fields)
        for name, (target, sources) in data.TRANSITIONS.items()
        if found.status in sources and wanted in (None, name) and not is_taken_away(TRANSITION, asking_user())
    ]
    return jsonify(expand="transitions", transitions=rows)


def _transition_json(transition: str, target: str, with_fields: bool) -> Json:
    demanded = _demanded(transition)
    more: Json = {"hasScreen": bool(demanded), "isGlobal": False, "isInitial": False, "isConditional": False}
    if with_fields:
        more["fields"] = {name: _field_json(name) for name in demanded}
    return {"id": transition, "name": data.STATUSES[target][0], "to": status_json(target), **more}


def _demanded(transition: str) -> list[str]:
    """The ids of the fields that a switch put on the screen of this transition."""
    pairs = (one.partition(":") for one in current_state().faults.transition_fields)
    return [name for wanted, _, name in pairs if wanted == transition]


def _field_json(name: str) -> Json:
    shared: Json = {"required": True, "hasDefaultValue": False, "operations": ["set"], "fieldId": name}
    if name == RESOLUTION:
        values = [{"id": number, "name": title} for title, number in data.RESOLUTIONS.items()]
        schema = {"type": RESOLUTION, "system": RESOLUTION}
        return {**shared, "name": "Resolution", "schema": schema, "allowedValues": values}
    field = next(row for row in FIELDS if row["id"] == name)
    return {**shared, "name": field["name"], "schema": field.get("schema", {})}


def do_transition(key: str) -> Answer:
    """Take an issue to another state; fields and a comment may come with it."""
    found, sent = found_issue(key), body()
    named = sent.get("transition")
    wanted = str(named.get("id")) if isinstance(named, dict) and "id" in named else ""
    if not wanted:
        raise JiraError(400, "Missing 'transition' identifier")
    target, sources = data.TRANSITIONS.get(wanted, ("", ()))
    if found.status not in sources or is_taken_away(TRANSITION, asking_user()):
        raise JiraError(
            400,
            "It seems that you have tried to perform a workflow operation that is not valid "
            f"for the current state of this issue ({found.key}).",
        )
    values = read(sent.get("fields"), found.project) | operated(found, sent.get("update"))
    _refuse_missing(wanted, sent.get("fields"))
    comment_with(found, sent)
    content().change_issue(found, status=target, **values)
    content().done(asking_user(), "issue.transitioned", found.key)
    return DONE


def _refuse_missing(transition: str, sent: Any) -> None:
    given = sent if isinstance(sent, dict) else {}
    errors = {
        name: f"{_field_json(name)['name']} is required."
        for name in _demanded(transition)
        if not given.get(name)
    }
    if errors:
        raise JiraError(400, "", errors)


ROUTES: dict[str, Any] = {
    "GET /issue/<key>/transitions": transitions,
    "POST /issue/<key>/transitions": do_transition,
}
