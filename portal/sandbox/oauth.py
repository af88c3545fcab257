"""The two OAuth 1.0a calls a client makes: request token and access token (RFC 5849 sections 2.1, 2.3)."""

from __future__ import annotations

import secrets
import string
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.sandbox.misbehaviour import TOKEN_CALLS
from portal.sandbox.oauth_messages import (
    Message,
    OAuthProblemError,
    form_encode,
    read_message,
    seen_url,
    validate,
)
from portal.sandbox.oauth_rows import (
    ACCESS_TOKEN_TTL,
    DENIED,
    REQUEST_TOKEN_TTL,
    SESSION_TTL,
    UNDECIDED,
    AccessToken,
    Link,
    RequestToken,
)
from portal.sandbox.people import USERS, User
from portal.sandbox.state import State, current_state

bp = Blueprint("oauth", __name__, url_prefix="/plugins/servlet/oauth")

BECAME = {"expired": "token_expired", "revoked": "token_rejected", "used": "token_used"}
"""What is said of an access token; a revoked one is deleted, and then unknown."""


def random_text(length: int) -> str:
    """Random letters and digits, as Jira's tokens are made of."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


@bp.before_request
def login_page_instead() -> BaseResponse | str | None:
    """Answer a token call with a sign-in page, as a proxy with single sign-on does, when switched on."""
    faults = current_state().faults
    if request.endpoint not in TOKEN_CALLS:
        return None
    if faults.login_in_front:
        return redirect(url_for("signin.login", os_destination=request.path))
    if faults.html_instead_of_oauth:
        return render_template("login.html", destination="", problem="")
    return None


@bp.errorhandler(OAuthProblemError)
def refused(problem: OAuthProblemError) -> Response:
    """Answer with the problem; the realm is the URL that was called."""
    return problem.response(realm=seen_url(request, current_state()).split("?", 1)[0])


def _answer(parameters: dict[str, str]) -> Response:
    return Response(form_encode(parameters), content_type="text/plain;charset=utf-8")


@bp.post("/request-token")
def request_token() -> Response:
    """Issue a request token for ten minutes."""
    state = current_state()
    message = read_message(request, state)
    link = require_consumer(message, state)
    validate(message, link, state)
    callback = message.get("oauth_callback") or ""
    _check_callback(callback)
    token = RequestToken(random_text(32), random_text(32), link.consumer_key, callback, state.now())
    with state.lock:
        state.request_tokens = {
            key: kept for key, kept in state.request_tokens.items() if kept.created > state.now() - 86400
        }
        state.request_tokens[token.token] = token
        state.save()
    return _answer(
        {"oauth_token": token.token, "oauth_token_secret": token.secret, "oauth_callback_confirmed": "true"}
    )


def require_consumer(message: Message, state: State) -> Link:
    """The link of the message's consumer key. Raises ``OAuthProblemError``."""
    message.require("oauth_consumer_key")
    link = state.consumer(message.get("oauth_consumer_key") or "")
    if link is None:
        raise OAuthProblemError("consumer_key_unknown")
    return link


def _check_callback(callback: str) -> None:
    parts = urlsplit(callback)
    is_usable = callback in ("", "oob") or (parts.scheme in ("http", "https") and parts.netloc)
    if is_usable and not current_state().faults.callback_mismatch:
        return
    raise OAuthProblemError(
        "parameter_rejected",
        oauth_parameters_rejected="oauth_callback",
        oauth_problem_advice=f"The callback URI is not an absolute http or https URI: {callback}",
    )


@bp.post("/access-token")
def access_token() -> Response:
    """Exchange an allowed request token, or renew an access token by its session handle."""
    state = current_state()
    message = read_message(request, state)
    message.require("oauth_token")
    with state.lock:
        issued = _issue(message, message.get("oauth_token") or "", state)
        state.access_tokens[issued.token] = issued
        state.save()
    g.entry.token_user = issued.user
    return _answer(
        {
            "oauth_token": issued.token,
            "oauth_token_secret": issued.secret,
            "oauth_expires_in": str(ACCESS_TOKEN_TTL),
            "oauth_session_handle": issued.session_handle,
            "oauth_authorization_expires_in": str(SESSION_TTL),
        }
    )


def _issue(message: Message, token: str, state: State) -> AccessToken:
    if token in state.request_tokens:
        return _exchange(message, state.request_tokens[token], state)
    if token in state.access_tokens:
        return _renew(message, state.access_tokens[token], state)
    raise OAuthProblemError("token_rejected")


def _exchange(message: Message, token: RequestToken, state: State) -> AccessToken:
    if token.created + REQUEST_TOKEN_TTL < state.now():
        raise OAuthProblemError("token_expired")
    if token.decision == UNDECIDED:
        raise OAuthProblemError("permission_unknown")
    if token.decision == DENIED:
        raise OAuthProblemError("permission_denied")
    if token.consumer_key != message.get("oauth_consumer_key"):
        raise OAuthProblemError("token_rejected")
    message.require("oauth_verifier")
    if not secrets.compare_digest(token.verifier.encode(), (message.get("oauth_verifier") or "").encode()):
        raise OAuthProblemError("token_rejected")
    validate(message, require_consumer(message, state), state)
    del state.request_tokens[token.token]
    return _new_access_token(token.consumer_key, token.user, state)


def _renew(message: Message, token: AccessToken, state: State) -> AccessToken:
    message.require("oauth_session_handle")
    handle = (message.get("oauth_session_handle") or "").encode()
    same_consumer = token.consumer_key == message.get("oauth_consumer_key")
    if not same_consumer or not secrets.compare_digest(token.session_handle.encode(), handle):
        raise OAuthProblemError("token_rejected")
    if token.session_created + SESSION_TTL < state.now():
        raise OAuthProblemError("permission_denied")
    validate(message, require_consumer(message, state), state)
    del state.access_tokens[token.token]
    return _new_access_token(token.consumer_key, token.user, state)


def _new_access_token(consumer_key: str, user: str, state: State) -> AccessToken:
    now = state.now()
    return AccessToken(random_text(32), random_text(32), consumer_key, user, now, random_text(32), now)


def token_user(message: Message, state: State) -> User:
    """The user on whose behalf a REST call is made. Raises ``OAuthProblemError``.

    Without ``oauth_token`` it is a two-legged call, and the link's *Execute as* user where that is allowed.
    """
    if not message.get("oauth_token"):
        return _two_legged_user(message, state)
    token = state.access_tokens.get(message.get("oauth_token") or "")
    if token is None or token.consumer_key != message.get("oauth_consumer_key"):
        raise OAuthProblemError("token_rejected")
    became = "expired" if token.created + ACCESS_TOKEN_TTL < state.now() else state.faults.server_tokens
    if became != "good":
        raise OAuthProblemError(BECAME[became])
    validate(message, require_consumer(message, state), state)
    return _active_user(token.user, state)


def _two_legged_user(message: Message, state: State) -> User:
    link = require_consumer(message, state)
    if not link.two_lo_allowed:
        raise OAuthProblemError("parameter_absent", oauth_parameters_absent="oauth_token")
    validate(message, link, state)
    return _active_user(link.two_lo_user, state)


def _active_user(name: str, state: State) -> User:
    if not name:
        raise OAuthProblemError("No user associated with the token")
    if name not in USERS or name in state.faults.user_disabled:
        raise OAuthProblemError(f"User {name} associated with the token was not found in the system")
    return USERS[name]
