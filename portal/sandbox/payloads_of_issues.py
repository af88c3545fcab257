"""What hangs on an issue as Jira writes it in JSON: comments, files, worklogs, links; and texts and times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from portal.sandbox import data
from portal.sandbox.adf import NoDocumentError, to_document, to_text
from portal.sandbox.content import Attachment, Comment, RemoteLink, Worklog
from portal.sandbox.people import USERS
from portal.sandbox.rest import JiraError, Json, api_url, api_version, base_url, is_cloud, person_json


def time_json(at: datetime | None) -> str | None:
    """A time with milliseconds and zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000") if at else None


def text_json(text: str) -> Any:
    """A text: plain up to version 2, a document from 3 on; ``None`` for an empty one."""
    if not text:
        return None
    return to_document(text) if api_version() == 3 else text


def text_of(value: Any, name: str) -> str:
    """The text that was sent as the value of a field. Raises ``JiraError``."""
    if value is None:
        return ""
    if api_version() == 3:
        try:
            return to_text(value)
        except NoDocumentError:
            told = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
            raise JiraError(400, "", {name: told}) from None
    if not isinstance(value, str):
        raise JiraError(400, "", {name: "Operation value must be a string"})
    return value


def comment_json(issue: data.Issue, comment: Comment) -> Json:
    """A comment."""
    answer: Json = {
        "self": f"{api_url()}/issue/{issue.id}/comment/{comment.id}",
        "id": comment.id,
        "author": person_json(USERS[comment.author]),
        "body": text_json(comment.body),
        "updateAuthor": person_json(USERS[comment.editor]),
        "created": time_json(comment.created),
        "updated": time_json(comment.updated),
    }
    return answer | ({"jsdPublic": True} if is_cloud() else {})


def comments_json(issue: data.Issue, comments: list[Comment]) -> Json:
    """The comments as a field of their issue."""
    rows = [comment_json(issue, comment) for comment in comments]
    return {"comments": rows, "maxResults": len(rows), "total": len(rows), "startAt": 0}


def attachment_json(file: Attachment) -> Json:
    """A file; where its bytes are differs between Server and Cloud."""
    own_url = f"{api_url()}/attachment/{file.id}"
    if is_cloud():
        where = f"{api_url()}/attachment/content/{file.id}"
    else:
        where = f"{base_url()}/secure/attachment/{file.id}/{quote(file.name, safe='')}"
    return {
        "self": own_url,
        "id": file.id,
        "filename": file.name,
        "author": person_json(USERS[file.author]),
        "created": time_json(file.created),
        "size": len(file.content),
        "mimeType": file.kind,
        "content": where,
    }


def worklog_json(issue: data.Issue, log: Worklog) -> Json:
    """Time that was spent."""
    hours, minutes = divmod(log.seconds // 60, 60)
    author = person_json(USERS[log.author])
    return {
        "self": f"{api_url()}/issue/{issue.id}/worklog/{log.id}",
        "id": log.id,
        "issueId": issue.id,
        "author": author,
        "updateAuthor": author,
        "comment": text_json(log.comment),
        "created": time_json(log.created),
        "updated": time_json(log.created),
        "started": log.started,
        "timeSpent": f"{hours}h {minutes}m",
        "timeSpentSeconds": log.seconds,
    }


def remote_link_json(issue: data.Issue, link: RemoteLink) -> Json:
    """A link to elsewhere."""
    answer: Json = {
        "id": link.id,
        "self": f"{api_url()}/issue/{issue.key}/remotelink/{link.id}",
        "globalId": link.global_id,
        "relationship": link.relationship,
        "application": {},
        "object": link.object,
    }
    return {name: value for name, value in answer.items() if value != ""}
