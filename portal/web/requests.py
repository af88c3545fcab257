"""What happens around every request: its id, its line in the log, the host it may ask for."""

import time
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

from portal.web.errors import OtherHost
from portal.web.headers import ASSETS

log = structlog.get_logger("almoner.request")
# Whoever watches the process asks by its IP address, and the page about the wrong address needs its style.
ANY_HOST = ASSETS | {"health.live", "health.ready"}


def set_up_requests(app: Flask, base_url: str) -> None:
    """Register the hooks; must be the first, so that every later refusal has an id and a log line."""
    host = urlsplit(base_url).netloc

    @app.before_request
    def begin() -> None:
        g.app, g.started, g.request_id = app, time.monotonic(), uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        if request.host != host and request.endpoint not in ANY_HOST:
            raise OtherHost

    @app.after_request
    def end(response: Response) -> Response:
        # The rule, never the path or query: link tokens, verifiers and request tokens stand there.
        log.info(
            "request",
            method=request.method,
            rule=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            seconds=round(time.monotonic() - g.started, 3),
        )
        response.headers["X-Request-Id"] = g.request_id
        return response
