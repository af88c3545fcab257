"""Front page, sign-in, sign-out, and the way back from the single sign-on host."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import quote

from flask import Blueprint, abort, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from portal.sandbox.passwords import failed, fits, forget_failures
from portal.sandbox.people import USERS, User, find_user
from portal.sandbox.state import current_state

bp = Blueprint("signin", __name__)

P = ParamSpec("P")
Page = Response | str | tuple[str, int]


def signed_in_user() -> User | None:
    """Who is signed in with this browser; nobody once the practice Jira was reset or the user disabled."""
    state = current_state()
    name = session.get("user", "")
    if session.get("epoch") != state.epoch or name in state.faults.user_disabled:
        return None
    return USERS.get(name)


def start_session(user: User) -> None:
    """Sign the browser in; a CAPTCHA that stood in the way of REST is solved with that."""
    forget_failures(current_state(), user)
    session.clear()
    session.update(user=user.name, epoch=current_state().epoch)


def form_token() -> str:
    """The token every form carries against cross-site posts (Jira's ``atl_token``)."""
    if "atl_token" not in session:
        session["atl_token"] = secrets.token_urlsafe(24)
    return str(session["atl_token"])


def check_form_token() -> None:
    """Refuse a POST whose form did not come from our page."""
    if not secrets.compare_digest(form_token().encode(), request.form.get("atl_token", "").encode()):
        abort(403, "XSRF security token missing. Go back, reload the page and try again.")


def sign_in_first(view: Callable[P, Page]) -> Callable[P, Page]:
    """Send whoever is not signed in to the sign-in page, or to single sign-on, and back afterwards."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Page:
        user = signed_in_user()
        if user is None:
            return to_sign_in(request.full_path.rstrip("?"))
        g.user = user
        if request.method == "POST":
            check_form_token()
        return view(*args, **kwargs)

    return guarded


def to_sign_in(destination: str) -> Response:
    """Redirect to whatever signs people in. ``destination``: path below the context path."""
    state = current_state()
    if state.faults.sso:
        back = url_for("signin.sso_return", _external=True, os_destination=destination)
        return redirect(f"{state.sso_url}/sso?return={quote(back, safe='')}")
    return redirect(url_for("signin.login", permissionViolation="true", os_destination=destination))


def to_destination(destination: str) -> Response:
    """Go on to a path of this Jira, never to another host."""
    inside = destination.startswith("/") and not destination.startswith(("//", "/\\"))
    return redirect(request.script_root + (destination if inside else "/"))


def signed_in_by_ticket(message: str) -> Page:
    """Take the one-use ticket of the single sign-on host and go on to where the person wanted to be.
    ``message``: the template that says it was used before."""
    state = current_state()
    with state.lock:
        name = state.tickets.pop(request.args.get("ticket", ""), "")
    if name not in USERS:
        text = "This sign-in ticket was used before."
        return render_template(message, title="Sign-in failed", text=text), 403
    start_session(USERS[name])
    return to_destination(request.args.get("os_destination", "/"))


@bp.get("/")
def front() -> Page:
    """The front page: what this is, who can sign in, and where to go."""
    return render_template("front.html", users=USERS.values())


@bp.get("/login.jsp")
def login() -> Page:
    """The sign-in page; with single sign-on in front, the way there."""
    destination = request.args.get("os_destination", "/")
    if current_state().faults.sso:
        return to_sign_in(destination)
    return render_template("login.html", destination=destination, problem="")


@bp.post("/login.jsp")
def login_answer() -> Page:
    """Sign in with user name and password."""
    destination = request.form.get("os_destination", "/")
    state = current_state()
    user = find_user(request.form.get("os_username", ""))
    right = user is not None and fits(state, user, request.form.get("os_password", ""))
    if user and not right:
        failed(state, user)
    if user is None or not right or user.name in state.faults.user_disabled:
        problem = "Sorry, your username and password are incorrect - please try again."
        return render_template("login.html", destination=destination, problem=problem), 200
    start_session(user)
    return to_destination(destination)


@bp.get("/sso/return")
def sso_return() -> Page:
    """Take the ticket of the single sign-on host."""
    return signed_in_by_ticket("message.html")


@bp.get("/secure/Logout!default.jspa")
@bp.get("/logout")
def logout() -> Page:
    """Sign the browser out."""
    session.clear()
    text = "You are now logged out. Any automatic login has also been stopped."
    return render_template("message.html", title="Log out", text=text)


def template_values() -> dict[str, Any]:
    """What every template can use."""
    return {
        "user": signed_in_user(),
        "form_token": form_token,
        "jira_version": current_state().faults.jira_version,
        "cloud_url": current_state().cloud_url,
    }
