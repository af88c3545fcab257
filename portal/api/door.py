"""What every address for programs is made of: its blueprint, and reading what a program sent."""

from flask import Blueprint, request
from werkzeug.exceptions import RequestEntityTooLarge

from portal.api.bodies import NO_CODING, is_coded, reading
from portal.config import LONGEST_API_BODY
from portal.web.documents import Problem
from portal.web.program_access import refuse_key_in

PREFIX = "/api/v1"
JSON = "application/json"


def api(name: str) -> Blueprint:
    """A blueprint of addresses for programs; its views carry ``access.program(…)``."""
    return Blueprint(name, "portal", url_prefix=PREFIX)


def json_body() -> bytes:
    """The JSON a program sent, unread, at most :data:`~portal.config.LONGEST_API_BODY` bytes of it.

    Raises :class:`Problem` where it was not sent as JSON, or nothing was; 413 for more, ``KeyMisplaced``
    where a program key stands in it, since what is delivered people read, and what
    :func:`~portal.api.bodies.reading` does.
    """
    if is_coded():
        raise Problem("wrong-content-type", headers=NO_CODING)
    if request.mimetype != JSON:
        raise Problem("wrong-content-type", headers={"Accept": JSON})
    with reading():
        body = request.get_data(cache=False)
    if len(body) > LONGEST_API_BODY:
        raise RequestEntityTooLarge
    refuse_key_in(body, "body")
    if not body:
        raise Problem("body-missing")
    return body
