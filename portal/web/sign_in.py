"""Who is signed in: Flask-Login over the portal's own sign-ins, and where to go after signing in."""

import re
from datetime import timedelta

from flask import Flask, current_app, request, session
from flask_login import LoginManager, login_user, logout_user
from werkzeug.exceptions import HTTPException

from portal.people import sign_ins
from portal.people.sign_ins import Limits, Visitor
from portal.secret import Secret
from portal.store.work import NOBODY, Work
from portal.web.place import settings, store

# One slash, then a letter or digit; a single dot as link tokens have it; no scheme, host, backslash or
# percent sign in the path, so that no reader can take it for another host (T15).
LOCAL_PATH = re.compile(r"/[A-Za-z0-9][\w\-/]*(\.[\w\-]+)?(\?[\w\-=&%.]*)?", re.ASCII)


def set_up_sign_in(app: Flask) -> None:
    """Let ``current_user`` be the :class:`Visitor` whose token the browser's session holds.

    Flask-Login's session protection is off: addresses change under way, and the row of the sign-in decides
    whether it still holds.
    """
    manager = LoginManager()
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app)


def _load(token: str) -> Visitor | None:
    return sign_ins.find(Work(store(), None, NOBODY), Secret(token), limits())


def limits() -> Limits:
    """How long a sign-in lasts, from the settings."""
    found = settings()
    return Limits(timedelta(minutes=found.sign_in_idle_minutes), timedelta(hours=found.sign_in_hours))


def browser() -> tuple[str, str]:
    """User agent and address of this request, to be kept with a sign-in."""
    return request.headers.get("User-Agent", ""), request.remote_addr or ""


def enter(token: Secret) -> None:
    """Put the sign-in into a browser session that holds nothing of the one before (T19)."""
    session.clear()
    visitor = _load(token.reveal())
    if visitor is not None:
        login_user(visitor)


def leave() -> None:
    """Empty the browser's session; its form tokens end with it."""
    logout_user()
    session.clear()


def local_path(text: str | None) -> str | None:
    """``text`` when it is the path of a page of this portal, else None (T15)."""
    if text is None or not LOCAL_PATH.fullmatch(text):
        return None
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, _ = adapter.match(text.partition("?")[0], method="GET") if adapter else ("", {})
    except HTTPException:
        return None
    return text if endpoint not in ("", "signin.sign_in") else None
