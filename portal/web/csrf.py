"""Cross-site requests: a token bound to the browser session, and the browser's own word about the origin."""

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest

from portal.web.place import settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def set_up_csrf(app: Flask) -> None:
    """Check origin, then token, on every request that is not safe. No view is exempt."""
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser session: a form left open overnight still works
        WTF_CSRF_SSL_STRICT=False,  # the origin is checked here, on http as well
    )
    app.before_request(_check_origin)
    CSRFProtect(app)


def _check_origin() -> None:
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        raise BadRequest("cross-site request")
    origin = request.headers.get("Origin")
    if origin is not None and origin != settings().base_url:
        raise BadRequest("cross-site request")
