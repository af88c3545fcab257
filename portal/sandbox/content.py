"""What a Jira holds now: issues in rank order, sprints, comments, files, worklogs and links to elsewhere.

The Server side and each site of the Cloud side hold their own. It lies in memory only.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from portal.sandbox import data
from portal.sandbox.people import User

FIRST_ID = 10100


@dataclass
class Comment:
    """A comment; ``body`` is plain text."""

    id: str
    author: str
    body: str
    editor: str
    created: datetime
    updated: datetime


@dataclass
class Attachment:
    """A file of an issue."""

    id: str
    issue_id: str
    name: str
    kind: str
    content: bytes = field(repr=False)
    author: str
    created: datetime


@dataclass
class Worklog:
    """Time somebody spent on an issue."""

    id: str
    author: str
    seconds: int
    comment: str
    started: str
    created: datetime


@dataclass
class RemoteLink:
    """A link from an issue to elsewhere; ``object`` is what Jira calls so: ``url``, ``title`` and more."""

    id: int
    global_id: str
    object: dict[str, Any]
    relationship: str = ""


@dataclass(frozen=True)
class Deed:
    """What somebody changed: ``issue.created SHOP-43`` and the like."""

    user: str
    what: str
    where: str


class Content:
    """All of one Jira. Every change holds ``lock``."""

    def __init__(self) -> None:
        """As at the start."""
        self.lock = threading.RLock()
        self.issues = list(data.ISSUES)
        self.sprints = list(data.SPRINTS)
        self.comments: dict[str, list[Comment]] = {}
        self.worklogs: dict[str, list[Worklog]] = {}
        self.links: dict[str, list[RemoteLink]] = {}
        self.attachments: dict[str, Attachment] = {}
        self.deeds: list[Deed] = []
        self._ids = count(FIRST_ID)
        self._last = Counter(issue.project.key for issue in data.ISSUES)

    def new_id(self) -> int:
        """An id nothing else here has."""
        return next(self._ids)

    def done(self, user: User, what: str, where: str) -> None:
        """Remember who changed what."""
        self.deeds.append(Deed(user.name, what, where))

    def visible_issues(self, user: User | None) -> list[data.Issue]:
        """The issues of the projects a user may see, in rank order."""
        projects = data.visible_projects(user)
        return [issue for issue in self.issues if issue.project in projects]

    def issue_by_key(self, key: str | None) -> data.Issue | None:
        """The issue with this key."""
        return next((issue for issue in self.issues if issue.key == key), None)

    def place(self, issue: data.Issue) -> int:
        """Where an issue stands in the ranking."""
        return next(place for place, other in enumerate(self.issues) if other.id == issue.id)

    def sprint(self, sprint_id: int) -> data.Sprint | None:
        """The sprint with this id."""
        return next((sprint for sprint in self.sprints if sprint.id == sprint_id), None)

    def add_issue(self, project: data.Project, values: dict[str, Any]) -> data.Issue:
        """A new issue, ranked last; a number is never given twice."""
        with self.lock:
            self._last[project.key] += 1
            now = datetime.now(UTC)
            made = data.Issue(self._last[project.key], project, created=now, updated=now, **values)
            self.issues.append(made)
            return made

    def change_issue(self, issue: data.Issue, **values: Any) -> data.Issue:
        """The same issue with other values; where it stands in the ranking stays."""
        with self.lock:
            place = self.place(issue)
            self.issues[place] = replace(self.issues[place], updated=datetime.now(UTC), **values)
            return self.issues[place]

    def delete_issue(self, issue: data.Issue) -> None:
        """Take an issue away with its files."""
        with self.lock:
            self.issues = [other for other in self.issues if other.id != issue.id]
            self.attachments = {
                key: file for key, file in self.attachments.items() if file.issue_id != issue.id
            }

    def rank(self, moved: list[data.Issue], other: data.Issue, after: bool) -> None:
        """Put issues before or after another one."""
        with self.lock:
            ids = {issue.id for issue in moved}
            rest = [issue for issue in self.issues if issue.id not in ids]
            place = next((n for n, issue in enumerate(rest) if issue.id == other.id), len(rest))
            place += 1 if after else 0
            self.issues = [*rest[:place], *moved, *rest[place:]]

    def change_sprint(self, sprint: data.Sprint, **values: Any) -> data.Sprint:
        """The same sprint with other values."""
        with self.lock:
            changed = replace(sprint, **values)
            self.sprints = [changed if other.id == sprint.id else other for other in self.sprints]
            return changed

    def delete_sprint(self, sprint: data.Sprint) -> None:
        """Take a sprint away; its issues go to the backlog."""
        with self.lock:
            self.sprints = [other for other in self.sprints if other.id != sprint.id]
            self.move_to_sprint([issue for issue in self.issues if issue.sprint == sprint.id], 0)

    def move_to_sprint(self, issues: Iterable[data.Issue], sprint_id: int) -> None:
        """Put issues into a sprint; 0 is the backlog."""
        with self.lock:
            for issue in issues:
                self.change_issue(issue, sprint=sprint_id)
