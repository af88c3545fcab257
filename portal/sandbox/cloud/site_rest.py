"""The REST interfaces on the host of a site: for classic API tokens, and a little for callers without a name.

What is answered to whom: an access token belongs to the gateway, and is refused here; so is an API token with
scopes, in the words a wrong one gets. Without credentials Jira answers what everybody may see: here nothing.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, g, jsonify, request

from portal.sandbox.cloud.basic import SiteRefusalError, is_basic, user_at_site
from portal.sandbox.cloud.interfaces import add_views, as_version_3
from portal.sandbox.cloud.places import Site
from portal.sandbox.people import USERS
from portal.sandbox.rest import JiraError, everybody_is_admin
from portal.sandbox.rest import refused as jira_refused
from portal.sandbox.state import current_state

bp = Blueprint("site_rest", __name__)
bp.register_error_handler(JiraError, jira_refused)

UNKNOWN = {"message": "Client must be authenticated to access this resource.", "status-code": 401}
OPEN = {
    "/rest/api/3/serverInfo",
    "/rest/api/3/field",
    "/rest/api/3/mypermissions",
    "/rest/api/3/project/search",
    "/rest/api/3/search",
    "/rest/api/3/search/jql",
    "/rest/agile/1.0/board",
}
"""What anybody gets; there is next to nothing in it."""


@bp.errorhandler(SiteRefusalError)
def refused(problem: SiteRefusalError) -> tuple[Response, int, dict[str, str]]:
    """The refusal; its headers say why only where what was shown names an account."""
    headers = {"X-Seraph-LoginReason": problem.reason} if problem.reason else {}
    if problem.status == 401:
        return jsonify(UNKNOWN), 401, headers
    login = f"{current_state().cloud_url}/login"
    headers["X-Authentication-Denied-Reason"] = f"CAPTCHA_CHALLENGE; login-url={login}"
    text = "Basic Authentication Failure - Reason : AUTHENTICATION_DENIED"
    return jsonify(errorMessages=[text], errors={}), problem.status, headers


@bp.before_request
def authenticate() -> tuple[Response, int] | None:
    """Find out who asks; answer for the view where nobody is named."""
    state, own = current_state(), current_app.extensions["site"]
    assert isinstance(own, Site)
    g.cloud_id, g.jira_url = own.cloud_id, state.site_urls[own.name]
    if everybody_is_admin("cloud"):
        g.user = USERS["admin"]
        return None
    if request.headers.get("Authorization", "").startswith("Bearer"):
        return jsonify(error="Failed to parse Connect Session Auth Token"), 403
    if is_basic():
        g.user = user_at_site(state, own)
        return None
    return _anonymous()


def _anonymous() -> tuple[Response, int] | None:
    g.user = None
    path = as_version_3(request.url_rule.rule) if request.url_rule else ""
    if path in OPEN:
        return None
    if path.startswith("/rest/agile/1.0/"):
        raise JiraError(404, "It does not exist or you do not have permission to view it.")
    return jsonify(UNKNOWN), 401


add_views(bp)


@bp.route("/rest/<path:rest>", methods=["GET", "POST", "PUT", "DELETE"])
def elsewhere(rest: str) -> tuple[Response, int]:
    """Nothing is here."""
    return jsonify({"message": f"null for uri: {request.base_url}", "status-code": 404}), 404
