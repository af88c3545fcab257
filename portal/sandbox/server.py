"""The HTTP server: loopback only, dated by the practice Jira's own clock, and no query in its log."""

from __future__ import annotations

import socket
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from portal.sandbox.state import State


class Handler(WSGIRequestHandler):
    """Answers one request; ``listen`` makes a subclass that knows the state."""

    state: State

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The ``Date`` header, by Jira's clock."""
        return formatdate(self.state.now() if timestamp is None else timestamp, usegmt=True)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log without the query string: it carries OAuth tokens."""
        path = getattr(self, "path", "").split("?", 1)[0]
        self.log("info", '"%s %r" %s %s', self.command, path, code, size)


def _has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def listen(port: int, app: Callable[..., Any], state: State) -> list[BaseWSGIServer]:
    """Bind what ``localhost`` means: 127.0.0.1, and ::1 where there is IPv6. ``port`` 0 takes a free one.

    Ends the program with a sentence when the port is taken.
    """
    handler = type("BoundHandler", (Handler,), {"state": state})
    servers = [make_server("127.0.0.1", port, app, threaded=True, request_handler=handler)]
    if _has_ipv6_loopback():
        chosen = servers[0].server_port
        servers.append(make_server("::1", chosen, app, threaded=True, request_handler=handler))
    return servers
