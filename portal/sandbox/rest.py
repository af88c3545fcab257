"""What both REST interfaces share: who asks, refusals as Jira words them, paging, and the headers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from portal.sandbox.oauth import token_user
from portal.sandbox.oauth_messages import OAuthProblemError, form_encode, has_oauth, read_message
from portal.sandbox.people import User, account_json, user_json
from portal.sandbox.state import current_state

Json = dict[str, Any]

LARGEST_PAGE = 1000


class JiraError(Exception):
    """A refusal with Jira's ``errorMessages``."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def is_cloud() -> bool:
    """Whether this call came through the gateway of the Cloud side."""
    return "cloud_id" in g


def api_url() -> str:
    """What the REST addresses of this Jira begin with, its version included."""
    return f"{base_url()}/rest/api/{3 if is_cloud() else 2}"


def person_json(user: User) -> Json:
    """A user as the side that was asked shows people."""
    return account_json(user, base_url()) if is_cloud() else user_json(user, base_url())


def base_url() -> str:
    """The base URL as Jira believes it to be, without a trailing slash; on Cloud that of the gateway."""
    if is_cloud():
        return f"{request.url_root}ex/jira/{g.cloud_id}"
    return current_state().faults.seen_base_url.rstrip("/") or request.url_root.rstrip("/")


def authenticate() -> None:
    """Find out who asks, by OAuth 1.0a only. Anonymous callers go on with ``g.user`` unset."""
    g.user = None
    if has_oauth(request):
        state = current_state()
        g.user = token_user(read_message(request, state), state)
        g.entry.token_user = g.user.name


def require_user() -> Response | None:
    """Refuse anonymous callers as Jira's REST does."""
    if g.user is not None:
        return None
    response = jsonify(
        {"message": "Client must be authenticated to access this resource.", "status-code": 401}
    )
    response.status_code = 401
    response.headers["WWW-Authenticate"] = (
        "OAuth " + form_encode({"realm": base_url()}).replace("=", '="') + '"'
    )
    return response


def asking_user() -> User:
    """The user of the token this call was made with."""
    user = g.user
    assert isinstance(user, User)
    return user


def add_headers(response: Response) -> Response:
    """Say as whom the call was answered (``X-AUSERNAME``, ``X-Seraph-LoginReason``)."""
    user = g.get("user")
    response.headers["X-AUSERNAME"] = user.name if user else "anonymous"
    if user:
        response.headers["X-Seraph-LoginReason"] = "OK"
    elif g.entry.oauth_problem:
        response.headers["X-Seraph-LoginReason"] = "AUTHENTICATED_FAILED"
    return response


def prepare(bp: Blueprint) -> None:
    """Give a blueprint authentication, refusals and headers."""
    bp.before_request(authenticate)
    bp.after_request(add_headers)
    bp.register_error_handler(OAuthProblemError, lambda problem: problem.response(realm=base_url()))
    bp.register_error_handler(JiraError, refused)


def refused(error: JiraError) -> tuple[Response, int]:
    """Answer with a refusal."""
    return jsonify({"errorMessages": [error.message], "errors": {}}), error.status


def number(name: str, default: int) -> int:
    """A whole number of the query. Raises ``JiraError`` (Jira answers 404 for a value of the wrong type)."""
    text = request.args.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise JiraError(404, f"'{name}' must be a whole number.")
    return int(text)


def page(values: list[Json], name: str = "values", with_total: bool = True) -> Json:
    """One page by ``startAt`` and ``maxResults`` (50 when not given)."""
    start, size = number("startAt", 0), min(number("maxResults", 50), LARGEST_PAGE)
    shown = values[start : start + size]
    answer: Json = {"maxResults": size, "startAt": start}
    if with_total:
        answer["total"] = len(values)
    if name == "values":
        answer["isLast"] = start + len(shown) >= len(values)
    return {**answer, name: shown}
