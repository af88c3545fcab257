"""The hosts of the Cloud side as WSGI applications: Atlassian's own, and one for each site."""

from __future__ import annotations

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from portal.sandbox.cloud import account, authorize, console, gateway, signin, site, token_calls
from portal.sandbox.cloud.places import Site
from portal.sandbox.misbehaviour import HOSTILE, drop, is_control, wait
from portal.sandbox.recording import finish, record
from portal.sandbox.state import State, current_state

PACKAGE = "portal.sandbox"
APIS = ("gateway", "site")
RESOURCES = ("account.me", "account.accessible_resources")


def create_cloud_app(state: State) -> Flask:
    """Make the Atlassian host."""
    app = _app(state, "practice_atlassian_session")
    for module in (signin, authorize, token_calls, account, gateway, console):
        app.register_blueprint(module.bp)
    return app


def create_site_app(state: State, own: Site) -> Flask:
    """Make the host of one site."""
    app = _app(state, f"practice_{own.name}_session")
    app.extensions["site"] = own
    app.register_blueprint(site.bp)
    return app


def _app(state: State, cookie: str) -> Flask:
    app = Flask(PACKAGE)
    app.extensions["sandbox"] = state
    app.config.update(SECRET_KEY=state.secret_key, SESSION_COOKIE_NAME=cookie, SESSION_COOKIE_SAMESITE="Lax")
    app.before_request(record)
    app.before_request(misbehave)
    app.after_request(finish)
    app.register_error_handler(404, _not_found)
    app.context_processor(signin.template_values)
    return app


def misbehave() -> BaseResponse | tuple[str, int] | None:
    """Answer in the view's place when a switch says so, or let it answer (``None``)."""
    state = current_state()
    faults = state.faults
    if is_control() or not faults.concern("cloud"):
        return None
    if faults.drop_connection:
        drop()
    wait(state)
    if faults.down:
        return render_template("maintenance.html"), 503
    is_api = request.blueprint in APIS or request.endpoint in RESOURCES
    if faults.status_5xx and (is_api or request.blueprint == "token_calls"):
        return "<html><body>upstream error</body></html>", faults.status_5xx
    if is_api and faults.rate_limited:
        return _rate_limited(faults.rate_limited)
    if is_api and faults.hostile_body != "none":
        return HOSTILE[faults.hostile_body]()
    return None


def _rate_limited(seconds: int) -> Response:
    """A 429 with the headers of Cloud (developer.atlassian.com, Jira Cloud: Rate limiting)."""
    headers = {
        "Retry-After": str(seconds),
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-NearLimit": "true",
        "RateLimit-Reason": "jira-burst-based",
    }
    return Response('{"message": "Rate limit exceeded."}', 429, headers, content_type="application/json")


def _not_found(error: Exception) -> tuple[Response | str, int]:
    """The 404 of interfaces is JSON, that of pages is HTML."""
    if request.path.startswith(("/ex/", "/rest/", "/oauth/", "/_edge/")):
        return jsonify(gateway.JSON_NOT_FOUND), 404
    title, text = "This page does not exist", "There is no such page here."
    return render_template("cloud_message.html", title=title, text=text), 404
