"""The practice Jira as a WSGI application."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import NotFound

from portal.sandbox import (
    applinks,
    consent,
    content_control,
    control,
    incoming,
    links,
    oauth,
    oauth2,
    pats,
    profile,
    rest_agile,
    rest_api,
    rest_attachments,
    server_control,
    signin,
)
from portal.sandbox.cloud import control as cloud_control
from portal.sandbox.cloud import delivery_control
from portal.sandbox.misbehaviour import lose_answer, misbehave
from portal.sandbox.recording import finish, record
from portal.sandbox.state import State

COOKIE = "practice_jira_session"

PARTS = (
    oauth,
    oauth2,
    consent,
    signin,
    profile,
    links,
    incoming,
    control,
    cloud_control,
    delivery_control,
    server_control,
    content_control,
    rest_api,
    rest_agile,
    rest_attachments,
    pats,
    applinks,
)

StartResponse = Callable[..., Any]


class ContextPath:
    """Serve an application below a path, as Jira under ``/jira``; everything else is not found."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], path: str) -> None:
        """``path``: with a leading and without a trailing slash."""
        self.inner = inner
        self.path = path

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Move the context path from ``PATH_INFO`` to ``SCRIPT_NAME``."""
        path: str = environ["PATH_INFO"]
        if path != self.path and not path.startswith(f"{self.path}/"):
            return NotFound()(environ, start_response)
        environ["SCRIPT_NAME"] = self.path
        environ["PATH_INFO"] = path.removeprefix(self.path) or "/"
        return self.inner(environ, start_response)


def create_app(state: State, context_path: str = "") -> Flask:
    """Make the practice Jira. ``context_path``: empty, or such as ``/jira``."""
    app = Flask(__name__)
    app.extensions["sandbox"] = state
    app.config.update(
        SECRET_KEY=state.secret_key,
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_PATH=context_path or "/",
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.before_request(record)
    app.before_request(misbehave)
    app.after_request(lose_answer)
    app.after_request(finish)
    app.register_error_handler(404, _not_found)
    app.context_processor(signin.template_values)
    for module in PARTS:
        app.register_blueprint(module.bp)
    if context_path:
        app.wsgi_app = ContextPath(app.wsgi_app, context_path)  # type: ignore[method-assign]
    return app


def _not_found(error: Exception) -> tuple[Response | str, int]:
    """The 404 of REST is JSON, that of pages is HTML."""
    if request.path.startswith("/rest/"):
        return jsonify({"message": "null for uri: " + request.base_url, "status-code": 404}), 404
    title, text = "Oops, you've found a dead link.", "There is no such page in this Jira."
    return render_template("message.html", title=title, text=text), 404
