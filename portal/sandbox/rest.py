"""What both REST interfaces share: who asks, refusals as Jira words them, paging, and the headers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from portal.sandbox.bearer import bearer_user
from portal.sandbox.cloud.accounts import shown
from portal.sandbox.content import Content
from portal.sandbox.data import PERMISSIONS, Issue
from portal.sandbox.languages import said
from portal.sandbox.oauth import token_user
from portal.sandbox.oauth_messages import OAuthProblemError, form_encode, has_oauth, read_message
from portal.sandbox.passwords import BasicOffError, BasicRefusedError, basic_off, basic_refused, basic_user
from portal.sandbox.people import USERS, User, user_json
from portal.sandbox.state import current_state

Json = dict[str, Any]
Answer = tuple[str, int]
DONE: Answer = ("", 204)

LARGEST_PAGE = 1000


class JiraError(Exception):
    """A refusal with Jira's ``errorMessages``, or with ``errors`` by field."""

    def __init__(self, status: int, message: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors or {}


def is_cloud() -> bool:
    """Whether this call came to the Cloud side, through the gateway or at a site."""
    return "cloud_id" in g


def api_version() -> int:
    """The version of the platform's interface that is spoken; Cloud knows both, and its links say 3."""
    return 3 if is_cloud() and "/rest/api/2/" not in request.path else 2


def api_url() -> str:
    """What the REST addresses of this Jira begin with, its version included."""
    return f"{base_url()}/rest/api/{api_version()}"


def content() -> Content:
    """What the Jira that was asked holds."""
    return current_state().content(g.get("cloud_id", ""))


def person_json(user: User) -> Json:
    """A user as the side that was asked shows people."""
    return shown(current_state(), user, base_url()) if is_cloud() else user_json(user, base_url())


def base_url() -> str:
    """The base URL as Jira believes it to be, without a trailing slash; on Cloud that of gateway or site."""
    if is_cloud():
        return str(g.jira_url)
    faults = current_state().faults
    return (faults.told_base_url or faults.seen_base_url).rstrip("/") or request.url_root.rstrip("/")


def authenticate() -> None:
    """Find out who asks. Anonymous callers, and those with a bad Bearer, go on as nobody (``None``)."""
    g.user = None
    state = current_state()
    if everybody_is_admin("server"):
        g.user = USERS["admin"]
        return
    header = request.headers.get("Authorization", "")
    scheme = header.partition(" ")[0].lower()
    may_go_on = True
    if has_oauth(request):
        g.user = token_user(read_message(request, state), state)
    elif scheme == "basic":
        g.user = basic_user(header, state)
    elif scheme == "bearer":
        g.user, may_go_on = bearer_user(header, state, request.method)
    if g.user:
        g.entry.token_user = g.user.name
        if not may_go_on:  # the words are not confirmed on a real Jira
            raise JiraError(403, "The token's scope does not allow this request.")


def everybody_is_admin(side: str) -> bool:
    """Whether a switch has this Jira take anybody for its administrator."""
    faults = current_state().faults
    return faults.checks_nothing and faults.concern(side)


def in_words(text: str) -> str:
    """A message in the language of this Jira."""
    return said(current_state().faults.language, text)


def require_user() -> Response | None:
    """Refuse anonymous callers as Jira's REST does."""
    if g.user is not None:
        return None
    response = jsonify(
        {"message": in_words("Client must be authenticated to access this resource."), "status-code": 401}
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


def viewer() -> User | None:
    """As whom something is looked at; ``None`` is an anonymous caller."""
    user = g.user
    assert user is None or isinstance(user, User)
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
    bp.register_error_handler(BasicRefusedError, basic_refused)
    bp.register_error_handler(BasicOffError, basic_off)


def add_routes(bp: Blueprint, prefix: str, routes: dict[str, Any]) -> None:
    """Serve views by ``METHOD path`` below a prefix; an endpoint is named by module, view and method."""
    for route, view in routes.items():
        method, _, path = route.partition(" ")
        module = view.__module__.rpartition(".")[2]
        bp.add_url_rule(prefix + path, f"{module}_{view.__name__}_{method.lower()}", view, methods=[method])


def refused(error: JiraError) -> tuple[Response, int]:
    """Answer with a refusal."""
    messages = [in_words(error.message)] if error.message else []
    return jsonify({"errorMessages": messages, "errors": error.errors}), error.status


def found_issue(key: str) -> Issue:
    """The issue with this key or id that the caller may see. Raises ``JiraError``."""
    for issue in content().visible_issues(asking_user()):
        if key.upper() in (issue.key, issue.id):
            return issue
    raise JiraError(404, "Issue Does Not Exist")


def body() -> Json:
    """The JSON object that was sent. Raises ``JiraError``."""
    sent = request.get_json(force=True, silent=True)
    if not isinstance(sent, dict):
        raise JiraError(400, "Unexpected end-of-input: the request has no JSON object.")
    return sent


def is_taken_away(name: str, user: User) -> bool:
    """Whether a switch took a permission of ``data.PERMISSIONS`` away, from everybody or from this user."""
    return not {name, f"{name}:{user.name}"}.isdisjoint(current_state().faults.permissions_missing)


def require_permission(name: str) -> None:
    """Refuse who has not this permission of ``data.PERMISSIONS``."""
    if is_taken_away(name, asking_user()):
        raise JiraError(403, f"You do not have the permission '{PERMISSIONS[name][1]}' here.")


def wanted_fields() -> str:
    """The ``fields`` that were asked for, once or several times, in the query or the body of a search."""
    if request.method == "POST":
        named = body().get("fields") or []
        return ",".join(named) if isinstance(named, list) else str(named)
    return ",".join(request.args.getlist("fields"))


def number(name: str, default: int) -> int:
    """A whole number of the query, or of the body of a search.

    Raises ``JiraError`` (Jira answers 404 for a value of the wrong type).
    """
    text = str(body().get(name, "")) if request.method == "POST" else request.args.get(name, "")
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
