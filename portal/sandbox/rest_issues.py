"""Issues in ``/rest/api``: read, search, create, change, delete."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from portal.sandbox import data, jql
from portal.sandbox.create_screen import refuse_what_does_not_fit
from portal.sandbox.issue_fields import FieldError, operated, project_of, read, user_of
from portal.sandbox.payloads import issue_json
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
    page,
    require_permission,
    viewer,
    wanted_fields,
)
from portal.sandbox.rest_comments import comment_with


def issue(key: str) -> Response:
    """One issue."""
    return jsonify(issue_json(found_issue(key), wanted_fields() or "*all"))


def search() -> Response:
    """Issues by a query in a small part of JQL, as query string or as JSON."""
    query = body().get("jql", "") if request.method == "POST" else request.args.get("jql", "")
    found = jql.search(str(query), content().visible_issues(viewer()), viewer())
    return jsonify(page([issue_json(item, wanted_fields()) for item in found], "issues"))


def create() -> tuple[Response, int]:
    """Make an issue; project, type and summary are required."""
    sent = body().get("fields")
    given: Json = sent if isinstance(sent, dict) else {}
    project = project_of(given)
    require_permission("CREATE_ISSUES")
    refuse_what_does_not_fit(given)
    values = read({"issuetype": None, "summary": None} | given, project)
    made = content().add_issue(project, {"status": data.TO_DO, "reporter": asking_user().name} | values)
    content().done(asking_user(), "issue.created", made.key)
    return jsonify({"id": made.id, "key": made.key, "self": f"{api_url()}/issue/{made.id}"}), 201


def change(key: str) -> Answer:
    """Set fields, or do operations on them; a comment may come with it."""
    found, sent = found_issue(key), body()
    require_permission("EDIT_ISSUES")
    values = read(sent.get("fields"), found.project) | operated(found, sent.get("update"))
    comment_with(found, sent)
    content().change_issue(found, **values)
    content().done(asking_user(), "issue.changed", found.key)
    return DONE


def delete(key: str) -> Answer:
    """Take an issue away."""
    found = found_issue(key)
    content().delete_issue(found)
    content().done(asking_user(), "issue.deleted", found.key)
    return DONE


def assign(key: str) -> Answer:
    """Give an issue to somebody, or to nobody."""
    found = found_issue(key)
    require_permission("ASSIGN_ISSUES")
    named = {name: value for name, value in body().items() if value is not None}
    try:
        user = user_of(named or None)
    except FieldError as problem:
        raise JiraError(400, "", {"assignee": str(problem)}) from None
    content().change_issue(found, assignee=user.name if user else "")
    content().done(asking_user(), "issue.assigned", found.key)
    return DONE


ROUTES: dict[str, Any] = {
    "GET /search": search,
    "POST /search": search,
    "POST /issue": create,
    "GET /issue/<key>": issue,
    "PUT /issue/<key>": change,
    "DELETE /issue/<key>": delete,
    "PUT /issue/<key>/assignee": assign,
}
