"""Cross-site requests: a token bound to the browser session, and the browser's own word about the origin."""

import secrets
from base64 import b64decode, urlsafe_b64encode

from flask import Flask, g, request
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.exceptions import BadRequest

from portal.web.doors import by_program
from portal.web.place import settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class MaskedTokens(CSRFProtect):  # type: ignore[misc]  # Flask-WTF has no types
    """Flask-WTF's check of a token, for tokens as :func:`form_token` gives them."""

    def _get_csrf_token(self) -> str | None:
        return _unmasked(super()._get_csrf_token() or "")


def set_up_csrf(app: Flask) -> None:
    """Check origin, then token, on every request that is not safe.

    Only programs are exempt: they have no session that another site could use.
    """
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser session: a form left open overnight still works
        WTF_CSRF_SSL_STRICT=False,  # the origin is checked here, on http as well
        WTF_CSRF_CHECK_DEFAULT=False,  # asked below
    )
    tokens = MaskedTokens(app)
    app.jinja_env.globals["csrf_token"] = form_token
    app.context_processor(lambda: {"csrf_token": form_token})  # after Flask-WTF's own, which it replaces

    @app.before_request
    def check() -> None:
        if request.endpoint is None or by_program() or request.method in SAFE_METHODS:
            return
        _check_origin()
        tokens.protect()


def form_token() -> str:
    """The token for the forms of this answer: the session's, under a pad that is used for one answer only.

    Where answers are compressed, their length tells which guess at a text stands in them a second time
    (BREACH). Of a token that looks different in each answer nothing can be guessed piece by piece. All
    forms of one answer have the same, which keeps it small.
    """
    if "form_token" not in g:
        token = generate_csrf().encode("ascii")
        pad = secrets.token_bytes(len(token))
        g.form_token = urlsafe_b64encode(pad + _under(pad, token)).decode("ascii")
    return str(g.form_token)


def _unmasked(sent: str) -> str | None:
    """The session's token in what :func:`form_token` gave; None for what it never gives."""
    try:
        both = b64decode(sent, altchars=b"-_", validate=True)
        return _under(both[: len(both) // 2], both[len(both) // 2 :]).decode("ascii")
    except ValueError:  # not base64, an odd number of bytes, no text: somebody made it up
        return None


def _under(pad: bytes, text: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(pad, text, strict=True))


def _check_origin() -> None:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        raise BadRequest("cross-site request")
    origin = request.headers.get("Origin")
    if origin is not None and origin != settings().base_url:
        raise BadRequest("cross-site request")
