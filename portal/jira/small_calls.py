"""Of each part of Jira Cloud that is read, the smallest call: that it is answered tells what a credential is
good for.

None reads more than one entry where a list can be cut. All raise JiraTrouble as the client does.
"""

from dataclasses import dataclass
from functools import partial

from portal.jira.agile import AGILE
from portal.jira.client import JiraClient
from portal.jira.readers import integer, items, mapping
from portal.jira.search import SEARCH

_ONE: dict[str, str | int] = {"maxResults": 1}


@dataclass(frozen=True)
class SomeBoard:
    """A board that may be asked for its parts; a kanban board may not be asked for sprints."""

    id: int
    has_sprints: bool


def some_board(jira: JiraClient) -> SomeBoard | None:
    """Any board this identity sees, one with sprints if there is one: by one call, or two."""
    path = (*AGILE, "board")
    found = items(mapping(jira.get(path, {"type": "scrum", **_ONE})).get("values"))
    found = found or items(mapping(jira.get(path, _ONE)).get("values"))
    number = integer(found[0], "id") if found else None
    return None if number is None else SomeBoard(number, found[0].get("type") != "kanban")


def _read_part(part: str, jira: JiraClient, board: SomeBoard) -> None:
    jira.get((*AGILE, "board", str(board.id), part), _ONE)


read_backlog = partial(_read_part, "backlog")
read_configuration = partial(_read_part, "configuration")
read_epics = partial(_read_part, "epic")
read_sprints = partial(_read_part, "sprint")


def read_sprint_issues(jira: JiraClient) -> None:
    """An issue of any sprint, by search."""
    jira.get(SEARCH, {"jql": "sprint is not EMPTY", **_ONE})


def read_fields(jira: JiraClient) -> None:
    """The fields of all issues: a list that cannot be cut."""
    jira.get((*jira.api, "field"))
