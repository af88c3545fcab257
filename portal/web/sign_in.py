"""Who is signed in: Flask-Login over the portal's own sign-ins, and where to go after signing in."""

import re
from datetime import timedelta
from uuid import UUID

from flask import Flask, after_this_request, current_app, request, session
from flask_login import LoginManager, login_user, logout_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from portal.people import known_browsers, sign_ins
from portal.people.guessing import Origin
from portal.people.sign_ins import Limits, Visitor
from portal.secret import Secret
from portal.store.work import NOBODY, Work
from portal.web.doors import keep_up, take_keys
from portal.web.place import settings, store

# One slash, then a letter or digit; a single dot as link tokens have it; no scheme, host, backslash or
# percent sign in the path, so that no reader can take it for another host (T15).
LOCAL_PATH = re.compile(r"/[A-Za-z0-9][\w\-/]*(\.[\w\-]+)?(\?[\w\-=&%.]*)?", re.ASCII)
FIRST_STEP = "first_step"
# Pages on the way in: who has come in goes on from them, and is not led back.
ON_THE_WAY = frozenset({"", "signin.sign_in", "second_steps.code", "proofs.confirm"})


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


def origin() -> Origin:
    """By what this browser is counted when it tries a password, or asks for a reset link."""
    known = request.cookies.get(_cookie_of_known())
    return Origin(request.remote_addr or "", Secret(known) if known else None, settings().sign_in_tries)


def _cookie_of_known() -> str:
    return "__Host-almoner-known" if settings().https else "almoner-known"


def remember_browser(user_id: UUID) -> None:
    """Have this browser know that the person was here, so that guesses made elsewhere do not slow them."""
    token = known_browsers.make(store().vault, user_id)

    @after_this_request
    def give(response: Response) -> Response:
        response.set_cookie(
            _cookie_of_known(),
            token.reveal(),
            max_age=known_browsers.VALID_FOR,
            secure=settings().https,
            httponly=True,
            samesite="Lax",
        )
        return response


def enter(token: Secret) -> None:
    """Put the sign-in into a browser session that holds nothing of the one before (T19).

    Its cookie is signed by the key that seals now: a process that was not told yet of a promoted one would
    use a key that is retired once the sign-ins made before have ended.
    """
    keep_up(store())
    take_keys(current_app, store().vault)
    session.clear()
    visitor = _load(token.reveal())
    if visitor is not None:
        login_user(visitor)
        remember_browser(visitor.user_id)


def wait_for_code(token: Secret) -> None:
    """Keep the first step of a sign-in in a browser session that holds nothing else; it signs nobody in."""
    session.clear()
    session[FIRST_STEP] = token.reveal()


def first_step() -> Secret | None:
    """What :func:`wait_for_code` kept."""
    kept = session.get(FIRST_STEP)
    return Secret(kept) if kept else None


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
    return None if endpoint in ON_THE_WAY else text
