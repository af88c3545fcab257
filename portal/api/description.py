"""The description of the interface for programs (OpenAPI 3.1)."""

import json
from functools import lru_cache

from flask import Response

from portal.api.door import api
from portal.api.openapi import document
from portal.web import access
from portal.web.place import settings

bp = api("openapi")


@bp.get("/openapi.json")
@access.public
def show() -> Response:
    """Where everything is, what it takes and what it answers; the same for everybody."""
    return Response(_text(settings().base_url), content_type="application/json")


@lru_cache(maxsize=1)
def _text(base_url: str) -> str:
    return json.dumps(document(base_url), indent=1) + "\n"
