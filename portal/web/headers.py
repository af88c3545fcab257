"""Security headers, one table for all answers."""

from flask import Flask, request
from werkzeug.wrappers import Response

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
ASSETS = frozenset({"static", "bootstrap.static"})


def set_up_headers(app: Flask, *, https: bool) -> None:
    """Put the headers on every answer; nothing but assets may be kept by a browser or proxy."""

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.update(HEADERS)
        if request.endpoint not in ASSETS:
            response.headers["Cache-Control"] = "no-store"
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response
