"""The REST interfaces of a site, the same at the gateway and on the site's host; only who may ask differs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from portal.sandbox import data, rest_agile, rest_api
from portal.sandbox.cloud.cloud_fields import CLOUD_FIELDS
from portal.sandbox.cloud.places import site_of
from portal.sandbox.cloud.search import GONE, search
from portal.sandbox.cloud.wanted import WANTED
from portal.sandbox.payloads import project_json
from portal.sandbox.rest import page, viewer
from portal.sandbox.rest_attachments import CLOUD_ROUTES
from portal.sandbox.state import current_state

JSON_NOT_FOUND = {"code": 404, "message": "Not Found"}


def server_info() -> Response:
    """Address, clock and edition of the site."""
    state = current_state()
    site = site_of(g.cloud_id)
    own_url = state.url_of_site(site.name) if site else ""
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
    """Every field of the site; anybody sees those of the system."""
    return jsonify(rest_api.fields_now(CLOUD_FIELDS))


def projects() -> Response:
    """The projects this person may see, by ``query`` (part of name or key)."""
    wanted = request.args.get("query", "").lower()
    found = [
        project_json(project)
        for project in data.visible_projects(viewer())
        if wanted in project.key.lower() or wanted in project.name.lower()
    ]
    return jsonify(page(found))


def removed() -> tuple[Response, int]:
    """The former search, which Atlassian took away."""
    return jsonify(errorMessages=[GONE], errors={}), 410


BOARD, SPRINT = "/rest/agile/1.0/board", "/rest/agile/1.0/sprint/<int:sprint_id>"
VIEWS: dict[str, Any] = {
    "GET /rest/api/3/myself": rest_api.myself,
    "GET /rest/api/3/serverInfo": server_info,
    "GET /rest/api/3/field": fields,
    "GET /rest/api/3/mypermissions": rest_api.my_permissions,
    "GET /rest/api/3/project/search": projects,
    "GET /rest/api/3/search": removed,
    "POST /rest/api/3/search": removed,
    "GET /rest/api/3/search/jql": search,
    "POST /rest/api/3/search/jql": search,
    f"GET {BOARD}": rest_agile.boards,
    f"GET {BOARD}/<int:board_id>": rest_agile.board,
    f"GET {BOARD}/<int:board_id>/configuration": rest_agile.configuration,
    f"GET {BOARD}/<int:board_id>/project": rest_agile.board_projects,
    f"GET {BOARD}/<int:board_id>/sprint": rest_agile.sprints,
    f"GET {BOARD}/<int:board_id>/sprint/<int:sprint_id>/issue": rest_agile.board_sprint_issues,
    f"GET {BOARD}/<int:board_id>/epic": rest_agile.epics,
    f"GET {BOARD}/<int:board_id>/issue": rest_agile.board_issues,
    f"GET {BOARD}/<int:board_id>/backlog": rest_agile.backlog,
    f"GET {SPRINT}": rest_agile.sprint,
    f"GET {SPRINT}/issue": rest_agile.sprint_issues,
}


def _below(prefix: str, routes: dict[str, Any]) -> dict[str, Any]:
    return {route.replace(" ", f" {prefix}", 1): view for route, view in routes.items()}


SHARED = _below("/rest/api/3", rest_api.ROUTES | CLOUD_ROUTES) | _below("/rest/agile/1.0", rest_agile.ROUTES)
"""Views that Server has too."""


def as_version_3(path: str) -> str:
    """The path of version 3 for one of any version: Cloud serves all, for the same scopes."""
    return path.replace("/rest/api/2/", "/rest/api/3/").replace("/rest/api/latest/", "/rest/api/3/")


def add_views(bp: Blueprint) -> None:
    """Serve everything below the blueprint's prefix, the platform's in every version."""
    for route in WANTED:
        method, _, path = route.partition(" ")
        view = VIEWS.get(route) or SHARED[route]
        module = "" if route in VIEWS else view.__module__.rpartition(".")[2] + "_"
        endpoint = f"{module}{view.__name__}_{method.lower()}"
        for version in ("3", "2", "latest") if "/rest/api/3/" in path else ("",):
            rule = path.replace("/rest/api/3/", f"/rest/api/{version}/")
            bp.add_url_rule(rule, endpoint, view, methods=[method])
