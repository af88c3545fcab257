"""Files of issues: up, down, and what is known of them.

On Server the bytes lie below ``/secure/attachment``; on Cloud a redirect leads to another host (``media``).
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, redirect, request, send_file
from werkzeug.wrappers import Response as BaseResponse

from portal.sandbox.content import Attachment
from portal.sandbox.payloads_of_issues import attachment_json
from portal.sandbox.rest import (
    JiraError,
    asking_user,
    base_url,
    content,
    found_issue,
    prepare,
    require_user,
)
from portal.sandbox.state import current_state

bp = Blueprint("files", __name__, url_prefix="/secure")
prepare(bp)
bp.before_request(require_user)

LARGEST = 10 * 1024 * 1024
"""Jira's default."""
ALLOWED = ("no-check", "nocheck")


def attach(key: str) -> tuple[Response | str, int]:
    """Take the files of a form; without the header that no page of another site can send it is refused."""
    if request.headers.get("X-Atlassian-Token", "").lower() not in ALLOWED:
        return "XSRF check failed", 403
    found = found_issue(key)
    made = []
    for file in request.files.getlist("file"):
        sent = file.read(LARGEST + 1)
        if len(sent) > LARGEST:
            raise JiraError(413, f"The file '{file.filename}' is larger than {LARGEST} bytes.")
        made.append(
            Attachment(
                id=str(content().new_id()),
                issue_id=found.id,
                name=file.filename or "file",
                kind=file.mimetype or "application/octet-stream",
                content=sent,
                author=asking_user().name,
                created=datetime.now(UTC),
            )
        )
    content().attachments |= {file.id: file for file in made}
    content().done(asking_user(), "attachment.created", found.key)
    return jsonify([attachment_json(file) for file in made]), 200


def _file(file_id: str) -> Attachment:
    file = content().attachments.get(file_id)
    if file is None:
        raise JiraError(404, f"The attachment with id '{file_id}' does not exist")
    found_issue(file.issue_id)
    return file


def attachment(file_id: str) -> Response:
    """What is known of a file."""
    return jsonify(attachment_json(_file(file_id)))


def delete(file_id: str) -> tuple[str, int]:
    """Take a file away."""
    file = _file(file_id)
    del content().attachments[file.id]
    content().done(asking_user(), "attachment.deleted", found_issue(file.issue_id).key)
    return "", 204


def send(file: Attachment) -> Response:
    """The bytes of a file, or the part of them that is asked for."""
    return send_file(
        BytesIO(file.content),
        mimetype=file.kind,
        as_attachment=True,
        download_name=file.name,
        last_modified=file.created,
        etag=f"file-{file.id}",
    )


def cloud_content(file_id: str) -> BaseResponse:
    """Where the bytes are on Cloud: at another host, by an address that is good for whoever has it."""
    file = _file(file_id)
    if request.args.get("redirect") == "false":
        return send(file)
    state, token = current_state(), secrets.token_urlsafe(16)
    with state.lock:
        state.media_files[token] = file
    return redirect(f"{state.media_url}/file/{token}/binary", 303)


@bp.get("/attachment/<file_id>/<name>")
def server_content(file_id: str, name: str) -> Response:
    """The bytes on Server."""
    return send(_file(file_id))


@bp.get("/attachment/<file_id>")
def without_name(file_id: str) -> BaseResponse:
    """The address without the name leads to the one with it; not confirmed on a real Jira."""
    file = _file(file_id)
    return redirect(f"{base_url()}/secure/attachment/{file.id}/{quote(file.name, safe='')}")


ROUTES: dict[str, Any] = {
    "POST /issue/<key>/attachments": attach,
    "GET /attachment/<file_id>": attachment,
    "DELETE /attachment/<file_id>": delete,
}
CLOUD_ROUTES: dict[str, Any] = {"GET /attachment/content/<file_id>": cloud_content}
