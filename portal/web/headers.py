"""Security headers, one table for all answers."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Leaving for Jira is a page with a link, never a form, so form-action can stay 'self' (design, section 6).
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Same-origin, not no-referrer: browsers send "Origin: null" with forms of no-referrer pages.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
# Whoever has the address sees the page, which has no form: no search engine keeps it, and it goes along to
# nobody.
BY_LINK = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
OPEN_BY_LINK = frozenset({"guide.show"})
ASSETS = frozenset({"static", "bootstrap.static"})


def on_every_answer(*, https: bool) -> list[tuple[str, str]]:
    """The headers that every answer has, but for those it has itself."""
    strict = [("Strict-Transport-Security", "max-age=31536000")] if https else []
    return [*HEADERS.items(), *strict]


def set_up_headers(app: Flask, *, https: bool) -> None:
    """Put the headers on every answer that has no other one of that name; nothing but assets may be kept by a
    browser or proxy.

    The table is put on as the answer leaves: through Flask's own headers it takes a tenth of the time of a
    program's request.
    """
    everywhere, inner = on_every_answer(https=https), app.wsgi_app

    def leave(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            own = {name for name, _ in headers}
            return start_response(
                status, [*headers, *(one for one in everywhere if one[0] not in own)], *more
            )

        return inner(environ, start)

    app.wsgi_app = leave  # type: ignore[method-assign]

    @app.after_request
    def add(response: Response) -> Response:
        endpoint = request.endpoint
        if endpoint in OPEN_BY_LINK:
            response.headers.update(BY_LINK)
        if endpoint not in ASSETS:
            response.headers["Cache-Control"] = "no-store"
        return response
