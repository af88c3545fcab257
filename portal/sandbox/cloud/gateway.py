"""``/ex/jira/<cloudId>``: the REST interfaces of both sites, for tokens that have the scopes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from portal.sandbox.cloud.basic import holder_at_gateway, is_basic
from portal.sandbox.cloud.bearer import UnauthorizedError, holder, refused
from portal.sandbox.cloud.interfaces import JSON_NOT_FOUND, add_views, as_version_3
from portal.sandbox.cloud.places import site_of
from portal.sandbox.cloud.wanted import WANTED, opens
from portal.sandbox.people import USERS
from portal.sandbox.rest import JiraError, everybody_is_admin
from portal.sandbox.rest import refused as jira_refused
from portal.sandbox.state import current_state

PREFIX = "/ex/jira/<cloud_id>"

bp = Blueprint("gateway", __name__, url_prefix=PREFIX)
bp.register_error_handler(UnauthorizedError, refused)
bp.register_error_handler(JiraError, jira_refused)


@bp.url_value_preprocessor
def take_cloud_id(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """The cloud id of the address is none of the views' business."""
    g.cloud_id = values.pop("cloud_id", "") if values else ""
    g.jira_url = f"{request.url_root}ex/jira/{g.cloud_id}"


@bp.before_request
def authorised() -> tuple[Response, int] | None:
    """Let a call through whose token covers the site and has the scopes of the endpoint."""
    wanted = WANTED.get(f"{'GET' if request.method == 'HEAD' else request.method} {_route()}")
    site = site_of(g.cloud_id)
    if wanted is None or site is None or site.name in current_state().faults.sites_removed:
        return jsonify(JSON_NOT_FOUND), 404
    if not wanted and "Authorization" not in request.headers:
        return None
    if everybody_is_admin("cloud"):
        g.user = USERS["admin"]
        return None
    held = holder_at_gateway(current_state(), site) if is_basic() else holder(current_state())
    if g.cloud_id not in held.sites:
        return jsonify(JSON_NOT_FOUND), 404
    if not opens(wanted, set(held.scopes)):
        raise UnauthorizedError("Unauthorized; scope does not match")
    g.user = held.user
    return None


def _route() -> str:
    return as_version_3(request.url_rule.rule.removeprefix(PREFIX)) if request.url_rule else ""


add_views(bp)
