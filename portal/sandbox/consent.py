"""The consent page of OAuth 1.0a, and the page where a person revokes what was allowed, OAuth 2.0 too."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request, url_for

from portal.sandbox.oauth import random_text
from portal.sandbox.oauth_messages import OAuthProblemError
from portal.sandbox.oauth_rows import (
    ACCESS_TOKEN_TTL,
    ALLOWED,
    DENIED,
    REQUEST_TOKEN_TTL,
    UNDECIDED,
    RequestToken,
)
from portal.sandbox.signin import Page, sign_in_first
from portal.sandbox.state import State, current_state

bp = Blueprint("consent", __name__)

PROBLEM_TEXTS = {
    "parameter_absent": "The address of this page lacks the request token. Start again from the application.",
    "token_rejected": "This Jira does not know the request token. Start again from the application.",
    "token_used": "You have already answered this request. Start again from the application if you need to.",
    "token_expired": "The request is older than ten minutes. Start again from the application.",
}


@bp.errorhandler(OAuthProblemError)
def refused(problem: OAuthProblemError) -> Page:
    """Show a problem of the consent page to the person."""
    g.entry.oauth_problem = problem.problem
    page = render_template("oauth_problem.html", problem=problem.problem, text=PROBLEM_TEXTS[problem.problem])
    return page, problem.status


def _undecided_token(state: State) -> RequestToken:
    name = request.values.get("oauth_token", "")
    if not name:
        raise OAuthProblemError("parameter_absent", oauth_parameters_absent="oauth_token")
    token = state.request_tokens.get(name)
    if token is None or state.consumer(token.consumer_key) is None:
        raise OAuthProblemError("token_rejected")
    if token.decision != UNDECIDED:
        raise OAuthProblemError("token_used")
    if token.created + REQUEST_TOKEN_TTL < state.now():
        raise OAuthProblemError("token_expired")
    return token


@bp.get("/plugins/servlet/oauth/authorize")
@sign_in_first
def authorize() -> Page:
    """Ask the signed-in person for consent."""
    state = current_state()
    token = _undecided_token(state)
    return render_template("consent.html", link=state.consumer(token.consumer_key), token=token.token)


@bp.post("/plugins/servlet/oauth/authorize")
@sign_in_first
def decide() -> Page:
    """Take the answer and go back to the application; Deny goes back with ``oauth_verifier=denied``."""
    state = current_state()
    with state.lock:
        token = _undecided_token(state)
        allowed = "approve" in request.form
        token.decision = ALLOWED if allowed else DENIED
        token.verifier = random_text(6) if allowed else "denied"
        token.user = g.user.name
        state.save()
    g.entry.token_user = token.user
    link = state.consumer(token.consumer_key)
    callback = token.callback or (link.callback_url if link else "")
    if callback in ("", "oob"):
        return render_template("verifier.html", verifier=token.verifier, allowed=allowed)
    answer = urlencode({"oauth_token": token.token, "oauth_verifier": token.verifier})
    return redirect(f"{callback}{'&' if '?' in callback else '?'}{answer}")


@bp.get("/plugins/servlet/oauth/users/access-tokens")
@sign_in_first
def authorized_applications() -> Page:
    """List what the signed-in person has allowed."""
    state = current_state()
    tokens = [
        {
            "field": "token",
            "value": token.token,
            "name": _consumer_name(token.consumer_key, state),
            "issued": datetime.fromtimestamp(token.created, UTC),
            "ends": datetime.fromtimestamp(token.created + ACCESS_TOKEN_TTL, UTC),
        }
        for token in state.access_tokens.values()
        if token.user == g.user.name
    ]
    grants = [
        {
            "field": "grant",
            "value": grant.id,
            "name": client.name if client else "removed",
            "issued": datetime.fromtimestamp(grant.created, UTC),
            "ends": datetime.fromtimestamp(grant.refresh_expires, UTC),
        }
        for grant in state.server.grants.values()
        if grant.user == g.user.name
        for client in [state.server.client(grant.client_id)]
    ]
    return render_template("authorized.html", rows=tokens + grants)


def _consumer_name(consumer_key: str, state: State) -> str:
    link = state.consumer(consumer_key)
    return link.consumer_name if link else "removed"


@bp.post("/plugins/servlet/oauth/users/access-tokens/revoke")
@sign_in_first
def revoke() -> Page:
    """Revoke one of the person's own tokens, or an OAuth 2.0 grant with both of its tokens.

    Jira deletes it, so that it is unknown from now on.
    """
    state = current_state()
    with state.lock:
        token = state.access_tokens.get(request.form.get("token", ""))
        if token and token.user == g.user.name:
            del state.access_tokens[token.token]
        grant = state.server.grants.get(request.form.get("grant", ""))
        if grant and grant.user == g.user.name:
            del state.server.grants[grant.id]
        state.save()
    return redirect(url_for("consent.authorized_applications"))
