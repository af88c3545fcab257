"""The host of a site: its cloud id, and its issues with what tools told about them."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, jsonify, render_template

from portal.sandbox.cloud.panel import panel
from portal.sandbox.cloud.places import Site
from portal.sandbox.signin import Page, signed_in_user
from portal.sandbox.state import current_state

bp = Blueprint("site", __name__)


def own_site() -> Site:
    """The site whose host was asked."""
    own = current_app.extensions["site"]
    assert isinstance(own, Site)
    return own


@bp.get("/")
def front() -> Page:
    """What this is."""
    return render_template("site.html", title=own_site().name, site=own_site(), issue=None, sections=None)


@bp.get("/_edge/tenant_info")
def tenant_info() -> tuple[Response, int]:
    """The cloud id, for everybody; some sites do not show it."""
    shown = current_state().faults.tenant_info
    if shown == "forbidden":
        return jsonify(message="Forbidden"), 403
    if shown == "not_found":
        return jsonify(message="Not Found"), 404
    return jsonify(cloudId=own_site().cloud_id), 200


@bp.get("/browse/<key>")
def browse(key: str) -> Page:
    """Where the address of an issue leads; what tools told of it is shown to those who may see it."""
    content = current_state().content(own_site().cloud_id)
    issue = content.issue_by_key(key) or abort(404)
    may_see = issue in content.visible_issues(signed_in_user())
    sections = panel(current_state(), own_site(), issue.key) if may_see else None
    return render_template("site.html", title=issue.key, site=own_site(), issue=issue, sections=sections)
