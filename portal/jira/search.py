"""Searching issues on Jira Cloud: ``search/jql``, whose pages are found by token and which counts nothing.

It answers with ids only unless asked for more, and takes no query without a condition. Server has another
search (:mod:`portal.jira.found_issues`). Source: developer.atlassian.com, "Issue search".
"""

from collections.abc import Sequence
from typing import Any

from portal.jira.client import JiraClient
from portal.jira.issues import ISSUE_PAGE, Issue, Page, Start, issue_fields, read_issue
from portal.jira.readers import expect_object, items

SEARCH = ("rest", "api", "3", "search", "jql")
_LONGEST_TOKEN = 2000  # it travels in an address; those Atlassian gives are a tenth of this


def search(client: JiraClient, jql: str, fields: Sequence[str] = (), start: Start = 0) -> Page[Issue]:
    """One page of what a query finds; ``start`` is 0, or what the page before named as the next.

    Raises JiraTrouble as the client does.
    """
    answer = raw_issues(client, jql, fields, start)
    found = [read_issue(item, fields) for item in items(answer.get("issues"))[:ISSUE_PAGE]]
    return Page(found, start, _next(answer, start) if found else None, None)


def raw_issues(client: JiraClient, jql: str, fields: Sequence[str], start: Start = 0) -> dict[str, Any]:
    """The same page as Jira sent it."""
    query: dict[str, str | int] = {
        "jql": jql,
        "fields": issue_fields(fields, is_cloud=True),
        "maxResults": ISSUE_PAGE,
    }
    if start:
        query["nextPageToken"] = start
    return expect_object(client.get(SEARCH, query), "a page of found issues")


def _next(answer: dict[str, object], start: Start) -> str | None:
    """The token of the next page; None on the last, and where it would lead nowhere new."""
    token = answer.get("nextPageToken")
    if answer.get("isLast") is True or not isinstance(token, str) or token == start:
        return None
    return token if 0 < len(token) <= _LONGEST_TOKEN else None
