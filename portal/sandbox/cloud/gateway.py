"""``/ex/jira/<cloudId>``: the REST interfaces of both sites, for access tokens that have the scopes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from portal.sandbox import data, rest_agile, rest_api
from portal.sandbox.cloud.bearer import UnauthorizedError, holder, refused
from portal.sandbox.cloud.cloud_fields import CLOUD_FIELDS
from portal.sandbox.cloud.places import site_of
from portal.sandbox.cloud.scopes import WANTED, opens
from portal.sandbox.cloud.search import GONE, search
from portal.sandbox.payloads import project_json
from portal.sandbox.rest import JiraError, asking_user, page
from portal.sandbox.rest import refused as jira_refused
from portal.sandbox.state import current_state

PREFIX = "/ex/jira/<cloud_id>"
JSON_NOT_FOUND = {"code": 404, "message": "Not Found"}

bp = Blueprint("gateway", __name__, url_prefix=PREFIX)
bp.register_error_handler(UnauthorizedError, refused)
bp.register_error_handler(JiraError, jira_refused)


@bp.url_value_preprocessor
def take_cloud_id(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """The cloud id of the address is none of the views' business."""
    g.cloud_id = values.pop("cloud_id", "") if values else ""


@bp.before_request
def authorised() -> tuple[Response, int] | None:
    """Let a call through whose token covers the site and has the scopes of the endpoint."""
    wanted = WANTED.get(f"{'GET' if request.method == 'HEAD' else request.method} {_route()}")
    if wanted is None or site_of(g.cloud_id) is None:
        return jsonify(JSON_NOT_FOUND), 404
    if not wanted and "Authorization" not in request.headers:
        return None
    held = holder(current_state())
    if g.cloud_id not in held.sites:
        return jsonify(JSON_NOT_FOUND), 404
    if not opens(wanted, set(held.scopes)):
        raise UnauthorizedError("Unauthorized; scope does not match")
    g.user = held.user
    return None


def _route() -> str:
    return request.url_rule.rule.removeprefix(PREFIX) if request.url_rule else ""


def server_info() -> Response:
    """Address, clock and edition of the site."""
    state = current_state()
    site = site_of(g.cloud_id)
    own_url = state.site_urls[site.name] if site else ""
    return jsonify(
        baseUrl=own_url,
        displayUrl=own_url,
        version="1001.0.0-SNAPSHOT",
        versionNumbers=[1001, 0, 0],
        deploymentType="Cloud",
        buildNumber=100279,
        serverTime=rest_api.jira_time(state.now()),
        serverTitle="Practice Jira Cloud",
    )


def fields() -> Response:
    """Every field of the site."""
    return jsonify(CLOUD_FIELDS)


def projects() -> Response:
    """The projects this person may see, by ``query`` (part of name or key)."""
    wanted = request.args.get("query", "").lower()
    found = [
        project_json(project)
        for project in data.visible_projects(asking_user())
        if wanted in project.key.lower() or wanted in project.name.lower()
    ]
    return jsonify(page(found))


def removed() -> tuple[Response, int]:
    """The former search, which Atlassian took away."""
    return jsonify(errorMessages=[GONE], errors={}), 410


BOARD = "/rest/agile/1.0/board/<int:board_id>"
VIEWS: dict[str, Any] = {
    "/rest/api/3/myself": rest_api.myself,
    "/rest/api/3/serverInfo": server_info,
    "/rest/api/3/field": fields,
    "/rest/api/3/mypermissions": rest_api.my_permissions,
    "/rest/api/3/project/search": projects,
    "/rest/api/3/search": removed,
    "/rest/api/3/search/jql": search,
    "/rest/agile/1.0/board": rest_agile.boards,
    BOARD: rest_agile.board,
    f"{BOARD}/configuration": rest_agile.configuration,
    f"{BOARD}/sprint": rest_agile.sprints,
    f"{BOARD}/sprint/<int:sprint_id>/issue": rest_agile.board_sprint_issues,
    f"{BOARD}/epic": rest_agile.epics,
    f"{BOARD}/issue": rest_agile.board_issues,
    f"{BOARD}/backlog": rest_agile.backlog,
    "/rest/agile/1.0/sprint/<int:sprint_id>": rest_agile.sprint,
    "/rest/agile/1.0/sprint/<int:sprint_id>/issue": rest_agile.sprint_issues,
}
for _name in WANTED:
    _method, _, _path = _name.partition(" ")
    bp.add_url_rule(_path, f"{VIEWS[_path].__name__}_{_method.lower()}", VIEWS[_path], methods=[_method])
