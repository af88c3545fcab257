"""What a program usually does with Jira by a client library, and what Jira must hold afterwards."""

import hashlib
import io
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any, Protocol

from tests.support.sandbox import SandboxProcess

SIZE = 3 * 1024 * 1024
STORY_POINTS = "customfield_10310"
STARTS, ENDS = "2026-01-05T09:00:00.000+0000", "2026-01-19T09:00:00.000+0000"
FILE = "näme & spaces.bin"


@dataclass
class Seen:
    """What the library read, to be held against what Jira has."""

    user: str
    key: str
    found: list[str]
    boards: list[str]
    sprints: list[str]
    in_sprint: list[str]
    epics: list[str]
    comments: list[str]
    projects: list[str]
    people: list[str]
    file: bytes


class Worker(Protocol):
    """The usual work by one library: all of :func:`expect`, as whoever the token or key is for."""

    def __call__(self, server: str, token: str, file: bytes, *, cloud: bool) -> Seen: ...


def new_file() -> bytes:
    """Bytes that no text could be taken for."""
    return token_bytes(SIZE)


def named(file: bytes) -> io.BytesIO:
    """The bytes as an open file with a name."""
    opened = io.BytesIO(file)
    opened.name = FILE
    return opened


def expect(sandbox: SandboxProcess, place: str, seen: Seen, file: bytes, who: str) -> None:
    """Jira holds what the work makes of it, all of it by ``who``, and the library read it back."""
    held = sandbox.content(place)
    assert (seen.user, seen.found) == (who, [seen.key])
    assert seen.file == file
    assert seen.projects == ["SHOP", "PLAT"]
    assert (seen.boards, seen.people) == (["SHOP board", "Platform kanban"], ["linus"])
    assert seen.sprints == ["SHOP Sprint 7", "SHOP Sprint 8", "Made by a program"]
    assert seen.in_sprint == [seen.key]
    assert "Checkout" in seen.epics
    assert seen.comments == ["Said twice: ümlaut ✓"]
    _expect_issue(held["issues"][seen.key], file, who)
    assert [row["name"] for row in held["sprints"].values()][3:] == []
    assert {row["user"] for row in held["deeds"]} == {who}
    assert [row["what"] for row in held["deeds"]] == DEEDS


DEEDS = [
    "issue.created",
    "issue.changed",
    "comment.created",
    "comment.changed",
    "attachment.created",
    "issue.transitioned",
    "issue.assigned",
    "link.created",
    "sprint.created",
    "sprint.changed",
    "sprint.issues",
    "backlog.issues",
    "epic.issues",
    "sprint.deleted",
]


def _expect_issue(issue: dict[str, Any], file: bytes, who: str) -> None:
    assert (issue["summary"], issue["description"]) == ("Changed by a program", "First line\nsecond")
    assert (issue["reporter"], issue["assignee"], issue["status"]) == (who, "linus", "3")
    assert (issue["labels"], issue["points"]) == (["kept", "made"], 5.0)
    assert (issue["sprint"], issue["epic"]) == (0, 1)
    [comment] = issue["comments"]
    assert (comment["author"], comment["body"]) == (who, "Said twice: ümlaut ✓")
    [link] = issue["links"]
    assert link["object"]["url"] == "https://example.org/build/7"
    [held] = issue["attachments"]
    assert (held["author"], held["name"], held["size"]) == (who, FILE, len(file))
    assert held["sha256"] == hashlib.sha256(file).hexdigest()
