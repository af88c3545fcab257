"""A small part of JQL: conditions joined by AND, with ``=``, ``!=``, ``[not] in``, ``is [not] EMPTY``."""

from __future__ import annotations

import re
from collections.abc import Callable

from portal.sandbox import data
from portal.sandbox.people import User
from portal.sandbox.rest import JiraError

FIELDS: dict[str, Callable[[data.Issue], str]] = {
    "project": lambda issue: issue.project.key,
    "key": lambda issue: issue.key,
    "issuekey": lambda issue: issue.key,
    "issuetype": lambda issue: issue.kind,
    "type": lambda issue: issue.kind,
    "status": lambda issue: data.STATUSES[issue.status][0],
    "assignee": lambda issue: issue.assignee,
    "sprint": lambda issue: str(issue.sprint or ""),
    "parent": lambda issue: issue.epic_key or "",
    "epic link": lambda issue: issue.epic_key or "",
}

_CONDITION = re.compile(
    r"""\s*(?:"(?P<quoted>[^"]+)"|(?P<name>\w+))\s*
        (?P<operator>!=|=|not\s+in\b|in\b|is\s+not\b|is\b)\s*
        (?P<value>\([^)]*\)|"[^"]*"|'[^']*'|[\w.-]+(?:\(\))?)\s*""",
    re.IGNORECASE | re.VERBOSE,
)


def search(query: str, issues: list[data.Issue], user: User) -> list[data.Issue]:
    """The issues a query finds, in rank order (``ORDER BY`` is read and rank kept).

    Raises ``JiraError`` with Jira's wording for what is not understood.
    """
    where = re.split(r"\border\s+by\b", query, maxsplit=1, flags=re.IGNORECASE)[0]
    position = 0
    while where[position:].strip():
        condition = _CONDITION.match(where, position)
        if not condition:
            raise JiraError(
                400, f"Error in the JQL Query: '{where[position:].strip()}' is not understood here."
            )
        issues = _filtered(condition, issues, user)
        position = condition.end()
        if joint := re.match(r"and\b", where[position:], re.IGNORECASE):
            position += joint.end()
        elif where[position:].strip():
            raise JiraError(
                400, f"Error in the JQL Query: Expecting 'AND' before '{where[position:].strip()}'."
            )
    return issues


def _filtered(condition: re.Match[str], issues: list[data.Issue], user: User) -> list[data.Issue]:
    name = (condition["quoted"] or condition["name"]).lower()
    if name not in FIELDS:
        raise JiraError(400, f"Field '{name}' does not exist or you do not have permission to view it.")
    operator = " ".join(condition["operator"].lower().split())
    values = condition["value"]
    if values.startswith("("):
        values = values[1:-1]
    wanted = {_value(part, user) for part in values.split(",")}
    negative = operator in ("!=", "not in", "is not")
    return [issue for issue in issues if (FIELDS[name](issue).lower() in wanted) != negative]


def _value(text: str, user: User) -> str:
    value = text.strip().strip("\"'").lower()
    return {"currentuser()": user.name, "empty": "", "null": ""}.get(value, value)
