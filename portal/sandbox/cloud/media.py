"""The host that has the bytes of files of Cloud. Who asks does not count, only the address given out."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from portal.sandbox.rest_attachments import send
from portal.sandbox.state import current_state

bp = Blueprint("media", __name__)


@bp.get("/file/<token>/binary")
def binary(token: str) -> Response:
    """The bytes."""
    return send(current_state().media_files.get(token) or abort(404))
