"""What each Jira holds, as JSON for tests; beside the switches."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify

from portal.sandbox.cloud.places import SITES
from portal.sandbox.content import Attachment, Content
from portal.sandbox.state import current_state

bp = Blueprint("content_control", __name__, url_prefix="/sandbox")

PLACES = {"server": ""} | {site.name: site.cloud_id for site in SITES}


@bp.get("/content/<place>")
def show(place: str) -> Response:
    """All of ``server`` or of a site: issues by key, sprints by id, and in order who changed what."""
    if place not in PLACES:
        abort(404)
    held = current_state().content(PLACES[place])
    with held.lock:
        return jsonify(
            issues={issue.key: _issue(held, asdict(issue), issue.id) for issue in held.issues},
            rank=[issue.key for issue in held.issues],
            sprints={str(sprint.id): asdict(sprint) for sprint in held.sprints},
            deeds=[asdict(deed) for deed in held.deeds],
        )


def _issue(held: Content, values: dict[str, Any], issue_id: str) -> dict[str, Any]:
    files = [file for file in held.attachments.values() if file.issue_id == issue_id]
    return {name: value for name, value in values.items() if name != "project"} | {
        "comments": [asdict(one) for one in held.comments.get(issue_id, [])],
        "worklogs": [asdict(one) for one in held.worklogs.get(issue_id, [])],
        "links": [asdict(one) for one in held.links.get(issue_id, [])],
        "attachments": [_file(file) for file in files],
    }


def _file(file: Attachment) -> dict[str, Any]:
    """Its bytes by their digest."""
    digest = hashlib.sha256(file.content).hexdigest()
    values = {"id": file.id, "name": file.name, "kind": file.kind, "author": file.author}
    return values | {"size": len(file.content), "sha256": digest}
