"""A small part of JQL: conditions joined by AND and OR, in brackets too; ``=``, ``!=``, ``~``, ``[not] in``,
``is [not] EMPTY``; of labels and versions ``=``, ``in`` and ``is EMPTY`` only."""

from __future__ import annotations

import re
from collections.abc import Callable

from portal.sandbox import data
from portal.sandbox.fields import EPIC_LINK
from portal.sandbox.people import User
from portal.sandbox.rest import JiraError, content

FIELDS: dict[str, Callable[[data.Issue], str]] = {
    "project": lambda issue: issue.project.key,
    "key": lambda issue: issue.key,
    "issuekey": lambda issue: issue.key,
    "summary": lambda issue: issue.summary,
    "issuetype": lambda issue: issue.kind,
    "type": lambda issue: issue.kind,
    "status": lambda issue: data.STATUSES[issue.status][0],
    "assignee": lambda issue: issue.assignee,
    "sprint": lambda issue: str(issue.sprint or ""),
    "parent": lambda issue: issue.epic_key or "",
    "epic link": lambda issue: issue.epic_key or "",
    EPIC_LINK.replace("customfield_", "cf[") + "]": lambda issue: issue.epic_key or "",
    "description": lambda issue: issue.description,
    "text": lambda issue: f"{issue.summary} {issue.description}",
}


def _versions_of(issue: data.Issue) -> set[str]:
    """What finds an issue by its versions: their names, none at all, that one is not released."""
    names = {name.lower() for name in issue.versions} or {""}
    return names | ({"unreleasedversions()"} if set(issue.versions) - data.RELEASED else set())


# Of these an issue has several, or none, which is found as an empty one. They are asked for, not ruled out.
SEVERAL: dict[str, Callable[[data.Issue], set[str]]] = {
    "labels": lambda issue: {label.lower() for label in issue.labels} or {""},
    "fixversion": _versions_of,
}

_CONDITION = re.compile(
    r"""\s*(?:"(?P<quoted>[^"]+)"|(?P<name>cf\[\d+\]|\w+))\s*
        (?P<operator>!=|=|~|not\s+in\b|in\b|is\s+not\b|is\b)\s*
        (?P<value>\([^)]*\)|"(?:[^"\\]|\\.)*"|'[^']*'|[\w.-]+(?:\(\))?)\s*""",
    re.IGNORECASE | re.VERBOSE,
)


def search(query: str, issues: list[data.Issue], user: User | None) -> list[data.Issue]:
    """The issues a query finds, in rank order (``ORDER BY`` is read and rank kept).

    Raises ``JiraError`` with Jira's wording for what is not understood.
    """
    where = re.split(r"\border\s+by\b", query, maxsplit=1, flags=re.IGNORECASE)[0].strip()
    if not where:
        return issues
    reader = _Reader(where, issues, user)
    found = {issue.id for issue in reader.either()}
    reader.end()
    return [issue for issue in issues if issue.id in found]


class _Reader:
    """Reads a query from left to right."""

    def __init__(self, where: str, issues: list[data.Issue], user: User | None) -> None:
        self._where, self._issues, self._user = where, issues, user
        self._position = 0

    def either(self) -> list[data.Issue]:
        """What one of several parts finds."""
        found = self._all()
        while self._took(r"or\b"):
            found = found + self._all()
        return found

    def end(self) -> None:
        """Raises ``JiraError`` where something is left."""
        if rest := self._where[self._position :].strip():
            raise JiraError(400, f"Error in the JQL Query: Expecting 'AND' before '{rest}'.")

    def _all(self) -> list[data.Issue]:
        found = self._one()
        while self._took(r"and\b"):
            also = {issue.id for issue in self._one()}
            found = [issue for issue in found if issue.id in also]
        return found

    def _one(self) -> list[data.Issue]:
        if self._took(r"\("):
            found = self.either()
            if not self._took(r"\)"):
                raise JiraError(400, "Error in the JQL Query: Expecting ')'.")
            return found
        condition = _CONDITION.match(self._where, self._position)
        if not condition:
            rest = self._where[self._position :].strip()
            raise JiraError(400, f"Error in the JQL Query: '{rest}' is not understood here.")
        self._position = condition.end()
        return _filtered(condition, self._issues, self._user)

    def _took(self, pattern: str) -> bool:
        found = re.compile(r"\s*" + pattern, re.IGNORECASE).match(self._where, self._position)
        self._position = found.end() if found else self._position
        return found is not None


def _filtered(condition: re.Match[str], issues: list[data.Issue], user: User | None) -> list[data.Issue]:
    name = (condition["quoted"] or condition["name"]).lower()
    if name not in (*FIELDS, *SEVERAL):
        raise JiraError(400, f"Field '{name}' does not exist or you do not have permission to view it.")
    operator = " ".join(condition["operator"].lower().split())
    if name in SEVERAL and operator not in ("=", "in", "is"):
        raise JiraError(400, f"Error in the JQL Query: '{name} {operator}' is not understood here.")
    values = condition["value"]
    if values.startswith("("):
        values = values[1:-1]
    if operator == "~":
        words = _value(values.replace('\\"', ""), user).split()
        return [issue for issue in issues if _has_all(FIELDS[name](issue).lower(), words)]
    wanted = {_value(part, user) for part in values.split(",")}
    if name in ("key", "issuekey") and (gone := wanted - {issue.key.lower() for issue in content().issues}):
        key = min(gone).upper()
        raise JiraError(400, f"An issue with key '{key}' does not exist for field '{name}'.")
    if name in SEVERAL:
        return [issue for issue in issues if wanted & SEVERAL[name](issue)]
    negative = operator in ("!=", "not in", "is not")
    return [issue for issue in issues if (FIELDS[name](issue).lower() in wanted) != negative]


def _has_all(text: str, words: list[str]) -> bool:
    """Whether every word is there; one that ends in ``*`` as the beginning of a word."""
    there = re.findall(r"\w+", text)
    return all(
        any(word.startswith(wanted[:-1]) for word in there) if wanted.endswith("*") else wanted in text
        for wanted in words
    )


def _value(text: str, user: User | None) -> str:
    value = text.strip().strip("\"'").lower()
    return {"currentuser()": user.name if user else "", "empty": "", "null": ""}.get(value, value)
