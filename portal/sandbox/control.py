"""The control of the practice Jira: switches as a page and as JSON, the record of requests, ready-made links.

Open to whoever can reach it, and therefore bound to the loopback addresses. A page of another origin cannot
use it: JSON bodies need a preflight that is never answered, the page's form carries a token.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for

from portal.sandbox.cloud.places import SITES
from portal.sandbox.faults import Faults, SwitchError, switches_by_layer
from portal.sandbox.links import check_link
from portal.sandbox.oauth_rows import Link
from portal.sandbox.signin import Page, check_form_token
from portal.sandbox.state import State, current_state

bp = Blueprint("control", __name__, url_prefix="/sandbox")

ACTIONS = ("reset", "expire_request_tokens")


@bp.errorhandler(SwitchError)
def bad_switch(problem: SwitchError) -> tuple[Response, int]:
    """Say which switch is wrong."""
    return jsonify(error=str(problem)), 400


def _shown(state: State) -> dict[str, Any]:
    return {
        "switches": state.faults.as_json(),
        "counters": state.journal.counters(),
        "sso_url": state.sso_url,
        "cloud_url": state.cloud_url,
        "media_url": state.media_url,
        "sites": state.site_urls,
        "door_url": state.door_url,
        "secure_door_url": state.secure_door_url,
        "cloud_ids": {site.name: site.cloud_id for site in SITES},
    }


@bp.get("/state")
def show_state() -> Response:
    """Switches and counters."""
    return jsonify(_shown(current_state()))


@bp.post("/state")
def change_state() -> Response:
    """Set switches by name; ``reset`` and ``expire_request_tokens`` act when true."""
    state = current_state()
    wanted = json_object()
    asked = {name: wanted.pop(name) for name in ACTIONS if name in wanted}
    if asked.get("reset"):
        state.reset()
    state.set_switches(wanted)
    if asked.get("expire_request_tokens"):
        state.expire_request_tokens()
    return jsonify(_shown(state))


def json_object() -> dict[str, Any]:
    """The body. Raises ``SwitchError`` when it is no object."""
    body = request.get_json()
    if not isinstance(body, dict):
        raise SwitchError("Send a JSON object.")
    return body


@bp.get("/requests")
def show_requests() -> Response:
    """The last requests, oldest first."""
    return jsonify(current_state().journal.entries())


@bp.post("/requests/clear")
def clear_requests() -> Response:
    """Forget the requests and counters."""
    current_state().journal.clear()
    return jsonify([])


@bp.post("/links")
def make_link() -> tuple[Response, int]:
    """Make an application link without walking the pages; 400 says by field what is wrong."""
    state = current_state()
    wanted = {"name": "Link", "url": "", "description": "", **json_object()}
    try:
        link = Link(id=secrets.token_hex(8), **wanted)
    except TypeError:
        raise SwitchError(
            "A link takes name, consumer_key, consumer_name, public_key, callback_url."
        ) from None
    problems = check_link(link, state)
    if problems:
        return jsonify(errors=problems), 400
    with state.lock:
        state.links[link.id] = link
        state.save()
    return jsonify(id=link.id), 201


@bp.get("/faults")
def faults_page() -> Page:
    """The page of switches."""
    return _faults_page(current_state().faults, "")


def _faults_page(faults: Faults, problem: str) -> str:
    return render_template(
        "faults.html", layers=switches_by_layer(faults), state=current_state(), problem=problem
    )


@bp.get("/door/authority.pem")
def authority() -> Response:
    """The certificate authority of the front door, to be entered where https is to be trusted."""
    return Response(current_state().authority_pem, content_type="application/x-pem-file")


@bp.post("/faults")
def set_faults() -> Page:
    """Set all switches from the page, or do one of its actions."""
    check_form_token()
    state = current_state()
    if "reset" in request.form:
        state.reset()
    elif "expire_request_tokens" in request.form:
        state.expire_request_tokens()
    else:
        try:
            state.set_switches(state.faults.read_form(request.form.to_dict()))
        except SwitchError as problem:
            return _faults_page(state.faults, str(problem)), 400
    return redirect(url_for("control.faults_page"))
