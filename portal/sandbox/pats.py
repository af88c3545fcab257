"""``/rest/pat/latest/tokens``: personal access tokens, made, listed and revoked by their owner."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from portal.sandbox.bearer import PAT_SINCE
from portal.sandbox.people import User
from portal.sandbox.rest import JiraError, asking_user, prepare, require_user
from portal.sandbox.rest_api import jira_time
from portal.sandbox.server_store import Pat
from portal.sandbox.state import State, current_state

bp = Blueprint("pats", __name__, url_prefix="/rest/pat")

DAY = 86_400


@bp.before_request
def open_or_not() -> None:
    """Old Jira has no such addresses; a switch takes them away or forbids them."""
    faults = current_state().faults
    if faults.pat_interface == "not_found" or not faults.at_least(*PAT_SINCE):
        abort(404)
    if faults.pat_interface == "forbidden":
        raise JiraError(403, "You do not have permission to manage personal access tokens.")


prepare(bp)
bp.before_request(require_user)


def new_pat(state: State, user: User, name: str, days: int | None) -> Pat:
    """Make a token of the shape Jira's have: Base64 of an id, a colon and twenty random bytes.

    ``days``: until it expires; ``None``: never.
    """
    number = 10**11 + secrets.randbelow(9 * 10**11)
    text = base64.b64encode(f"{number}:".encode() + secrets.token_bytes(20)).decode()
    now = state.now()
    pat = Pat(number, text, name, user.name, now, now + days * DAY if days else 0)
    with state.lock:
        state.server.pats[pat.id] = pat
        state.save()
    return pat


def revoke_pat(state: State, user: User, pat_id: int) -> bool:
    """Delete a token if it is the user's own."""
    with state.lock:
        pat = state.server.pats.get(pat_id)
        if pat is None or pat.user != user.name:
            return False
        del state.server.pats[pat_id]
        state.save()
        return True


def pats_of(state: State, user: User) -> list[Pat]:
    """The user's tokens, expired ones too, oldest first."""
    return sorted(
        (pat for pat in state.server.pats.values() if pat.user == user.name), key=lambda p: p.created
    )


def _shown(pat: Pat) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": pat.id, "name": pat.name, "createdAt": jira_time(pat.created)}
    return shown | ({"expiringAt": jira_time(pat.expires)} if pat.expires else {})


@bp.get("/latest/tokens")
@bp.get("/1.0/tokens")
def listing() -> Response:
    """The caller's own tokens, without their values; nothing says which of them was used to ask."""
    return jsonify([_shown(pat) for pat in pats_of(current_state(), asking_user())])


@bp.post("/latest/tokens")
@bp.post("/1.0/tokens")
def create() -> tuple[Response, int]:
    """Make a token; its value stands in this answer and nowhere else."""
    body = request.get_json()
    wanted = body if isinstance(body, dict) else {}
    name, days = wanted.get("name"), wanted.get("expirationDuration")
    if not isinstance(name, str) or not name.strip():
        raise JiraError(400, "The token name is required.")
    if days is not None and (type(days) is not int or days < 1):
        raise JiraError(400, "The expiration duration must be a positive number of days.")
    pat = new_pat(current_state(), asking_user(), name.strip(), days)
    return jsonify(_shown(pat) | {"rawToken": pat.token}), 201


@bp.delete("/latest/tokens/<int:pat_id>")
@bp.delete("/1.0/tokens/<int:pat_id>")
def revoke(pat_id: int) -> tuple[str, int]:
    """Revoke one of the caller's own tokens."""
    if not revoke_pat(current_state(), asking_user(), pat_id):
        abort(404)
    return "", 204
