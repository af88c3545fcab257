"""A page's address with a slash too many at its end, as people type it and other systems complete it."""

from flask import Flask, current_app, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from portal.web.doors import by_program

# What watches the portal is a program too. A callback URL that Jira was told wrongly has to be mended there.
EXACTLY = ("/healthz", "/readyz", "/metrics", "/oauth/")


def set_up_slashes(app: Flask) -> None:
    """Before every request: lead a person to the page that has this address but for the slash."""
    app.before_request(_to_page_without_slash)


def _to_page_without_slash() -> Response | None:
    """It is known from the routes alone and nothing is looked up, so a stranger learns nothing.

    Programs get no redirect: what one sends goes where it was sent, or nowhere.
    """
    path = request.path
    if request.url_rule is not None or not path.endswith("/") or request.method not in ("GET", "HEAD"):
        return None
    adapter = current_app.create_url_adapter(request)
    if adapter is None or by_program() or path.startswith(EXACTLY):
        return None
    try:
        endpoint, values = adapter.match(path.removesuffix("/"), method="GET")
    except HTTPException:  # a redirect is one too
        return None
    query = request.query_string.decode("ascii", "replace")
    return redirect(adapter.build(endpoint, values) + (f"?{query}" if query else ""), 308)
