"""``/oauth/token``: JSON and form bodies in, tokens out, and the switches that spoil it."""

from __future__ import annotations

import json
import time
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from portal.sandbox.cloud.credentials_2lo import issue
from portal.sandbox.cloud.tokens import TokenError, client, exchange_code, refresh
from portal.sandbox.misbehaviour import HOSTILE, drop
from portal.sandbox.state import current_state

bp = Blueprint("token_calls", __name__)

RETRY_AFTER = "30"


@bp.errorhandler(TokenError)
def refused(problem: TokenError) -> tuple[Response, int]:
    """Answer with OAuth's error."""
    return jsonify(error=problem.error, error_description=problem.description), problem.status


def _given() -> dict[str, str]:
    body = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise TokenError(400, "invalid_request", "Send a JSON object of text, or a form.")
    return body


@bp.post("/oauth/token")
def token() -> BaseResponse:
    """Exchange a code or a refresh token for tokens, or a site's credentials for one."""
    state = current_state()
    faults = state.faults
    if faults.token_status:
        return _failed(faults.token_status)
    time.sleep(faults.token_slow_before)
    answer = _exchange(_given())
    time.sleep(state.faults.token_slow_after)
    if state.faults.token_drop_answer:
        drop()
    return _spoilt(state.faults.token_body, answer)


def _exchange(given: dict[str, str]) -> dict[str, Any]:
    state = current_state()
    kind = given.get("grant_type", "")
    if kind == "client_credentials":
        return issue(state, given)
    app = client(state, given.get("client_id", ""), given.get("client_secret", ""))
    if kind == "authorization_code":
        return exchange_code(state, app, given)
    if kind == "refresh_token":
        return refresh(state, app, given.get("refresh_token", ""), given.get("scope", ""))
    raise TokenError(403, "unsupported_grant_type", f"Unsupported grant type: {kind}")


def _failed(status: int) -> Response:
    headers = {"Retry-After": RETRY_AFTER} if status in (429, 503) else {}
    return Response("<html><body>upstream error</body></html>", status, headers, content_type="text/html")


def _spoilt(kind: str, answer: dict[str, Any]) -> BaseResponse:
    """The answer, or what the switch makes of it."""
    if kind == "html":
        return Response("<!doctype html><title>Log in</title><p>Log in to continue.", 200)
    if kind == "huge":
        return HOSTILE["huge_json"]()
    if kind == "garbage":
        return HOSTILE["latin1_garbage"]()
    if kind == "redirect":
        port = request.host.rpartition(":")[2]
        return redirect(f"http://127.0.0.1:{port}/oauth/elsewhere", 307)
    return Response(json.dumps(_changed(kind, answer)), content_type="application/json")


def _changed(kind: str, answer: dict[str, Any]) -> dict[str, Any]:
    without = {"no_access_token": "access_token", "no_refresh_token": "refresh_token"}.get(kind)
    changes: dict[str, dict[str, Any]] = {
        "list_scope": {"scope": answer.get("scope", "").split()},
        "negative_expires": {"expires_in": -1},
        "newline_token": {"access_token": f"{answer['access_token']}\r\nX-Injected: yes"},
        "mac_type": {"token_type": "mac"},
    }
    return {name: value for name, value in (answer | changes.get(kind, {})).items() if name != without}
