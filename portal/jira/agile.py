"""Reading ``/rest/agile/1.0``: boards, their columns, sprints, issues. Paging is rebuilt from numbers.

Server and Cloud answer alike, but for the issues of a sprint and the epic of an issue.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from portal.jira.client import JiraClient
from portal.jira.issues import ISSUE_PAGE, PAGE, Issue, Page, Start, issue_fields, read_issue
from portal.jira.jql import BY_RANK, field_name, one_of, quoted
from portal.jira.readers import expect_object, integer, items, mapping, moment, paragraphs, text
from portal.jira.search import search

AGILE = ("rest", "agile", "1.0")
MOST_MOVED = 50  # issues that one call of it moves
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
    """The columns of a board, and the field its issues are estimated in (empty when there is none).

    ``type`` is that of :class:`Board`. ``project_key`` is told on Cloud, where a board belongs to one.
    ``sub_query`` is the query by which a kanban board shows less than its filter finds, as what is not
    released yet; the list of its issues goes by the filter alone.
    """

    type: str
    columns: tuple[Column, ...]
    estimation_field: str
    estimation_name: str
    project_key: str = ""
    sub_query: str = ""

    @property
    def is_team_managed(self) -> bool:
        """Whether it is a board of a team-managed project: Jira lists no epics by its board."""
        return self.type == "simple" and bool(self.project_key)


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
    """An epic of a board. ``color`` is a key of the agile interface, ``color_1`` to ``color_14``; empty where
    Jira tells none."""

    id: int
    key: str
    name: str
    done: bool
    summary: str = ""
    color: str = ""


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
        return _board(expect_object(self._client.get((*AGILE, "board", str(board_id))), "a board"))

    def project_keys(self, board_id: int) -> list[str]:
        """The projects a board shows, at most 50; none where its filter names none."""
        answer = self._read((str(board_id), "project"), 0, {})
        return [key for key in _page(answer, "values", lambda item: text(item, "key")).entries if key]

    def configuration(self, board_id: int) -> BoardConfiguration:
        """Columns and estimation of a board."""
        path = (*AGILE, "board", str(board_id), "configuration")
        answer = expect_object(self._client.get(path), "a board's configuration")
        estimation = mapping(mapping(answer.get("estimation")).get("field"))
        return BoardConfiguration(
            type=text(answer, "type"),
            columns=tuple(
                _column(item) for item in items(mapping(answer.get("columnConfig")).get("columns"))
            ),
            estimation_field=text(estimation, "fieldId"),
            estimation_name=text(estimation, "displayName"),
            project_key=_project_key(answer),
            sub_query=" ".join(paragraphs(mapping(answer.get("subQuery")), "query").splitlines()),
        )

    def sprints(self, board_id: int, states: Sequence[str], start: Start = 0) -> Page[Sprint]:
        """Sprints in the given states. A kanban board has none and answers ``bad_request`` trouble."""
        path = (str(board_id), "sprint")
        return _page(self._read(path, start, {"state": ",".join(states)}), "values", read_sprint)

    def sprint(self, sprint_id: int) -> Sprint:
        """One sprint, of whatever board; ``not_found`` trouble when it is gone or hidden."""
        return read_sprint(expect_object(self._client.get((*AGILE, "sprint", str(sprint_id))), "a sprint"))

    def epics(self, board_id: int, start: Start = 0) -> Page[Epic]:
        """Epics of a board; none of a team-managed project."""
        return _page(self._read((str(board_id), "epic"), start, {}), "values", read_epic)

    def epics_of_project(self, project_key: str, start: Start = 0) -> Page[Epic]:
        """Epics of a team-managed project on Cloud, by search, as Atlassian says."""
        jql = f"project = {quoted(project_key)} AND issuetype = Epic {BY_RANK}"
        page = search(self._client, jql, (), start)
        epics = [
            Epic(int(one.id) if one.id.isdecimal() else 0, one.key, one.summary, one.is_done)
            for one in page.entries
        ]
        return Page(epics, page.start, page.next_start, None)

    def epic_issues(
        self, board_id: int, keys: Sequence[str], link: str, fields: Sequence[str] = (), start: Start = 0
    ) -> Page[Issue]:
        """Issues of these epics. On Server those of the board, by ``link``, the id of its field of the epic
        link; on Cloud an epic is the parent, in projects of both sorts."""
        if self._client.is_cloud:
            return search(self._client, f"{one_of('parent', keys)} {BY_RANK}", fields, start)
        where = one_of(field_name(link, "Epic Link"), keys)
        return self._issues((str(board_id), "issue"), fields, start, where)

    def issues_of_keys(self, board_id: int, keys: Sequence[str], fields: Sequence[str] = ()) -> list[Issue]:
        """Issues with their epics, as many as a page holds; on Server those of the board. ``bad_request``
        trouble where Jira knows one of the keys not."""
        where = one_of("key", keys)
        if self._client.is_cloud:
            return search(self._client, where, fields).entries
        return self._issues((str(board_id), "issue"), fields, 0, where).entries

    def sprint_issues(
        self, board_id: int, sprint_id: int, fields: Sequence[str] = (), start: Start = 0, where: str = ""
    ) -> Page[Issue]:
        """Issues of one sprint on a board; ``fields`` are further field ids to read, ``where`` is a condition
        of :mod:`portal.jira.jql` that they meet.

        Jira Cloud is taking this call away (its descriptions of 2026) and names search instead. Search finds
        the whole sprint, in the board's order: ``sprint`` is the one condition that holds for every board.
        Issues the board's own filter leaves out come along; naming the board's project instead would lose
        those of a board over several, and whether every board's filter can be searched by is not known.
        """
        if self._client.is_cloud:
            jql = " AND ".join(filter(None, (f"sprint = {sprint_id}", where)))
            return search(self._client, f"{jql} {BY_RANK}", fields, start)
        return self._issues((str(board_id), "sprint", str(sprint_id), "issue"), fields, start, where)

    def whole_sprint(self, sprint_id: int, start: Start = 0) -> Page[Issue]:
        """Issues of a sprint, of whatever board."""
        if self._client.is_cloud:
            return search(self._client, f"sprint = {sprint_id} {BY_RANK}", (), start)
        return self._issues((str(sprint_id), "issue"), (), start, "", of="sprint")

    def backlog(
        self, board_id: int, fields: Sequence[str] = (), start: Start = 0, where: str = ""
    ) -> Page[Issue]:
        """Issues of a board's backlog, in its order."""
        return self._issues((str(board_id), "backlog"), fields, start, where)

    def board_issues(
        self, board_id: int, fields: Sequence[str] = (), start: Start = 0, where: str = ""
    ) -> Page[Issue]:
        """All issues of a board; what a kanban board shows."""
        return self._issues((str(board_id), "issue"), fields, start, where)

    def _issues(
        self, path: tuple[str, ...], fields: Sequence[str], start: Start, where: str, of: str = "board"
    ) -> Page[Issue]:
        query: dict[str, str | int] = {"fields": issue_fields(fields, self._client.is_cloud)}
        query |= {"maxResults": ISSUE_PAGE} | ({"jql": where} if where else {})
        answer = self._read(path, start, query, of)
        return _page(answer, "issues", lambda item: read_issue(item, fields), ISSUE_PAGE)

    def _read(
        self, path: tuple[str, ...], start: Start, query: dict[str, str | int], of: str = "board"
    ) -> dict[str, Any]:
        number = min(max(int(start), 0), _MAX_START)
        paging: dict[str, str | int] = {"startAt": number, "maxResults": PAGE}
        answer = self._client.get((*AGILE, of, *path), paging | query)
        # The place we asked for counts, not the one the answer names: paging always moves on.
        return expect_object(answer, "a page of a list") | {"startAt": number}


def _page(
    answer: dict[str, Any], name: str, read: Callable[[dict[str, Any]], T], most: int = PAGE
) -> Page[T]:
    """A page from an answer; it is the last when Jira says so, counts so, or sends nothing."""
    raw = items(answer.get(name))[:most]
    start = answer["startAt"]
    total = integer(answer, "total")
    following = start + len(raw)
    is_last = not raw or answer.get("isLast") is True or (total is not None and following >= total)
    is_last = is_last or following > _MAX_START
    return Page([read(item) for item in raw], start, None if is_last else following, total)


def _board(item: dict[str, Any]) -> Board:
    return Board(integer(item, "id") or 0, text(item, "name"), text(item, "type"), _project_key(item))


def _project_key(item: dict[str, Any]) -> str:
    """The project a board belongs to, where Jira says so, in lists by another name."""
    location = mapping(item.get("location"))
    return text(location, "projectKey") or text(location, "key")


def _column(item: dict[str, Any]) -> Column:
    return Column(text(item, "name"), tuple(text(status, "id") for status in items(item.get("statuses"))))


def read_sprint(item: dict[str, Any]) -> Sprint:
    """One sprint from what Jira sent of it."""
    return Sprint(
        id=integer(item, "id") or 0,
        name=text(item, "name"),
        state=text(item, "state"),
        goal=paragraphs(item, "goal"),
        start=moment(item, "startDate"),
        end=moment(item, "endDate"),
    )


def read_epic(item: dict[str, Any]) -> Epic:
    """An epic as Jira's agile interface shows it; one without a name goes by its summary."""
    return Epic(
        id=integer(item, "id") or 0,
        key=text(item, "key"),
        name=text(item, "name") or text(item, "summary"),
        done=item.get("done") is True,
        summary=text(item, "summary"),
        color=text(mapping(item.get("color")), "key"),
    )
