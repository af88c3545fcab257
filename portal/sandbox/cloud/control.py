"""Apps as JSON for tests, the age of tokens, and the counts of exchanges; beside the other switches."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify

from portal.sandbox.cloud.apps import AppError, change, made, new_secret
from portal.sandbox.cloud.store import App
from portal.sandbox.control import json_object
from portal.sandbox.faults import SwitchError
from portal.sandbox.state import current_state

bp = Blueprint("cloud_control", __name__, url_prefix="/sandbox/cloud")


@bp.errorhandler(AppError)
@bp.errorhandler(SwitchError)
def refused(problem: ValueError) -> tuple[Response, int]:
    """Say what is wrong."""
    return jsonify(error=str(problem)), 400


def _shown(app: App) -> dict[str, Any]:
    return {"id": app.id, "client_id": app.client_id, "client_secret": app.client_secret}


@bp.post("/apps")
def make_app() -> tuple[Response, int]:
    """Make an app without walking the console."""
    state = current_state()
    app = made(json_object())
    with state.lock:
        if state.cloud.app_of(app.client_id):
            raise AppError("There is an app with this client ID.")
        state.cloud.apps[app.id] = app
        state.save()
    return jsonify(_shown(app)), 201


@bp.post("/apps/<app_id>")
def change_app(app_id: str) -> Response:
    """Change an app; ``new_secret`` and ``delete`` act when true."""
    state = current_state()
    wanted = json_object()
    with state.lock:
        app = state.cloud.apps.get(app_id) or abort(404)
        if wanted.pop("new_secret", False):
            app.client_secret = new_secret()
        if wanted.pop("delete", False):
            state.cloud.remove_app(app)
        change(app, wanted)
        state.save()
    return jsonify(_shown(app))


@bp.post("/age")
def age() -> Response:
    """Make every refresh token older by ``refresh_days``; ``access`` true: every access token ends now."""
    state = current_state()
    wanted = json_object()
    with state.lock:
        state.cloud.age_refresh_tokens(float(wanted.get("refresh_days", 0)))
        if wanted.get("access"):
            for token in state.cloud.bearer_tokens.values():
                token.expires = 0
        state.save()
    return jsonify({})


@bp.post("/grants/end")
def end_grant() -> Response:
    """What *Remove* on the page of connected apps does: ``client_id`` and ``user``."""
    state = current_state()
    wanted = json_object()
    with state.lock:
        state.cloud.end_grant(str(wanted.get("client_id")), str(wanted.get("user")))
        state.save()
    return jsonify({})


@bp.get("/state")
def cloud_state() -> Response:
    """Counts of exchanges, grants and families; no token stands in it."""
    cloud = current_state().cloud
    with current_state().lock:
        families = [asdict(family) for family in cloud.families.values()]
        return jsonify(
            exchanges=dict(cloud.exchanges),
            exchanges_refused=cloud.exchanges_refused,
            refreshes_ok=cloud.refreshes_ok,
            refreshes_refused=cloud.refreshes_refused,
            families=families,
            families_dead=sum(family["dead"] for family in families),
            grants=[asdict(grant) for grant in cloud.grants.values()],
        )
