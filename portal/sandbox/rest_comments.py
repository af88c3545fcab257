"""What hangs on an issue, but for files: comments, time that was spent, links to elsewhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, request

from portal.sandbox import data
from portal.sandbox.content import Comment, RemoteLink, Worklog
from portal.sandbox.payloads_of_issues import (
    comment_json,
    remote_link_json,
    text_of,
    time_json,
    worklog_json,
)
from portal.sandbox.rest import (
    DONE,
    Answer,
    JiraError,
    Json,
    api_url,
    asking_user,
    body,
    content,
    found_issue,
    page,
    require_permission,
)

_SECONDS = {"w": 144_000, "d": 28_800, "h": 3600, "m": 60}
"""Jira's default: eight hours a day, five days a week."""


def add_comment(issue: data.Issue, sent: Any) -> Comment:
    """A new comment of the caller. Raises ``JiraError`` for an empty one."""
    user, now = asking_user().name, datetime.now(UTC)
    made = Comment(str(content().new_id()), user, _comment_text(sent), user, now, now)
    content().comments.setdefault(issue.id, []).append(made)
    content().done(asking_user(), "comment.created", issue.key)
    return made


def comment_with(issue: data.Issue, sent: Json) -> None:
    """The comments that come with another change."""
    update = sent.get("update")
    for operation in update.get("comment", []) if isinstance(update, dict) else []:
        add_comment(issue, operation.get("add", {}).get("body"))


def _comment_text(sent: Any) -> str:
    text = text_of(sent, "comment")
    if not text.strip():
        raise JiraError(400, "", {"comment": "Comment body can not be empty!"})
    return text


def _comment(issue: data.Issue, comment_id: str) -> Comment:
    for comment in content().comments.get(issue.id, []):
        if comment.id == comment_id:
            return comment
    raise JiraError(404, f"Can not find a comment for the id: {comment_id}.")


def comments(key: str) -> Response:
    """The comments of an issue, oldest first."""
    found = found_issue(key)
    rows = [comment_json(found, comment) for comment in content().comments.get(found.id, [])]
    return jsonify(page(rows, "comments"))


def comment(key: str, comment_id: str) -> Response:
    """One comment."""
    found = found_issue(key)
    return jsonify(comment_json(found, _comment(found, comment_id)))


def create_comment(key: str) -> tuple[Response, int]:
    """Say something about an issue."""
    found = found_issue(key)
    return jsonify(comment_json(found, add_comment(found, body().get("body")))), 201


def change_comment(key: str, comment_id: str) -> Response:
    """Say something else."""
    found = found_issue(key)
    changed = _comment(found, comment_id)
    changed.body = _comment_text(body().get("body"))
    changed.editor, changed.updated = asking_user().name, datetime.now(UTC)
    content().done(asking_user(), "comment.changed", found.key)
    return jsonify(comment_json(found, changed))


def delete_comment(key: str, comment_id: str) -> Answer:
    """Take a comment away."""
    found = found_issue(key)
    content().comments[found.id].remove(_comment(found, comment_id))
    content().done(asking_user(), "comment.deleted", found.key)
    return DONE


def worklogs(key: str) -> Response:
    """The time that was spent on an issue."""
    found = found_issue(key)
    rows = [worklog_json(found, log) for log in content().worklogs.get(found.id, [])]
    return jsonify(page(rows, "worklogs"))


def create_worklog(key: str) -> tuple[Response, int]:
    """Say that time was spent, in seconds or as ``1h 30m``."""
    found, sent = found_issue(key), body()
    now = datetime.now(UTC)
    started = str(sent.get("started") or time_json(now))
    comment = text_of(sent.get("comment"), "comment")
    made = Worklog(str(content().new_id()), asking_user().name, _seconds(sent), comment, started, now)
    content().worklogs.setdefault(found.id, []).append(made)
    content().done(asking_user(), "worklog.created", found.key)
    return jsonify(worklog_json(found, made)), 201


def _seconds(sent: Json) -> int:
    seconds = sent.get("timeSpentSeconds", 0)
    if "timeSpent" in sent:
        parts = re.findall(r"(\d+)([wdhm])", str(sent["timeSpent"]))
        seconds = sum(int(amount) * _SECONDS[unit] for amount, unit in parts)
    if type(seconds) is not int or seconds < 60:
        raise JiraError(400, "", {"timeLogged": "You must indicate the time spent working."})
    return seconds


def remote_links(key: str) -> Response:
    """The links of an issue to elsewhere; the one with ``globalId`` where that is asked for."""
    found, wanted = found_issue(key), request.args.get("globalId")
    links = content().links.get(found.id, [])
    if wanted:
        return jsonify(remote_link_json(found, _link_by(links, global_id=wanted)))
    return jsonify([remote_link_json(found, link) for link in links])


def _link_by(links: list[RemoteLink], **wanted: Any) -> RemoteLink:
    [(name, value)] = wanted.items()
    for link in links:
        if getattr(link, name) == value:
            return link
    raise JiraError(404, "The remote issue link does not exist.")


def remote_link(key: str, link_id: int) -> Response:
    """One link."""
    found = found_issue(key)
    return jsonify(remote_link_json(found, _link_by(content().links.get(found.id, []), id=link_id)))


def set_remote_link(key: str) -> tuple[Response, int]:
    """Make a link, or change the one with the same ``globalId``."""
    found, sent = found_issue(key), body()
    require_permission("LINK_ISSUES")
    links = content().links.setdefault(found.id, [])
    shown = _object(sent)
    known = [link for link in links if link.global_id and link.global_id == sent.get("globalId")]
    link = known[0] if known else RemoteLink(content().new_id(), str(sent.get("globalId", "")), shown)
    link.object, link.relationship = shown, str(sent.get("relationship", ""))
    if not known:
        links.append(link)
    content().done(asking_user(), "link.changed" if known else "link.created", found.key)
    own_url = f"{api_url()}/issue/{found.key}/remotelink/{link.id}"
    return jsonify({"id": link.id, "self": own_url}), 200 if known else 201


def _object(sent: Json) -> Json:
    shown = sent.get("object")
    if not isinstance(shown, dict) or not shown.get("url") or not shown.get("title"):
        raise JiraError(400, "", {"title": "'title' is required.", "url": "'url' is required."})
    return shown


def delete_remote_link_by_global_id(key: str) -> Answer:
    """Take the link with this ``globalId`` away."""
    found, wanted = found_issue(key), request.args.get("globalId")
    if not wanted:
        raise JiraError(400, "'globalId' is required.")
    require_permission("LINK_ISSUES")
    links = content().links.get(found.id, [])
    links.remove(_link_by(links, global_id=wanted))
    content().done(asking_user(), "link.deleted", found.key)
    return DONE


def delete_remote_link(key: str, link_id: int) -> Answer:
    """Take a link away."""
    found = found_issue(key)
    links = content().links.get(found.id, [])
    links.remove(_link_by(links, id=link_id))
    content().done(asking_user(), "link.deleted", found.key)
    return DONE


COMMENT, LINK = "/issue/<key>/comment/<comment_id>", "/issue/<key>/remotelink/<int:link_id>"
ROUTES: dict[str, Any] = {
    "GET /issue/<key>/comment": comments,
    "POST /issue/<key>/comment": create_comment,
    f"GET {COMMENT}": comment,
    f"PUT {COMMENT}": change_comment,
    f"DELETE {COMMENT}": delete_comment,
    "GET /issue/<key>/worklog": worklogs,
    "POST /issue/<key>/worklog": create_worklog,
    "GET /issue/<key>/remotelink": remote_links,
    "POST /issue/<key>/remotelink": set_remote_link,
    "DELETE /issue/<key>/remotelink": delete_remote_link_by_global_id,
    f"GET {LINK}": remote_link,
    f"DELETE {LINK}": delete_remote_link,
}
