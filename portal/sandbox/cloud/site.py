"""The host of a site: its cloud id, and addresses of issues. Access tokens open nothing here."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request

from portal.sandbox import data
from portal.sandbox.cloud.places import Site
from portal.sandbox.signin import Page
from portal.sandbox.state import current_state

bp = Blueprint("site", __name__)


def _own() -> Site:
    own = current_app.extensions["site"]
    assert isinstance(own, Site)
    return own


@bp.get("/")
def front() -> Page:
    """What this is."""
    return render_template("site.html", title=_own().name, site=_own(), issue=None)


@bp.get("/_edge/tenant_info")
def tenant_info() -> tuple[Response, int]:
    """The cloud id, for everybody; some sites do not show it."""
    shown = current_state().faults.tenant_info
    if shown == "forbidden":
        return jsonify(message="Forbidden"), 403
    if shown == "not_found":
        return jsonify(message="Not Found"), 404
    return jsonify(cloudId=_own().cloud_id), 200


@bp.get("/browse/<key>")
def browse(key: str) -> Page:
    """Where the address of an issue leads; its content stays with those who may see it."""
    issue = data.issue_by_key(key) or abort(404)
    return render_template("site.html", title=issue.key, site=_own(), issue=issue)


@bp.route("/rest/<path:rest>", methods=["GET", "POST", "PUT", "DELETE"])
def rest(rest: str) -> tuple[Response, int]:
    """Access tokens belong to the gateway: refused here, and so is who shows none."""
    if request.headers.get("Authorization", "").startswith("Bearer"):
        return jsonify(error="Failed to parse Connect Session Auth Token"), 403
    return jsonify(
        message="Client must be authenticated to access this resource.", **{"status-code": 401}
    ), 401
