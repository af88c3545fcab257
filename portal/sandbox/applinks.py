"""The REST interface of application links: making one with its incoming side, and taking it away.

Atlassian documents none of it; paths, bodies and the answer 201 are those that administrators' scripts use.
What is answered to a second link for the same address, or without ``Accept: application/json``, is not
confirmed on a real Jira.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from portal.sandbox.links import check_link
from portal.sandbox.rest import JiraError, asking_user, base_url, prepare, require_user
from portal.sandbox.state import Link, current_state

bp = Blueprint("applinks", __name__, url_prefix="/rest")


@bp.before_request
def open_or_not() -> None:
    """A switch takes the interface away or forbids it."""
    interface = current_state().faults.links_interface
    if interface == "not_found":
        abort(404)
    if interface == "forbidden":
        raise JiraError(403, "This interface is not open.")


prepare(bp)
bp.before_request(require_user)


@bp.before_request
def admins_only() -> None:
    """Everybody else is known, and refused."""
    if not asking_user().is_admin:
        raise JiraError(403, "You must be a Jira administrator to manage application links.")


def _body() -> dict[str, Any]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise JiraError(400, "The body is not a JSON object.")
    return given


def _made(path: str) -> Response:
    """The answer to what was made: where it is, as JSON where that is asked for."""
    href = f"{base_url()}{path}"
    if "application/json" in request.headers.get("Accept", ""):
        answer = jsonify({"resources-created": [{"href": href, "rel": "self"}], "status-code": 201})
    else:
        answer = Response(f'<status><link href="{href}" rel="self"/></status>', mimetype="application/xml")
    answer.status_code = 201
    return answer


@bp.put("/applinks/3.0/applicationlink")
@bp.put("/applinks/latest/applicationlink")
def make() -> Response:
    """A link of the generic type, with no incoming side yet."""
    body, state = _body(), current_state()
    name, url = str(body.get("name") or ""), str(body.get("rpcUrl") or "")
    if body.get("typeId") != "generic" or not name or not url.startswith(("http://", "https://")):
        raise JiraError(400, "typeId, name and rpcUrl are needed.")
    with state.lock:
        if any(link.url == url for link in state.links.values()):
            raise JiraError(409, f"There is already an application link to {url}.")
        link = Link(str(uuid.uuid4()), name, url)
        state.links[link.id] = link
        state.save()
    return _made(f"/rest/applinks/3.0/applicationlink/{link.id}")


@bp.put("/applinks-oauth/1.0/applicationlink/<link_id>/authentication/consumer")
def make_consumer(link_id: str) -> Response:
    """Its incoming side: consumer key, name and public key."""
    body, state = _body(), current_state()
    if body.get("outgoing") is not False:
        raise JiraError(400, "Only the incoming side can be made here.")
    with state.lock:
        link = replace(
            state.links.get(link_id) or abort(404),
            consumer_key=str(body.get("key") or ""),
            consumer_name=str(body.get("name") or ""),
            description=str(body.get("description") or ""),
            public_key=str(body.get("publicKey") or ""),
            two_lo_allowed=body.get("twoLOAllowed") is True,
        )
        problems = check_link(link, state)
        if problems:
            taken = "already" in problems.get("consumerKey", "")
            raise JiraError(409 if taken else 400, " ".join(problems.values()))
        state.links[link.id] = link
        state.save()
    return _made(f"/rest/applinks-oauth/1.0/applicationlink/{link_id}/authentication/consumer")


@bp.delete("/applinks/3.0/applicationlink/<link_id>")
def delete(link_id: str) -> tuple[str, int]:
    """Take a link away."""
    if link_id not in current_state().links:
        abort(404)
    current_state().remove_link(link_id)
    return "", 204
