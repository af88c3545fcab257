"""Tokens, passwords and incoming links of Jira Server as JSON for tests; beside the other switches."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from portal.sandbox.control import json_object
from portal.sandbox.faults import SwitchError
from portal.sandbox.incoming import check, keep, new_link
from portal.sandbox.passwords import forget_failures
from portal.sandbox.pats import new_pat
from portal.sandbox.people import USERS, User
from portal.sandbox.state import current_state

bp = Blueprint("server_control", __name__, url_prefix="/sandbox/server")


@bp.errorhandler(SwitchError)
def refused(problem: SwitchError) -> tuple[Response, int]:
    """Say what is wrong."""
    return jsonify(error=str(problem)), 400


def _user(wanted: dict[str, Any]) -> User:
    user = USERS.get(str(wanted.get("user")))
    if user is None:
        raise SwitchError(f"'user' takes one of {', '.join(USERS)}.")
    return user


@bp.post("/pats")
def make_pat() -> tuple[Response, int]:
    """Make a personal access token of ``user``, named ``name``, for ``days`` (null: for ever)."""
    wanted = json_object()
    pat = new_pat(current_state(), _user(wanted), str(wanted.get("name", "Almoner")), wanted.get("days"))
    return jsonify(id=pat.id, token=pat.token), 201


@bp.post("/pats/end")
def end_pat() -> Response:
    """Revoke the personal access token ``token``; with ``expire`` true it stays, and is over."""
    state = current_state()
    wanted = json_object()
    with state.lock:
        pat = state.server.pat(str(wanted.get("token")))
        if pat is None:
            raise SwitchError("There is no such personal access token.")
        if wanted.get("expire"):
            pat.expires = state.now() - 1
        else:
            del state.server.pats[pat.id]
        state.save()
    return jsonify({})


@bp.post("/users")
def change_user() -> Response:
    """Of ``user``: set ``password``; ``reset_captcha`` true forgets failed sign-ins."""
    state = current_state()
    wanted = json_object()
    user = _user(wanted)
    with state.lock:
        if "password" in wanted:
            state.server.passwords[user.name] = str(wanted["password"])
        if wanted.get("reset_captcha"):
            forget_failures(state, user)
        state.save()
    return jsonify({})


@bp.post("/incoming-links")
def make_incoming_link() -> tuple[Response, int]:
    """Make an incoming link without walking the pages; 400 says by field what is wrong."""
    wanted = json_object()
    name, url = str(wanted.get("name", "Almoner")), str(wanted.get("redirect_url", ""))
    scopes = [str(scope) for scope in wanted.get("scopes", [])]
    problems = check(name, url, scopes)
    if problems:
        return jsonify(errors=problems), 400
    link = new_link(name, url, scopes)
    keep(link, current_state())
    return jsonify(id=link.id, client_id=link.client_id, client_secret=link.client_secret), 201


@bp.post("/grants/end")
def end_grants() -> Response:
    """``user`` revokes all OAuth 2.0 grants; ``access`` true ends every access token, no refresh token."""
    state = current_state()
    wanted = json_object()
    with state.lock:
        if "user" in wanted:
            state.server.end_grants(_user(wanted).name)
        if wanted.get("access"):
            for grant in state.server.grants.values():
                grant.access_expires = 0
        state.save()
    return jsonify({})
