"""What may answer in place of Jira: sign-in pages, a proxy's own errors, a filter, another site."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, current_app, jsonify, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from portal.sandbox.state import State, current_state

_LOGIN = """<!doctype html><html><head><title>Company sign-in</title></head><body>
<form method="post" action="/login"><label>User <input name="user"></label>
<label>Password <input type="password" name="password"></label>
<button>Sign in</button></form></body></html>"""
_BLOCKED = """<!doctype html><html><head><title>Access denied</title></head><body><h1>Access denied</h1>
<p>Your IP address is not on the list of addresses that may open this page.</p></body></html>"""
_OTHER = """<!doctype html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>"""
# Its words are not confirmed on a real site.
_NOT_LISTED = (
    "The IP address has been rejected because it is not included in the allowlist. "
    "For more information, contact your administrator."
)


def _page(html: str, status: int) -> Response:
    return Response(html, status, content_type="text/html; charset=utf-8")


def _error(status: int, name: str) -> Response:
    """The page of a proxy whose Jira does not answer it."""
    title = f"{status} {name}"
    page = _page(
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
        status,
    )
    page.headers["Server"] = "nginx"
    return page


def _to_sign_in(state: State) -> BaseResponse:
    return redirect(f"{state.sso_url}/sso?return=elsewhere")


PAGES: dict[str, Callable[[State], BaseResponse]] = {
    "login_page": lambda _: _page(_LOGIN, 200),
    "login_redirect": _to_sign_in,
    "bad_gateway": lambda _: _error(502, "Bad Gateway"),
    "gateway_timeout": lambda _: _error(504, "Gateway Time-out"),
    "allow_list": lambda _: _page(_BLOCKED, 403),
    "other_page": lambda _: _page(_OTHER, 200),
}


def answer_in_front() -> BaseResponse | None:
    """What answers instead of Jira Server, or nothing (``None``)."""
    state = current_state()
    if state.faults.down:
        return _page(render_template("maintenance.html"), 503)
    if state.faults.in_front != "none":
        return PAGES[state.faults.in_front](state)
    return no_jira() if state.faults.not_jira else None


def answer_in_front_of_cloud() -> BaseResponse | tuple[Response, int] | None:
    """The same for Atlassian's hosts, which word the refusal of an address themselves."""
    faults, own = current_state().faults, current_app.extensions.get("site")
    if faults.in_front == "allow_list":
        return jsonify(code=403, message=_NOT_LISTED), 403
    return answer_in_front() or (no_jira() if own and own.name in faults.sites_removed else None)


def no_jira() -> Response:
    """A web server that has no such path."""
    return _page("<html><head><title>404 Not Found</title></head><body>Not Found</body></html>", 404)
