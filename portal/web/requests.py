"""What happens around every request: its id, its line in the log, the host it may ask for."""

import os
import time
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

from portal import logs, metrics
from portal.store import generations
from portal.web.doors import by_program
from portal.web.errors import OtherHost
from portal.web.headers import ASSETS

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
# Whoever watches the process asks by its IP address, and the page about the wrong address needs its style.
ANY_HOST = ASSETS | {"health.live", "health.ready", "metrics.show"}

_count = lru_cache(maxsize=4096)(metrics.REQUESTS.labels)
MET = "almoner.met"  # of what WSGI tells: a :class:`Met`


class Began:
    """A request that begins now: when (monotonic), and the id it is told and logged by."""

    __slots__ = ("at", "request_id")

    def __init__(self) -> None:
        self.at, self.request_id = time.monotonic(), os.urandom(16).hex()
        generations.begin()
        structlog.contextvars.bind_contextvars(request_id=self.request_id)  # in the place of the one before


@dataclass(frozen=True)
class Met:
    """What a request met that was begun past Flask, for Flask to tell."""

    began: Began
    error: Exception


def note(began: Began, method: str, rule: str | None, status: int) -> None:
    """Log and count a request that was answered.

    The rule, never the path or query: link tokens, verifiers and request tokens stand there.
    """
    seconds = time.monotonic() - began.at
    logs.request_line(began.request_id, method, rule, status, round(seconds, 3))
    known = method if method in METHODS else "other"  # strangers make names up
    _count(rule or "none", known, status).observe(seconds)


def set_up_requests(app: Flask, base_url: str) -> None:
    """Register the hooks; must be the first, so that every later refusal has an id and a log line."""
    host = urlsplit(base_url).netloc

    @app.before_request
    def begin() -> None:
        met: Met | None = request.environ.get(MET)
        began = met.began if met else Began()
        g.app, g.began, g.request_id = app, began, began.request_id
        if met:
            raise met.error
        if request.host != host and request.endpoint not in ANY_HOST:
            raise OtherHost

    @app.after_request
    def end(response: Response) -> Response:
        rule = request.url_rule.rule if request.url_rule else None
        note(g.began, request.method, rule, response.status_code)
        response.headers["X-Request-Id"] = g.request_id
        if not by_program():  # what a person took away, nobody is served any more when the page says so
            generations.wait_until_seen()
        return response
