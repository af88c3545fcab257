"""``/rest/api/2`` of the practice Jira."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, request

from portal.sandbox import data, jql
from portal.sandbox.fields import FIELDS
from portal.sandbox.payloads import issue_json, project_json
from portal.sandbox.people import USERS, user_json
from portal.sandbox.rest import (
    JiraError,
    Json,
    asking_user,
    base_url,
    page,
    person_json,
    prepare,
    require_user,
)
from portal.sandbox.state import current_state

bp = Blueprint("rest_api", __name__, url_prefix="/rest/api")
prepare(bp)


@bp.before_request
def members_only() -> Response | None:
    """Everything but ``serverInfo`` needs a user."""
    return None if request.endpoint == "rest_api.server_info" else require_user()


def jira_time(epoch: int) -> str:
    """A time as Jira writes it, with milliseconds and zone."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


@bp.get("/2/serverInfo")
@bp.get("/latest/serverInfo")
def server_info() -> Response:
    """Version, base URL and clock; anonymous callers may read it too."""
    state = current_state()
    version = state.faults.jira_version
    numbers = [int(part) for part in version.split(".")]
    return jsonify(
        baseUrl=base_url(),
        version=version,
        versionNumbers=numbers + [0] * (3 - len(numbers)),
        deploymentType="Server",
        buildNumber=numbers[0] * 100_000 + numbers[1] * 1_000,
        buildDate="2024-11-05T00:00:00.000+0000",
        serverTime=jira_time(state.now()),
        scmInfo="0000000000000000000000000000000000000000",
        serverTitle="Practice Jira",
    )


@bp.get("/2/myself")
def myself() -> Response:
    """The user of the token."""
    return jsonify(person_json(asking_user()))


@bp.get("/2/user")
def user() -> Response:
    """One user by ``username`` or ``key``."""
    wanted = (request.args.get("username"), request.args.get("key"))
    found = next(
        (person for person in USERS.values() if person.name == wanted[0] or person.key == wanted[1]), None
    )
    if found is None:
        raise JiraError(404, f"The user named '{wanted[0] or wanted[1]}' does not exist")
    return jsonify(user_json(found, base_url(), found.name not in current_state().faults.user_disabled))


@bp.get("/2/field")
def field() -> Response:
    """Every field, with the real types of system and custom fields."""
    return jsonify(FIELDS)


@bp.get("/2/project")
def projects() -> Response:
    """The projects this user may see."""
    return jsonify([project_json(project) for project in data.visible_projects(asking_user())])


@bp.get("/2/project/<key>")
def project(key: str) -> Response:
    """One project."""
    return jsonify(project_json(_project(key)))


def _project(key: str) -> data.Project:
    found = next(
        (project for project in data.visible_projects(asking_user()) if project.key == key.upper()), None
    )
    if found is None:
        raise JiraError(404, f"No project could be found with key '{key}'.")
    return found


@bp.get("/2/issue/<key>")
def issue(key: str) -> Response:
    """One issue."""
    found = next(
        (item for item in data.visible_issues(asking_user()) if key.upper() in (item.key, item.id)), None
    )
    if found is None:
        raise JiraError(404, "Issue Does Not Exist")
    return jsonify(issue_json(found, request.args.get("fields", "")))


@bp.get("/2/search")
def search() -> Response:
    """Issues by a query in a small part of JQL."""
    found = jql.search(request.args.get("jql", ""), data.visible_issues(asking_user()), asking_user())
    fields = request.args.get("fields", "")
    return jsonify(page([issue_json(item, fields) for item in found], "issues"))


@bp.get("/2/mypermissions")
def my_permissions() -> Response:
    """Which permissions this user has, in any project or in the one named."""
    if request.args.get("projectKey"):
        _project(request.args["projectKey"])
    wanted = [name for name in request.args.get("permissions", "").split(",") if name] or list(
        data.PERMISSIONS
    )
    return jsonify(permissions={name: _permission(name) for name in wanted})


def _permission(name: str) -> Json:
    if name not in data.PERMISSIONS:
        raise JiraError(400, f"Unrecognized permissions: '{name}'")
    admin_only, label = data.PERMISSIONS[name]
    return {
        "id": str(list(data.PERMISSIONS).index(name) + 1),
        "key": name,
        "name": label,
        "type": "GLOBAL" if name == "ADMINISTER" else "PROJECT",
        "havePermission": asking_user().is_admin or not admin_only,
    }
