"""Apps, API tokens and accounts as JSON for tests, the age of tokens, and counts; beside the switches."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify

from portal.sandbox.cloud.account_rows import ApiToken
from portal.sandbox.cloud.accounts import AccountError, close, person, rename
from portal.sandbox.cloud.api_tokens import LONGEST_DAYS, TokenWish, make
from portal.sandbox.cloud.apps import AppError, change, made, new_secret
from portal.sandbox.cloud.store import App
from portal.sandbox.control import json_object
from portal.sandbox.faults import SwitchError
from portal.sandbox.state import State, current_state

bp = Blueprint("cloud_control", __name__, url_prefix="/sandbox/cloud")


@bp.errorhandler(AccountError)
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


@bp.post("/api-tokens")
def make_api_token() -> tuple[Response, int]:
    """Make an API token: ``account``, ``label``, ``days``, and ``scopes`` unless it is a classic one."""
    wanted = json_object()
    scopes = wanted.get("scopes")
    wish = TokenWish(
        str(wanted.get("label", "Practice")),
        int(wanted.get("days", LONGEST_DAYS)),
        None if scopes is None else [str(scope) for scope in scopes],
    )
    token = make(current_state(), person(str(wanted.get("account", ""))), wish)
    return jsonify(token=token.token), 201


@bp.post("/api-tokens/end")
def end_api_token() -> Response:
    """What *Revoke* does: ``token``."""
    state = current_state()
    with state.lock:
        del state.cloud.api_tokens[_token(state).token]
        state.save()
    return jsonify({})


@bp.post("/api-tokens/expire")
def expire_api_token() -> Response:
    """The expiry date of ``token`` has come."""
    state = current_state()
    with state.lock:
        _token(state).expires = state.now()
        state.save()
    return jsonify({})


def _token(state: State) -> ApiToken:
    found = state.cloud.api_tokens.get(str(json_object().get("token", "")))
    if found is None:
        raise AccountError("There is no such token.")
    return found


@bp.post("/accounts/<account_id>")
def change_account(account_id: str) -> Response:
    """Change the ``name`` of an account, or close it with ``closed`` true."""
    state, user, wanted = current_state(), person(account_id), json_object()
    if wanted.get("closed"):
        close(state, user)
    else:
        rename(state, user, str(wanted.get("name", "")))
    return jsonify({})


@bp.get("/reports")
def reports() -> Response:
    """Every report of accounts that was taken, oldest first."""
    with current_state().lock:
        return jsonify([asdict(report) for report in current_state().cloud.reports])


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
