"""What one needs to know before making an issue: projects, types, fields to fill in, states, people."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from portal.sandbox import data
from portal.sandbox.create_screen import screen
from portal.sandbox.payloads import project_json, status_json, type_json
from portal.sandbox.people import USERS, User
from portal.sandbox.rest import JiraError, Json, found_issue, is_cloud, page, person_json, viewer
from portal.sandbox.state import current_state


def found_project(key: str) -> data.Project:
    """The project with this key or id that the caller may see. Raises ``JiraError``."""
    for project in data.visible_projects(viewer()):
        if key.upper() in (project.key, project.id):
            return project
    raise JiraError(404, f"No project could be found with key '{key}'.")


def projects() -> Response:
    """The projects this user may see."""
    return jsonify([project_json(project) for project in data.visible_projects(viewer())])


def project(key: str) -> Response:
    """One project, with the types of issues it has."""
    return jsonify(project_json(found_project(key)) | {"issueTypes": _types()})


def _types() -> list[Json]:
    return [type_json(kind) for kind in data.TYPES]


def issue_types() -> Response:
    """Every type of issue."""
    return jsonify(_types())


def statuses() -> Response:
    """Every state."""
    return jsonify([status_json(status) for status in data.STATUSES])


def priorities() -> Response:
    """Every priority."""
    return jsonify([{"id": priority_id, "name": name} for name, priority_id in data.PRIORITIES.items()])


def create_meta() -> Response:
    """Types of all projects, with fields where they are asked for; Jira Server has this before 9 only."""
    if not is_cloud() and current_state().faults.at_least(9, 0):
        raise JiraError(404, "Issue Does Not Exist")
    keys = [key for key in request.args.get("projectKeys", "").split(",") if key]
    with_fields = "fields" in request.args.get("expand", "")
    wanted = [one for one in request.args.get("issuetypeIds", "").split(",") if one]
    types = [
        kind | ({"fields": {row["fieldId"]: row for row in screen()}} if with_fields else {})
        for kind in _types()
        if not wanted or kind["id"] in wanted
    ]
    rows = [
        {"id": project.id, "key": project.key, "name": project.name, "issuetypes": types}
        for project in data.visible_projects(viewer())
        if not keys or project.key in keys
    ]
    return jsonify(expand="projects", projects=rows)


def create_meta_types(key: str) -> Response:
    """The types a project has."""
    _refuse_before_8_4()
    found_project(key)
    return jsonify(page(_types(), "issueTypes" if is_cloud() else "values"))


def create_meta_fields(key: str, type_id: str) -> Response:
    """The fields of a new issue of a type."""
    _refuse_before_8_4()
    found_project(key)
    if type_id not in data.TYPES.values():
        raise JiraError(404, "The issue type does not exist.")
    return jsonify(page(screen(), "fields" if is_cloud() else "values"))


def edit_meta(key: str) -> Response:
    """The fields of an issue that can be changed."""
    found_issue(key)
    return jsonify(fields={row["fieldId"]: row for row in screen() if row["fieldId"] != "project"})


def _refuse_before_8_4() -> None:
    """Jira Server has the two calls since then."""
    if not is_cloud() and not current_state().faults.at_least(8, 4):
        raise JiraError(404, "Issue Does Not Exist")


def user() -> Response:
    """One user, by account on Cloud, by ``username`` or ``key`` on Server."""
    wanted = {request.args.get(name) for name in (("accountId",) if is_cloud() else ("username", "key"))}
    for person in USERS.values():
        if wanted & ({person.account_id} if is_cloud() else {person.name, person.key}):
            return jsonify(_person(person))
    raise JiraError(404, f"The user named '{next(iter(wanted))}' does not exist")


def users() -> Response:
    """People by a part of their name or address: ``query`` on Cloud, ``username`` on Server."""
    wanted = request.args.get("query" if is_cloud() else "username", "").lower()
    if not wanted and request.args.get("accountId") is None and not is_cloud():
        raise JiraError(400, "The username query parameter was not provided")
    found = [
        _person(person)
        for person in USERS.values()
        if wanted in f"{person.name} {person.display_name} {person.email}".lower()
        and request.args.get("accountId") in (None, person.account_id)
    ]
    return jsonify(page(found)["values"])


def assignable() -> Response:
    """Those who may be given issues of a project."""
    key = request.args.get("project") or request.args.get("issueKey", "").partition("-")[0]
    members = found_project(key).members
    wanted = (request.args.get("query") or request.args.get("username") or "").lower()
    found = [
        _person(person)
        for person in USERS.values()
        if (not members or person.name in members)
        and wanted in f"{person.name} {person.display_name}".lower()
    ]
    return jsonify(page(found)["values"])


def _person(person: User) -> Json:
    active = person.name not in current_state().faults.user_disabled
    return person_json(person) | ({} if active else {"active": False})


META = "/issue/createmeta/<key>/issuetypes"
ROUTES: dict[str, Any] = {
    "GET /project": projects,
    "GET /project/<key>": project,
    "GET /issuetype": issue_types,
    "GET /status": statuses,
    "GET /priority": priorities,
    "GET /issue/createmeta": create_meta,
    f"GET {META}": create_meta_types,
    f"GET {META}/<type_id>": create_meta_fields,
    "GET /issue/<key>/editmeta": edit_meta,
    "GET /user": user,
    "GET /user/search": users,
    "GET /user/assignable/search": assignable,
}
