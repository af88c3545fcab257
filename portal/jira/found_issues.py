"""Issues by their keys, or by a word that was sent with them, on Server and on Cloud."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portal.jira.client import JiraClient
from portal.jira.issues import ISSUE_PAGE, Issue, issue_fields, read_issue
from portal.jira.jql import one_of, quoted
from portal.jira.readers import expect_object, items
from portal.jira.search import search
from portal.jira.trouble import Code, JiraTrouble

MOST_CALLS = 40
_KEY = re.compile(r"[A-Z][A-Z0-9_]*-[0-9]+")
LABELS, DESCRIPTION = "labels", "description"


def find(client: JiraClient, jql: str) -> list[Issue]:
    """The first page of what a query finds. Raises JiraTrouble as the client does."""
    if client.is_cloud:
        return search(client, jql).entries
    query: dict[str, str | int] = {
        "jql": jql,
        "fields": issue_fields((), is_cloud=False),
        "maxResults": ISSUE_PAGE,
    }
    answer = expect_object(client.get((*client.api, "search"), query), "a page of found issues")
    return [read_issue(item, ()) for item in items(answer.get("issues"))[:ISSUE_PAGE]]


@dataclass(frozen=True)
class Known:
    """Issues by the key that was asked for. ``unasked``: keys nothing is known of, for the calls were spent;
    of every other key that is missing, the issue is gone or hidden."""

    issues: dict[str, Issue]
    unasked: frozenset[str]


def issues_of(client: JiraClient, keys: Sequence[str]) -> Known:
    """The issues of these keys. A key that an issue moved away from still finds it.

    One call, unless some key is unknown: Jira refuses a query that names one. Those its answer names are left
    out then, and halves are asked for: by :data:`MOST_CALLS` calls at most. Raises JiraTrouble as the client
    does.
    """
    found: dict[str, Issue] = {}
    waiting = [tuple(keys)] if keys else []
    for asked in range(MOST_CALLS):
        if not waiting:
            break
        part = waiting.pop(0)
        try:
            issues = find(client, one_of("key", part))
        except JiraTrouble as trouble:
            if trouble.code is not Code.BAD_REQUEST:
                raise
            waiting = [*_without_unknown(part, trouble, is_first=not asked), *waiting]
            continue
        found |= {part[0]: issues[0]} if len(part) == 1 and issues else {issue.key: issue for issue in issues}
        waiting += [(key,) for key in part if key not in found and len(part) > 1]
    return Known(found, frozenset(key for part in waiting for key in part))


def _without_unknown(part: Sequence[str], trouble: JiraTrouble, *, is_first: bool) -> list[tuple[str, ...]]:
    """What to ask for next in the place of keys of which one is unknown; mostly it is only one of all."""
    if len(part) == 1:
        return []
    named = set(_KEY.findall(trouble.evidence.get("message", "").upper()))
    rest = tuple(key for key in part if key not in named)
    if is_first and len(rest) < len(part):
        return [rest] if rest else []
    half = (len(rest) + 1) // 2
    return [some for some in (rest[:half], rest[half:]) if some]


def by_marker(marker: str, field: str) -> str:
    """The query for the issue a marker was sent with; ``field`` is :data:`LABELS` or :data:`DESCRIPTION`."""
    if field == LABELS:
        return f"labels = {quoted(marker)}"
    return f"description ~ {quoted(quoted(marker))}"
