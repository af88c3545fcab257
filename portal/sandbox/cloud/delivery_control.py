"""OAuth credentials of the sites as JSON for tests, and what was sent by them; beside the switches."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, abort, jsonify

from portal.sandbox.cloud.credentials_2lo import PERMISSIONS, check, delete, end_tokens, make
from portal.sandbox.cloud.places import SITES, Site
from portal.sandbox.control import json_object
from portal.sandbox.faults import SwitchError
from portal.sandbox.state import current_state

bp = Blueprint("delivery_control", __name__, url_prefix="/sandbox/deliveries")


@bp.errorhandler(SwitchError)
def refused(problem: SwitchError) -> tuple[Response, int]:
    """Say what is wrong."""
    return jsonify(error=str(problem)), 400


def _site(name: object) -> Site:
    return next((site for site in SITES if site.name == name), None) or _no_site(name)


def _no_site(name: object) -> Site:
    raise SwitchError(f"There is no site {name!r}.")


@bp.post("/credentials")
def make_credentials() -> tuple[Response, int]:
    """Make credentials of ``site`` with ``permissions`` without walking the pages; 400 says what is wrong."""
    asked = {"site": "acme", "permissions": list(PERMISSIONS), "name": "Almoner", **json_object()}
    asked = {"server_url": "https://tool.example.com", "logo_url": "https://tool.example.com/l.svg", **asked}
    site = _site(asked.pop("site"))
    wanted = {name: asked.get(name) for name in ("name", "server_url", "logo_url", "permissions")}
    problems = check(wanted)
    if problems:
        return jsonify(errors=problems), 400
    made = make(current_state(), site, wanted)
    shown = {"id": made.id, "site": site.name, "cloud_id": site.cloud_id}
    return jsonify(shown | {"client_id": made.client_id, "client_secret": made.client_secret}), 201


@bp.post("/credentials/<credentials_id>/delete")
def delete_credentials(credentials_id: str) -> Response:
    """Delete them with their tokens."""
    if not any(delete(current_state(), site, credentials_id) for site in SITES):
        abort(404)
    return jsonify({})


@bp.post("/tokens/end")
def end_2lo_tokens() -> Response:
    """Every token is over now; new ones can be had."""
    end_tokens(current_state())
    return jsonify({})


@bp.get("/calls")
def calls() -> Response:
    """Every call, oldest first (fields: ``portal.sandbox.cloud.delivered.Call``)."""
    state = current_state()
    with state.lock:
        return jsonify([asdict(call) for call in state.delivered.calls])


@bp.get("/stored/<kind>")
def stored(kind: str) -> Response:
    """The last state of each thing of a kind, in the order of first arrival."""
    state = current_state()
    with state.lock:
        return jsonify([asdict(one) for one in state.delivered.states.values() if one.kind == kind])
