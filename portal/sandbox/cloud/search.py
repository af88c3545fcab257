"""``search/jql``: pages by token, no total, bounded queries only, and only the id unless asked for more."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Any

from flask import Response, jsonify, request

from portal.sandbox import data, jql
from portal.sandbox.payloads import issue_json
from portal.sandbox.rest import JiraError, Json, content, viewer

GONE = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at "
    "https://developer.atlassian.com/changelog/#CHANGE-2046"
)
LARGEST_PAGE = 5000


def search() -> Response:
    """One page of what a query finds, by query or by JSON body."""
    asked = _asked()
    query = asked["jql"]
    if not re.split(r"\border\s+by\b", query, maxsplit=1, flags=re.IGNORECASE)[0].strip():
        raise JiraError(
            400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
        )
    found = jql.search(query, content().visible_issues(viewer()), viewer())
    start = _start(query, asked["nextPageToken"])
    shown = found[start : start + asked["maxResults"]]
    end = start + len(shown)
    answer: Json = {
        "issues": [_shown(issue, asked["fields"]) for issue in shown],
        "isLast": end >= len(found),
    }
    if end < len(found):
        answer["nextPageToken"] = _page_token(query, end)
    return jsonify(answer)


def _asked() -> dict[str, Any]:
    given = request.get_json() if request.method == "POST" else request.args.to_dict()
    if request.method == "GET":
        given["fields"] = ",".join(request.args.getlist("fields"))
    elif not isinstance(given, dict) or not _all_text(given.get("fields", [])):
        raise JiraError(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    else:
        given["fields"] = ",".join(given.get("fields", []))
    size = str(given.get("maxResults", 50))
    if not (size.isascii() and size.isdigit() and 0 < int(size) <= LARGEST_PAGE):
        raise JiraError(400, f"'maxResults' must be between 1 and {LARGEST_PAGE}.")
    return {
        "jql": str(given.get("jql", "")),
        "fields": given["fields"] or "id",
        "maxResults": int(size),
        "nextPageToken": str(given.get("nextPageToken") or ""),
    }


def _all_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _shown(issue: data.Issue, wanted: str) -> Json:
    return {"id": issue.id} if wanted == "id" else issue_json(issue, wanted)


def _page_token(query: str, start: int) -> str:
    digest = hashlib.sha256(query.encode()).hexdigest()[:16]
    return base64.urlsafe_b64encode(f"{start}.{digest}".encode()).decode()


def _start(query: str, token: str) -> int:
    """Where the page begins; a token belongs to the query it was given for."""
    if not token:
        return 0
    try:
        start = int(base64.urlsafe_b64decode(token).partition(b".")[0])
    except (binascii.Error, ValueError):
        start = -1
    if start < 0 or _page_token(query, start) != token:
        raise JiraError(400, "The provided next page token is invalid or expired.")
    return start
