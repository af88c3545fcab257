"""``/jira/{builds,deployments,featureflags,devinfo}/0.1/cloud/<cloudId>``: what tools send to a site.

They may send and not read: support.atlassian.com, "Integrate with self-hosted tools using OAuth". That the
paths of feature flags and development information are these is not confirmed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from portal.sandbox.cloud import development, taking
from portal.sandbox.cloud.bearer import ForbiddenError, UnauthorizedError, shown_token
from portal.sandbox.cloud.credential_rows import Credentials2LO
from portal.sandbox.cloud.credentials_2lo import bearer
from portal.sandbox.cloud.delivered import Call, Item
from portal.sandbox.cloud.delivery_faults import refusal_before, spoilt, wait
from portal.sandbox.cloud.places import site_of
from portal.sandbox.cloud.taking import KINDS, BodyError, Taker
from portal.sandbox.state import State, current_state

bp = Blueprint("deliveries", __name__, url_prefix="/jira")

PREFIX = "/<any(builds, deployments, featureflags, devinfo):kind>/0.1/cloud/<cloud_id>"


@dataclass
class Outcome:
    """How a call is answered, and what the record keeps of it."""

    response: BaseResponse
    items: list[Item] = field(default_factory=list)
    taker: Taker | None = None


def _told(status: int, message: str) -> Response:
    """An answer of Atlassian's front, before Jira looks."""
    response = jsonify(code=status, message=message)
    response.status_code = status
    return response


def _refused(kind: str, status: int, message: str) -> Response:
    """An answer of Jira's; development information has an older interface than the rest."""
    messages = [{"message": message}]
    response = jsonify({"errorMessages": messages} if kind == "devinfo" else messages)
    response.status_code = status
    return response


@bp.post(f"{PREFIX}/bulk")
def bulk(kind: str, cloud_id: str) -> BaseResponse:
    """Take a list of things; 202 tells of each what became of it."""
    state = current_state()
    body = request.get_data()
    if not wait(state):
        return _told(503, "Service Unavailable")
    with state.lock:
        refusal = refusal_before(state)
        outcome = Outcome(refusal) if refusal else _outcome(state, kind, cloud_id, body)
        outcome.items = outcome.items or _named(kind, body)
        _record(state, kind, outcome)
    return spoilt(state.faults.deliveries_answer, outcome.response) if outcome.taker else outcome.response


def _outcome(state: State, kind: str, cloud_id: str, body: bytes) -> Outcome:
    try:
        by = bearer(state)
    except UnauthorizedError:
        return Outcome(_told(401, "Unauthorized"))
    except ForbiddenError:
        return Outcome(_told(403, "Forbidden"))
    refused = _refused_at(state, by, kind, cloud_id, len(body))
    if refused:
        return Outcome(refused)
    try:
        taker = _taken(state, by, kind, body)
    except BodyError as problem:
        return Outcome(_refused(kind, 400, str(problem)))
    response = jsonify(_answer(state, kind, taker))
    response.status_code = 202
    return Outcome(response, taker.items, taker)


def _refused_at(state: State, by: Credentials2LO, kind: str, cloud_id: str, size: int) -> BaseResponse | None:
    """Why these credentials may not send this there; ``None`` when they may."""
    faults, site = state.faults, site_of(cloud_id)
    if faults.deliveries_site == "renamed":
        port = urlsplit(state.cloud_url).port
        return redirect(f"http://127.0.0.1:{port}{request.path}", 302)
    is_gone = faults.deliveries_site == "gone" or by.site in faults.sites_removed
    if site is None or site.name != by.site or is_gone:
        return _told(404, "Not Found")
    if kind not in by.permissions or kind in faults.deliveries_not_permitted:
        return _told(403, "Forbidden")
    if size > faults.deliveries_most_bytes:
        return _refused(kind, 413, "Data is too large. Submit fewer items in each payload")
    return None


def _taken(state: State, by: Credentials2LO, kind: str, body: bytes) -> Taker:
    """Raises ``BodyError``."""
    content = _read(body)
    known = not state.faults.deliveries_keys_unknown
    taker = Taker(by, kind, state.delivered, known)
    rows = taking.listed(content, KINDS[kind].items if kind in KINDS else "repositories")
    _check_around(content)
    if kind in KINDS:
        taking.take(taker, KINDS[kind], rows)
    else:
        development.check(rows)
        development.take(taker, rows)
    return taker


def _read(body: bytes) -> Any:
    try:
        return json.loads(body) if request.is_json else None
    except (ValueError, RecursionError):
        raise BodyError("Request has incorrect format: it cannot be read as JSON") from None


def _check_around(content: dict[str, Any]) -> None:
    """Raises ``BodyError`` for properties that things cannot have."""
    properties = content.get("properties") or {}
    if not isinstance(properties, dict) or len(properties) > 5:
        raise BodyError("'properties' must be an object of at most 5 properties")
    for name, value in properties.items():
        if ":" in name or name.startswith("_") or not isinstance(value, str) or len(value) > 255:
            raise BodyError(f"'properties' has an invalid property '{name}'")
    if not isinstance(content.get("providerMetadata") or {}, dict):
        raise BodyError("'providerMetadata' must be an object")


def _answer(state: State, kind: str, taker: Taker) -> dict[str, Any]:
    told = taker
    if state.faults.deliveries_answer == "one_not_named":
        last = -1 if taker.accepted else None
        rejected = taker.rejected if taker.accepted else taker.rejected[:-1]
        told = Taker(taker.by, kind, taker.delivered, accepted=taker.accepted[:last], rejected=rejected)
        told.unknown, told.unknown_associations = taker.unknown, taker.unknown_associations
    return taking.answer(told, KINDS[kind]) if kind in KINDS else development.answer(told)


def _named(kind: str, body: bytes) -> list[Item]:
    """What a call that was refused would have brought, as far as that can be read."""
    try:
        content = _read(body)
        if kind in KINDS:
            one = KINDS[kind]
            return [Item(one.key(row), row.get(one.sequence)) for row in taking.listed(content, one.items)]
        rows = taking.listed(content, "repositories")
    except BodyError:
        return []
    return [Item({"repositoryId": row.get("id")}, row.get("updateSequenceId")) for row in rows]


def _record(state: State, kind: str, outcome: Outcome) -> None:
    answer = state.faults.deliveries_answer if outcome.taker else "good"
    status, unknown = outcome.response.status_code, outcome.taker.unknown if outcome.taker else []
    token = state.cloud.tokens_2lo.get(shown_token())
    by = token.client_id if token else ""
    call = Call(state.now(), request.path, kind, by, status, answer, outcome.items, unknown)
    state.delivered.keep(call, outcome.taker.states if outcome.taker else [])


@bp.get("/builds/0.1/cloud/<cloud_id>/pipelines/<path:rest>")
@bp.get("/deployments/0.1/cloud/<cloud_id>/pipelines/<path:rest>")
@bp.get("/featureflags/0.1/cloud/<cloud_id>/flag/<path:rest>")
@bp.get("/devinfo/0.1/cloud/<cloud_id>/repository/<path:rest>")
def read_back(cloud_id: str, rest: str) -> Response:
    """Reading is for apps of Atlassian's Marketplace; credentials of a site only send."""
    try:
        bearer(current_state())
    except UnauthorizedError:
        return _told(401, "Unauthorized")
    except ForbiddenError:
        pass
    return _told(403, "Forbidden")
