"""Issues as a board shows them, and pages of them: what both of Jira's ways of listing issues answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from portal.jira.readers import integer, mapping, text

PAGE = 50
# Issues come more at a time than boards or sprints do; who gives fewer is asked again from there.
ISSUE_PAGE = 100
# Jira Cloud numbers the levels of issue types: an epic's is one (Atlassian, "Issue types").
_EPIC_LEVEL = 1
_EPIC_TYPE = "Epic"
PROJECT = "project"  # the field that tells of an issue's project, and on Cloud whether it is team-managed
T = TypeVar("T")
# Where a page begins: a number, or the token that Jira Cloud's search gives for it.
Start = int | str


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list. ``next_start`` is None on the last; ``total`` is None where Jira does not count."""

    entries: list[T]
    start: Start
    next_start: Start | None
    total: int | None


@dataclass(frozen=True)
class Issue:
    """An issue as a board shows it. ``values`` holds the asked-for fields as Jira sent them, by field id.

    ``epic`` names its epic, ``epic_key`` is its key; empty without one, and where only the field of the
    epic link knows it. ``is_done``: its status counts as done, whatever it is called. Its project is told
    where that field was asked for.
    """

    id: str
    key: str
    summary: str
    type: str
    status: str
    status_id: str
    assignee: str
    values: dict[str, Any] = field(default_factory=dict)
    epic: str = ""
    epic_key: str = ""
    is_done: bool = False
    is_epic: bool = False
    is_subtask: bool = False
    project_key: str = ""
    is_team_managed: bool = False


def issue_fields(fields: Sequence[str], is_cloud: bool) -> str:
    """What to ask for, as one parameter: what every issue shows, its epic, and ``fields``.

    Server adds ``epic`` to what its agile interface answers. On Cloud an epic is the ``parent``, in projects
    of both sorts, and the only one that search knows.
    """
    epic = "parent" if is_cloud else "epic"
    return ",".join(dict.fromkeys(("summary", "issuetype", "status", "assignee", epic, *fields)))


def read_issue(item: dict[str, Any], fields: Sequence[str]) -> Issue:
    """One issue; ``fields`` are the ids kept in its ``values``."""
    given = mapping(item.get("fields"))
    status = mapping(given.get("status"))
    epic = _epic(given)
    kind, project = mapping(given.get("issuetype")), mapping(given.get(PROJECT))
    level = integer(kind, "hierarchyLevel")
    return Issue(
        id=text(item, "id"),
        key=text(item, "key"),
        summary=text(given, "summary"),
        type=text(kind, "name"),
        status=text(status, "name"),
        status_id=text(status, "id"),
        assignee=text(mapping(given.get("assignee")), "displayName"),
        values={name: given.get(name) for name in fields},
        epic=text(epic, "name") or text(epic, "summary") or text(epic, "key"),
        epic_key=text(epic, "key"),
        is_done=text(mapping(status.get("statusCategory")), "key") == "done",
        # Server has no levels, and calls the type by this name unless somebody changed it.
        is_epic=level == _EPIC_LEVEL or (level is None and text(kind, "name") == _EPIC_TYPE),
        is_subtask=kind.get("subtask") is True,
        project_key=text(project, "key"),
        is_team_managed=project.get("simplified") is True,
    )


def _epic(given: dict[str, Any]) -> dict[str, Any]:
    """What is told of its epic: name, summary, key. The parent of a sub-task is no epic."""
    epic = mapping(given.get("epic"))
    if epic or mapping(given.get("issuetype")).get("subtask") is True:
        return epic
    parent = mapping(given.get("parent"))
    about = mapping(parent.get("fields"))
    level = integer(mapping(about.get("issuetype")), "hierarchyLevel")
    return {**about, "key": parent.get("key")} if level in (None, _EPIC_LEVEL) else {}
