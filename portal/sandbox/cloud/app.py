"""The hosts of the Cloud side as WSGI applications: Atlassian's own, and one for each site."""

from __future__ import annotations

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from portal.sandbox.cloud import (
    account,
    api_token_pages,
    authorize,
    console,
    delivery_calls,
    front,
    gateway,
    media,
    reporting,
    signin,
    site,
    site_credentials,
    site_rest,
    token_calls,
)
from portal.sandbox.cloud.basic import is_basic
from portal.sandbox.cloud.interfaces import JSON_NOT_FOUND
from portal.sandbox.cloud.limits import POINTS, too_many
from portal.sandbox.cloud.places import Site
from portal.sandbox.in_front import answer_in_front_of_cloud
from portal.sandbox.misbehaviour import HOSTILE, PAUSE, drop, is_control, lose_answer, no_change_left, wait
from portal.sandbox.recording import finish, record
from portal.sandbox.state import State, current_state

PACKAGE = "portal.sandbox"
HOUR = 3600
APIS = ("gateway", "site", "site_rest", "deliveries", "media")
DELIVERIES = ("/jira/builds/", "/jira/deployments/", "/jira/featureflags/", "/jira/devinfo/")
RESOURCES = ("account.me", "account.accessible_resources", "reporting.report_accounts")


def create_cloud_app(state: State) -> Flask:
    """Make the Atlassian host."""
    app = _app(state, "practice_atlassian_session")
    oauth = (front, signin, authorize, token_calls, account, api_token_pages)
    for module in (*oauth, reporting, gateway, delivery_calls, console):
        app.register_blueprint(module.bp)
    return app


def create_site_app(state: State, own: Site) -> Flask:
    """Make the host of one site."""
    app = _app(state, f"practice_{own.name}_session")
    app.extensions["site"] = own
    for module in (site, signin, site_credentials, site_rest):
        app.register_blueprint(module.bp)
    return app


def create_media_app(state: State) -> Flask:
    """Make the host that has the bytes of files."""
    app = _app(state, "practice_media_session")
    app.register_blueprint(media.bp)
    return app


def _app(state: State, cookie: str) -> Flask:
    app = Flask(PACKAGE)
    app.extensions["sandbox"] = state
    app.config.update(SECRET_KEY=state.secret_key, SESSION_COOKIE_NAME=cookie, SESSION_COOKIE_SAMESITE="Lax")
    app.before_request(record)
    app.before_request(misbehave)
    app.after_request(lose_answer)
    app.after_request(finish)
    app.register_error_handler(404, _not_found)
    app.context_processor(signin.template_values)
    return app


def misbehave() -> BaseResponse | tuple[Response | str, int] | None:
    """Answer in the view's place when a switch says so, or let it answer (``None``)."""
    state = current_state()
    faults = state.faults
    if is_control() or not faults.concern("cloud"):
        return None
    if faults.drop_connection:
        drop()
    wait(state)
    if instead := answer_in_front_of_cloud():
        return instead
    is_api = request.blueprint in APIS or request.endpoint in RESOURCES
    if faults.status_5xx and (is_api or request.blueprint == "token_calls"):
        return "<html><body>upstream error</body></html>", faults.status_5xx
    # Points are an app's: calls at the sites and with API tokens cost none.
    spent = faults.points_spent and request.blueprint == "gateway" and not is_basic()
    pause = faults.rate_limited or (PAUSE if is_api and no_change_left(state) else 0)
    if spent or (is_api and pause):
        return _rate_limited(pause, state)
    if is_api and faults.hostile_body != "none":
        return HOSTILE[faults.hostile_body]()
    return None


def _rate_limited(seconds: int, state: State) -> Response:
    """Points that are spent come back at the full hour."""
    return too_many(seconds) if seconds else too_many(HOUR - state.now() % HOUR, POINTS)


def _not_found(error: Exception) -> tuple[Response | str, int]:
    """The 404 of interfaces is JSON, that of pages is HTML."""
    if request.path.startswith(("/app/", "/ex/", "/file/", "/rest/", "/oauth/", "/_edge/", *DELIVERIES)):
        return jsonify(JSON_NOT_FOUND), 404
    title, text = "This page does not exist", "There is no such page here."
    return render_template("cloud_message.html", title=title, text=text), 404
