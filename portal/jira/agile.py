"""Reading ``/rest/agile/1.0``: boards, their columns, sprints, issues. Paging is rebuilt from numbers.

Server and Cloud answer alike, but for the issues of a sprint and the epic of an issue.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from portal.jira.client import JiraClient
from portal.jira.issues import PAGE, Issue, Page, Start, issue_fields, read_issue
from portal.jira.readers import expect_object, integer, items, mapping, moment, text
from portal.jira.search import search

_AGILE = ("rest", "agile", "1.0")
_MAX_START = 100_000
T = TypeVar("T")


@dataclass(frozen=True)
class Board:
    """A board of Jira. ``type`` is ``scrum``, ``kanban`` or ``simple``; ``project_key`` may be empty."""

    id: int
    name: str
    type: str
    project_key: str


@dataclass(frozen=True)
class Column:
    """A column of a board and the ids of the statuses it shows."""

    name: str
    status_ids: tuple[str, ...]


@dataclass(frozen=True)
class BoardConfiguration:
    """The columns of a board, and the field its issues are estimated in (empty when there is none)."""

    type: str
    columns: tuple[Column, ...]
    estimation_field: str
    estimation_name: str


@dataclass(frozen=True)
class Sprint:
    """A sprint. ``state`` is ``active``, ``future`` or ``closed``; times are missing before it starts."""

    id: int
    name: str
    state: str
    goal: str
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class Epic:
    """An epic of a board."""

    id: int
    key: str
    name: str
    done: bool


class Agile:
    """Boards of one Jira, seen with the identity of ``client``. Raises JiraTrouble as the client does."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client

    def boards(self, start: Start = 0, name: str = "") -> Page[Board]:
        """Boards this identity sees, 50 at a time; ``name`` keeps those whose name contains it."""
        query: dict[str, str | int] = {"name": name} if name else {}
        return _page(self._read((), start, query), "values", _board)

    def board(self, board_id: int) -> Board:
        """One board; ``not_found`` trouble when it is gone or hidden from this identity."""
        return _board(expect_object(self._client.get((*_AGILE, "board", str(board_id))), "a board"))

    def configuration(self, board_id: int) -> BoardConfiguration:
        """Columns and estimation of a board."""
        path = (*_AGILE, "board", str(board_id), "configuration")
        answer = expect_object(self._client.get(path), "a board's configuration")
        estimation = mapping(mapping(answer.get("estimation")).get("field"))
        return BoardConfiguration(
            type=text(answer, "type"),
            columns=tuple(
                _column(item) for item in items(mapping(answer.get("columnConfig")).get("columns"))
            ),
            estimation_field=text(estimation, "fieldId"),
            estimation_name=text(estimation, "displayName"),
        )

    def sprints(self, board_id: int, states: Sequence[str], start: Start = 0) -> Page[Sprint]:
        """Sprints in the given states. A kanban board has none and answers ``bad_request`` trouble."""
        path = (str(board_id), "sprint")
        return _page(self._read(path, start, {"state": ",".join(states)}), "values", _sprint)

    def epics(self, board_id: int, start: Start = 0) -> Page[Epic]:
        """Epics of a board."""
        return _page(self._read((str(board_id), "epic"), start, {}), "values", _epic)

    def sprint_issues(
        self, board_id: int, sprint_id: int, fields: Sequence[str] = (), start: Start = 0
    ) -> Page[Issue]:
        """Issues of one sprint on a board; ``fields`` are further field ids to read.

        Jira Cloud is taking this call away (its descriptions of 2026) and names search instead. Search finds
        the whole sprint, in the board's order: ``sprint`` is the one condition that holds for every board.
        Issues the board's own filter leaves out come along; naming the board's project instead would lose
        those of a board over several, and whether every board's filter can be searched by is not known.
        """
        if self._client.is_cloud:
            return search(self._client, f"sprint = {sprint_id} ORDER BY Rank ASC", fields, start)
        return self._issues((str(board_id), "sprint", str(sprint_id), "issue"), fields, start)

    def backlog(self, board_id: int, fields: Sequence[str] = (), start: Start = 0) -> Page[Issue]:
        """Issues of a board's backlog, in its order."""
        return self._issues((str(board_id), "backlog"), fields, start)

    def board_issues(self, board_id: int, fields: Sequence[str] = (), start: Start = 0) -> Page[Issue]:
        """All issues of a board; what a kanban board shows."""
        return self._issues((str(board_id), "issue"), fields, start)

    def _issues(self, path: tuple[str, ...], fields: Sequence[str], start: Start) -> Page[Issue]:
        answer = self._read(path, start, {"fields": issue_fields(fields, self._client.is_cloud)})
        return _page(answer, "issues", lambda item: read_issue(item, fields))

    def _read(self, path: tuple[str, ...], start: Start, query: dict[str, str | int]) -> dict[str, Any]:
        number = min(max(int(start), 0), _MAX_START)
        paging: dict[str, str | int] = {"startAt": number, "maxResults": PAGE}
        answer = self._client.get((*_AGILE, "board", *path), paging | query)
        # The place we asked for counts, not the one the answer names: paging always moves on.
        return expect_object(answer, "a page of a list") | {"startAt": number}


def _page(answer: dict[str, Any], name: str, read: Callable[[dict[str, Any]], T]) -> Page[T]:
    """A page from an answer; it is the last when Jira says so, counts so, or sends nothing."""
    raw = items(answer.get(name))[:PAGE]
    start = answer["startAt"]
    total = integer(answer, "total")
    following = start + len(raw)
    is_last = not raw or answer.get("isLast") is True or (total is not None and following >= total)
    is_last = is_last or following > _MAX_START
    return Page([read(item) for item in raw], start, None if is_last else following, total)


def _board(item: dict[str, Any]) -> Board:
    location = mapping(item.get("location"))
    project_key = text(location, "projectKey") or text(location, "key")
    return Board(integer(item, "id") or 0, text(item, "name"), text(item, "type"), project_key)


def _column(item: dict[str, Any]) -> Column:
    return Column(text(item, "name"), tuple(text(status, "id") for status in items(item.get("statuses"))))


def _sprint(item: dict[str, Any]) -> Sprint:
    return Sprint(
        id=integer(item, "id") or 0,
        name=text(item, "name"),
        state=text(item, "state"),
        goal=text(item, "goal"),
        start=moment(item, "startDate"),
        end=moment(item, "endDate"),
    )


def _epic(item: dict[str, Any]) -> Epic:
    name = text(item, "name") or text(item, "summary")
    return Epic(integer(item, "id") or 0, text(item, "key"), name, item.get("done") is True)
