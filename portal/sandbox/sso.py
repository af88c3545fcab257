"""A single sign-on host of its own: another origin that a browser is sent to and comes back from."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.sandbox.passwords import fits
from portal.sandbox.people import find_user
from portal.sandbox.state import State


def create_sso_app(state: State) -> Flask:
    """Make the sign-on host. It hands out tickets that ``signin.sso_return`` takes once."""
    app = Flask(__name__)

    @app.get("/sso")
    def form() -> str | tuple[str, int]:
        back = request.args.get("return", "")
        if not _is_return(back):
            return "This sign-on host only serves the practice Jira.", 400
        return render_template("sso.html", back=back, problem="")

    @app.post("/sso")
    def sign_in() -> Response | str | tuple[str, int]:
        back = request.form.get("return", "")
        if not _is_return(back):
            return "This sign-on host only serves the practice Jira.", 400
        user = find_user(request.form.get("username", ""))
        right = user is not None and fits(state, user, request.form.get("password", ""))
        if user is None or not right or user.name in state.faults.user_disabled:
            return render_template("sso.html", back=back, problem="User name or password is wrong."), 200
        ticket = secrets.token_urlsafe(24)
        with state.lock:
            state.tickets[ticket] = user.name
        return redirect(f"{back}&ticket={ticket}")

    return app


def _is_return(url: str) -> bool:
    """Whether a URL is the practice Jira's own way back; it runs on loopback names only."""
    parts = urlsplit(url)
    return parts.hostname in ("localhost", "127.0.0.1") and parts.path.endswith("/sso/return")
