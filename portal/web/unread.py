"""What is told of bytes that the server cannot read as a request: gunicorn would repeat them in its answer
and its log, and a program's key or the token of a link may stand in them."""

import structlog
from flask import Flask
from gunicorn.http.errors import (
    ExpectationFailed,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)

from portal.web.documents import Problem, document

log = structlog.get_logger("almoner.server")

LONGEST_LINE = 8190  # the most that gunicorn can take
# Detail and remedy of what can be said of a request nobody has read.
SAID = {
    LimitRequestLine: (
        f"Its first line, which is method, path and query, has more than {LONGEST_LINE} bytes.",
        "Send what is long in the body: Jira takes a search as a POST to rest/api/2/search, and Jira Cloud "
        "to rest/api/3/search/jql.",
    ),
    LimitRequestHeaders: ("One of its headers is too long, or it has too many headers.", None),
    ExpectationFailed: ("The header Expect asks for something other than 100-continue.", None),
}
_OURS = (InvalidResponseHeader, InvalidResponseHeaderName)  # the answer could not be sent
_HEADERS = {"Connection": "close", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def answer(app: Flask, error: Exception) -> bytes:
    """The whole answer, for programs and people alike: whose request it would have been, nobody knows."""
    if isinstance(error, ParseException) and not isinstance(error, _OURS):
        log.warning("request_unread", error=type(error).__name__)
        problem = Problem("request-unreadable", *SAID.get(type(error), ()))
    else:
        log.error("request_failed", exc_info=error)
        problem = Problem("unexpected")
    with app.app_context():
        told = document(problem)
    body = told.get_data()
    headers = {**told.headers, **_HEADERS, "Content-Length": str(len(body))}
    lines = [f"HTTP/1.1 {told.status}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body
