"""Passwords: whether one fits, HTTP Basic, and the CAPTCHA that stands in the way after three failures."""

from __future__ import annotations

import base64
import binascii
import hmac
from urllib.parse import quote

from flask import Response, jsonify, request

from portal.sandbox.people import USERS, User
from portal.sandbox.state import State

FAILURES_BEFORE_CAPTCHA = 3
"""Jira's default of "Maximum Authentication Attempts Allowed"."""


class BasicRefusedError(Exception):
    """HTTP Basic was refused. The text is the ``X-Seraph-LoginReason``, empty where Jira gives none."""

    def __init__(self, reason: str, status: int = 401) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class BasicOffError(Exception):
    """HTTP Basic is switched off in this Jira."""


def fits(state: State, user: User, password: str) -> bool:
    """Whether this is the user's password, which the control may have changed."""
    if user.name in state.faults.password_changed:
        return False
    known = state.server.passwords.get(user.name, user.password)
    return hmac.compare_digest(known.encode(), password.encode())


def failed(state: State, user: User) -> None:
    """Count one failure; sign-in page and HTTP Basic share the count."""
    with state.lock:
        state.server.failures[user.name] = state.server.failures.get(user.name, 0) + 1
        state.save()


def forget_failures(state: State, user: User) -> None:
    """The person signed in."""
    with state.lock:
        if state.server.failures.pop(user.name, 0):
            state.save()


def basic_user(header: str, state: State) -> User:
    """The user of an ``Authorization: Basic``. Raises ``BasicRefusedError`` and ``BasicOffError``.

    That a deactivated user gets the answer of a wrong password, uncounted, is not confirmed on a real Jira.
    """
    if state.faults.basic_off:
        raise BasicOffError
    name, _, password = _decoded(header).partition(":")
    user = USERS.get(name.lower())
    if user is None:
        raise BasicRefusedError("")
    failures = state.server.failures.get(user.name, 0)
    if failures >= FAILURES_BEFORE_CAPTCHA or user.name in state.faults.captcha:
        raise BasicRefusedError("AUTHENTICATION_DENIED", 403)
    if user.name in state.faults.user_disabled:
        raise BasicRefusedError("AUTHENTICATED_FAILED")
    if not fits(state, user, password):
        failed(state, user)
        raise BasicRefusedError("AUTHENTICATED_FAILED")
    forget_failures(state, user)
    return user


def _decoded(header: str) -> str:
    try:
        return base64.b64decode(header.partition(" ")[2].strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def basic_refused(problem: BasicRefusedError) -> Response:
    """The page Jira answers with instead of JSON; after too many failures it names where to sign in."""
    title = "Forbidden" if problem.status == 403 else "Unauthorized"
    reason = f"<p>Basic Authentication Failure - Reason : {problem.reason}</p>" if problem.reason else ""
    page = f"<html><head><title>{title} ({problem.status})</title></head><body>{reason}</body></html>"
    response = Response(page, problem.status, content_type="text/html;charset=UTF-8")
    home = request.url_root.rstrip("/")
    response.headers["WWW-Authenticate"] = f'OAuth realm="{quote(home, safe="")}"'
    if problem.reason:
        response.headers["X-Seraph-LoginReason"] = problem.reason
    if problem.status == 403:
        login = f"CAPTCHA_CHALLENGE; login-url={home}/login.jsp"
        response.headers["X-Authentication-Denied-Reason"] = login
    return response


def basic_off(_: BasicOffError) -> tuple[Response, int]:
    """Status and text as people report them of Jira 8.16; not confirmed on a later one."""
    return jsonify(message="Basic Authentication has been disabled on this instance."), 403
