"""Cross-site requests: a token bound to the browser session, and the browser's own word about the origin."""

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest

from portal.web.doors import by_program
from portal.web.place import settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def set_up_csrf(app: Flask) -> None:
    """Check origin, then token, on every request that is not safe.

    Only programs are exempt: they have no session that another site could use.
    """
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser session: a form left open overnight still works
        WTF_CSRF_SSL_STRICT=False,  # the origin is checked here, on http as well
        WTF_CSRF_CHECK_DEFAULT=False,  # asked below
    )
    tokens = CSRFProtect(app)

    @app.before_request
    def check() -> None:
        if request.endpoint is None or by_program() or request.method in SAFE_METHODS:
            return
        _check_origin()
        tokens.protect()


def _check_origin() -> None:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        raise BadRequest("cross-site request")
    origin = request.headers.get("Origin")
    if origin is not None and origin != settings().base_url:
        raise BadRequest("cross-site request")
