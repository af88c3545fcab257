"""Sign-in and sign-out of the Atlassian host, and of the hosts of the sites.

The blueprint has the name and the endpoints of the Server's, so that ``sign_in_first`` works for both.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, session

from portal.sandbox.cloud.accounts import is_closed
from portal.sandbox.people import check_password
from portal.sandbox.signin import (
    Page,
    form_token,
    signed_in_by_ticket,
    signed_in_user,
    start_session,
    to_destination,
    to_sign_in,
)
from portal.sandbox.state import current_state

bp = Blueprint("signin", __name__)


@bp.before_app_request
def closed_accounts() -> None:
    """Whose account was closed is signed in no more."""
    user = signed_in_user()
    if user and is_closed(current_state(), user):
        session.clear()


@bp.get("/login")
def login() -> Page:
    """The sign-in page; with single sign-on, the way there."""
    destination = request.args.get("os_destination", "/")
    if current_state().faults.sso:
        return to_sign_in(destination)
    return render_template("cloud_login.html", destination=destination, problem="")


@bp.post("/login")
def login_answer() -> Page:
    """Sign in with e-mail address, or user name, and password."""
    destination = request.form.get("destination", "/")
    user = check_password(request.form.get("username", ""), request.form.get("password", ""))
    state = current_state()
    if user is None or user.name in state.faults.user_disabled or is_closed(state, user):
        problem = "Incorrect email address and / or password. Check both and try again."
        return render_template("cloud_login.html", destination=destination, problem=problem)
    start_session(user)
    return to_destination(destination)


@bp.get("/sso/return")
def sso_return() -> Page:
    """Take the one-use ticket of the single sign-on host."""
    return signed_in_by_ticket("cloud_message.html")


@bp.get("/logout")
def logout() -> Page:
    """Sign the browser out."""
    session.clear()
    return render_template("cloud_message.html", title="Logged out", text="You are logged out of Atlassian.")


def template_values() -> dict[str, Any]:
    """What every template of the host can use."""
    state = current_state()
    return {
        "user": signed_in_user(),
        "form_token": form_token,
        "sites": state.site_urls,
        "cloud_url": state.cloud_url,
    }
