"""``/rest/oauth2/latest``: the consent page of an incoming link, and its token endpoint."""

from __future__ import annotations

import json
import time
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request
from oauthlib.oauth2 import AccessDeniedError, FatalClientError, InvalidRequestFatalError, OAuth2Error
from werkzeug.wrappers import Response as BaseResponse

from portal.sandbox.bearer import OAUTH2_SINCE
from portal.sandbox.misbehaviour import drop
from portal.sandbox.oauth import login_page_instead
from portal.sandbox.oauth2_provider import SERVER
from portal.sandbox.rest import add_headers
from portal.sandbox.server_scopes import SCOPES
from portal.sandbox.signin import Page, sign_in_first
from portal.sandbox.state import current_state

bp = Blueprint("oauth2", __name__, url_prefix="/rest/oauth2")
bp.before_request(login_page_instead)
bp.after_request(add_headers)


@bp.before_request
def since_8_22() -> None:
    """Older Jira has no such addresses."""
    if not current_state().faults.at_least(*OAUTH2_SINCE):
        abort(404)


def _uri() -> str:
    """The URL that was called, as if by https.

    oauthlib refuses http, as Jira does; the practice Jira behaves as with Jira's two properties set that
    skip the requirement (``atlassian.oauth2.provider.skip.base.url.https.requirement`` and its like).
    """
    return f"https://{request.host}{request.environ['REQUEST_URI']}"


def _asked() -> tuple[list[str], dict[str, Any]]:
    """What the application asks for. Raises oauthlib's errors, fatal ones where nobody may be sent back."""
    try:
        scopes, asked = SERVER.validate_authorization_request(_uri())
    except ValueError:
        text = "The address of this page cannot be read."
        raise InvalidRequestFatalError(description=text) from None
    return scopes, asked


@bp.errorhandler(FatalClientError)
def not_sent_back(problem: FatalClientError) -> Page:
    """Say what is wrong with client or redirect URL: nobody is sent to an address that is not registered."""
    g.entry.oauth_problem = problem.error
    page = render_template("oauth2_problem.html", error=problem.error, text=problem.description)
    return page, 400


@bp.errorhandler(OAuth2Error)
def sent_back(problem: OAuth2Error) -> BaseResponse:
    """Send what is wrong with the rest of a request back to the application."""
    g.entry.oauth_problem = problem.error
    return redirect(problem.in_uri(problem.redirect_uri))


@bp.get("/latest/authorize")
@bp.get("/1.0/authorize")
@sign_in_first
def authorize() -> Page:
    """Ask the signed-in person for consent."""
    scopes, asked = _asked()
    names = [SCOPES[scope] for scope in scopes]
    link = current_state().server.client(asked["client_id"])
    return render_template("oauth2_consent.html", link=link, scopes=names)


@bp.post("/latest/authorize")
@bp.post("/1.0/authorize")
@sign_in_first
def decide() -> Page:
    """Go back to the application with a code, or with ``access_denied``."""
    state = current_state()
    g.entry.token_user = g.user.name
    with state.lock:
        scopes, asked = _asked()
        if "approve" not in request.form:
            refusal = AccessDeniedError(state=asked["state"])
            return redirect(refusal.in_uri(asked["redirect_uri"]))
        headers, _, _ = SERVER.create_authorization_response(
            _uri(), scopes=scopes, credentials={"user": g.user.name}
        )
        state.save()
    return redirect(headers["Location"])


@bp.post("/latest/token")
@bp.post("/1.0/token")
def token() -> Response:
    """Exchange a code or a refresh token for a pair of tokens, as one step."""
    if request.mimetype != "application/x-www-form-urlencoded":
        # Reported of Jira 10: the resource has form parameters and fails on any other body.
        text = "@FormParam is utilized when the content type is not application/x-www-form-urlencoded"
        return Response(json.dumps({"message": text, "status-code": 500}), 500, mimetype="application/json")
    faults = current_state().faults
    if faults.token_status and faults.concern("server"):
        return Response("<html><body>upstream error</body></html>", faults.token_status, mimetype="text/html")
    if faults.concern("server"):
        time.sleep(faults.token_slow_before)
    body, status, headers = _exchange()
    if status != 200:
        g.entry.oauth_problem = json.loads(body)["error"]
    if faults.concern("server"):
        time.sleep(current_state().faults.token_slow_after)
        if current_state().faults.token_drop_answer:
            drop()
    return Response(body, status, headers)


def _exchange() -> tuple[str, int, dict[str, str]]:
    state = current_state()
    with state.lock:
        try:
            headers, body, status = SERVER.create_token_response(
                _uri(), "POST", request.get_data(as_text=True), {}
            )
        except OAuth2Error as problem:
            headers, body, status = problem.headers, problem.json, problem.status_code
        state.save()
    return body, status, headers
