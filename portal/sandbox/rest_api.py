"""``/rest/api/2`` of the practice Jira."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, request

from portal.sandbox import data, rest_attachments, rest_comments, rest_issues, rest_meta, rest_transitions
from portal.sandbox.fields import FIELDS, of_another_type
from portal.sandbox.languages import named
from portal.sandbox.rest import (
    JiraError,
    Json,
    add_routes,
    asking_user,
    base_url,
    is_taken_away,
    person_json,
    prepare,
    require_user,
    viewer,
)
from portal.sandbox.rest_meta import found_project
from portal.sandbox.state import current_state

bp = Blueprint("rest_api", __name__, url_prefix="/rest/api")
prepare(bp)


ROUTES = (
    rest_issues.ROUTES
    | rest_transitions.ROUTES
    | rest_comments.ROUTES
    | rest_attachments.ROUTES
    | rest_meta.ROUTES
)
"""Method and path below the version to the view; the same on Server and Cloud."""
add_routes(bp, "/2", ROUTES)
add_routes(bp, "/latest", ROUTES)

FOR_ANYBODY = (
    "server_info",
    "field",
    "rest_meta_projects_get",
    "rest_issues_search_get",
    "rest_issues_search_post",
    "my_permissions",
)


@bp.before_request
def members_only() -> Response | None:
    """Lists are there for anybody, and hold what anybody may see: nothing. The rest needs a user."""
    endpoint = (request.endpoint or "").removeprefix("rest_api.")
    if endpoint in FOR_ANYBODY or (endpoint == "myself" and current_state().faults.anonymous_myself):
        return None
    return require_user()


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
    """The user who asks; where a switch says so, nobody as if he were somebody."""
    if viewer() is None:
        return jsonify(name="anonymous", key="anonymous", displayName="Anonymous", active=True)
    return jsonify(person_json(asking_user()))


@bp.get("/2/field")
def field() -> Response:
    """Every field, with the real types of system and custom fields; anybody sees those of the system."""
    return jsonify(fields_now(FIELDS))


def fields_now(known: list[Json]) -> list[Json]:
    """The fields the caller may know of, without what switches took away, in the language of this Jira."""
    faults = current_state().faults
    shown = [row for row in known if row["id"] not in faults.fields_gone and (viewer() or not row["custom"])]
    return [
        named(faults.language, of_another_type(row) if row["id"] in faults.fields_changed else row)
        for row in shown
    ]


@bp.get("/2/mypermissions")
def my_permissions() -> Response:
    """Which permissions this user has, in any project or in the one named."""
    if request.args.get("projectKey"):
        found_project(request.args["projectKey"])
    wanted = [name for name in request.args.get("permissions", "").split(",") if name] or [
        name for name in data.PERMISSIONS if name not in current_state().faults.permissions_unknown
    ]
    return jsonify(permissions={name: _permission(name) for name in wanted})


def _permission(name: str) -> Json:
    if name not in data.PERMISSIONS or name in current_state().faults.permissions_unknown:
        raise JiraError(400, f"Unrecognized permissions: '{name}'")
    admin_only, label = data.PERMISSIONS[name]
    user = viewer()
    return {
        "id": str(list(data.PERMISSIONS).index(name) + 1),
        "key": name,
        "name": label,
        "type": "GLOBAL" if name == "ADMINISTER" else "PROJECT",
        "havePermission": user is not None
        and (user.is_admin or not admin_only)
        and not is_taken_away(name, user),
    }
