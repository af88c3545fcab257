"""Writing each request down, and keeping each answer out of caches."""

from __future__ import annotations

from flask import Response, g, request

from portal.sandbox.journal import Entry
from portal.sandbox.misbehaviour import is_control
from portal.sandbox.state import current_state


def record() -> None:
    """Write the request down when it arrives."""
    state = current_state()
    g.journal = state.journal
    g.entry = Entry(
        at=state.now(),
        method=request.method,
        path=request.path,
        endpoint=request.endpoint or "not found",
        user_agent=request.headers.get("User-Agent", ""),
        host=request.host,
    )
    if not is_control():
        g.journal.begin(g.entry)


def finish(response: Response) -> Response:
    """Keep the answer out of caches, and note it."""
    response.headers["Cache-Control"] = "no-cache, no-store, no-transform"
    if not is_control():
        g.journal.end(g.entry, response.status_code)
    return response
