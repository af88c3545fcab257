"""Builds, deployments, feature flags and development information from programs (mission rows D2, D3, D5)."""

import json
from typing import Any
from uuid import UUID

from flask import Response, request

from portal import clock
from portal.api.door import api, json_body
from portal.config import LONGEST_IDEMPOTENCY_KEY
from portal.deliveries import accepting
from portal.deliveries.accepting import OtherRequest
from portal.deliveries.data_kinds import DATA_KINDS
from portal.deliveries.items import ItemsRefused, NotJson, read_items
from portal.deliveries.one import delivery_of
from portal.errors import Refused
from portal.programs.keys import WRITE_DELIVERIES
from portal.web import access
from portal.web.documents import Problem
from portal.web.place import program, work

bp = api("deliveries_api")


@bp.post("/alm-accounts/<uuid:account_id>/<any('builds','deployments','feature-flags','development'):data>")
@access.program(WRITE_DELIVERIES)
def accept(account_id: UUID, data: str) -> Response:
    """Take one item or up to a thousand: all of them, and durably, or none."""
    kind, name, body = DATA_KINDS[data], _idempotency_key(), json_body()
    try:
        items = read_items(kind, body, clock.now())
    except ItemsRefused as refused:
        raise _refused(refused) from None
    digest = accepting.digest(account_id, data, body=body)
    asked = accepting.Request(program().key_id, digest, name)
    try:
        taken = accepting.accept(work(), account_id, kind, items, asked)
    except OtherRequest:
        raise Problem("idempotency-key-reused") from None
    except Refused as refusal:
        raise Problem("account-not-ready", str(refusal)) from None
    return _json(202, accepting.as_answer(taken))


@bp.get("/deliveries/<uuid:delivery_id>")
@access.program(WRITE_DELIVERIES)
def show(delivery_id: UUID) -> Response:
    """How a delivery stands, and what Jira said of it."""
    return _json(200, delivery_of(work(), delivery_id, program().account_ids))


def _json(status: int, content: Any) -> Response:
    return Response(json.dumps(content) + "\n", status, content_type="application/json")


def _idempotency_key() -> str | None:
    """The program's name for this request (IETF draft "The Idempotency-Key HTTP Header Field")."""
    name = request.headers.get("Idempotency-Key")
    if name is None:
        return None
    if not 1 <= len(name) <= LONGEST_IDEMPOTENCY_KEY or not name.isascii() or not name.isprintable():
        raise Problem("idempotency-key-unusable")
    return name


def _refused(refused: ItemsRefused) -> Problem:
    errors = [
        {"pointer": one.pointer, "detail": one.detail, "remedy": one.remedy} for one in refused.complaints
    ]
    if isinstance(refused, NotJson):
        return Problem("body-broken", refused.complaints[0].detail, errors=errors)
    return Problem("items-invalid", errors=errors)
