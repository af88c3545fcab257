"""One issue with the issues it is linked to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.jira.client import JiraClient
from portal.jira.issues import Issue, issue_fields, read_issue
from portal.jira.jql import quoted
from portal.jira.readers import expect_object, items, mapping, text
from portal.jira.search import raw_issues
from portal.jira.trouble import Code, JiraTrouble

LINKS = "issuelinks"
_MOST_LINKS = 200


@dataclass(frozen=True)
class Link:
    """A link to another issue; ``relation`` is how Jira reads it from here: “blocks”, “is blocked by”."""

    relation: str
    issue: Issue


def read_one(client: JiraClient, key: str, fields: Sequence[str] = ()) -> tuple[Issue, tuple[Link, ...]]:
    """The issue of a key. ``not_found`` trouble when it is gone or hidden from this identity.

    On Cloud it is searched for: that wants the permissions a board wants, where the call for one issue wants
    further ones. Search refuses a key it knows not as a bad request.
    """
    names = (*fields, LINKS)
    if client.is_cloud:
        found = _searched(client, key, names)
    else:
        query = {"fields": issue_fields(names, is_cloud=False)}
        found = expect_object(client.get(("rest", "api", "2", "issue", key), query), "an issue")
    return read_issue(found, fields), tuple(_links(mapping(found.get("fields"))))


def _searched(client: JiraClient, key: str, names: Sequence[str]) -> dict[str, Any]:
    try:
        found = items(raw_issues(client, f"key = {quoted(key)}", names).get("issues"))
    except JiraTrouble as trouble:
        if trouble.code is not Code.BAD_REQUEST:
            raise
        found = []
    if not found:
        raise JiraTrouble(Code.NOT_FOUND)
    return found[0]


def _links(given: dict[str, Any]) -> list[Link]:
    """Both directions; an end that Jira does not show is left out."""
    links = []
    for item in items(given.get(LINKS))[:_MOST_LINKS]:
        kind = mapping(item.get("type"))
        for direction, end in (("outward", "outwardIssue"), ("inward", "inwardIssue")):
            if other := mapping(item.get(end)):
                links.append(Link(text(kind, direction) or text(kind, "name"), read_issue(other, ())))
    return links
