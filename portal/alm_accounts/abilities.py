"""What a credential at Jira Cloud is good for, found out by trying: one small reading call for each feature.

The scopes of an API token can be read nowhere, and Atlassian's refusal names none, so only a call tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from portal.jira.client import JiraClient
from portal.jira.readers import integer, items, mapping
from portal.jira.trouble import Code, JiraTrouble
from portal.kinds.features import (
    BACKLOG,
    BOARDS,
    COLUMNS,
    EPICS,
    FEATURES,
    FIELDS,
    SPRINT_ISSUES,
    SPRINTS,
    Feature,
)
from portal.kinds.scopes import SCOPES, Scope

_AGILE = ("rest", "agile", "1.0")
_ONE: Mapping[str, str | int] = {"maxResults": 1}
# What is read of a board, below it.
_OF_A_BOARD = {BACKLOG: "backlog", COLUMNS: "configuration", SPRINTS: "sprint", EPICS: "epic"}
_ELSEWHERE: dict[Feature, tuple[tuple[str, ...], Mapping[str, str | int]]] = {
    SPRINT_ISSUES: (("rest", "api", "3", "search", "jql"), {"jql": "sprint is not EMPTY", **_ONE}),
    FIELDS: (("rest", "api", "3", "field"), {}),
}
# Answers that are of the one call; whatever else stops it would stop the next one too, or count against the
# person, as refused credentials do.
_OF_THE_CALL = frozenset(
    {
        Code.SCOPE_MISMATCH,
        Code.FORBIDDEN,
        Code.NOT_FOUND,
        Code.NOT_JIRA,
        Code.BAD_REQUEST,
        Code.SERVER_ERROR,
        Code.PROXY_PAGE,
        Code.BROKEN_ANSWER,
        Code.TOO_LARGE,
    }
)


@dataclass(frozen=True)
class Tried:
    """What came of trying a feature.

    ``works`` is None where it cannot be known: with the ``code`` of what came instead, or without one where
    there was no board to try it on. Where scopes are in the way (``scope_mismatch``), at least one of
    ``lacking`` is not had.
    """

    feature: Feature
    works: bool | None
    code: Code | None = None
    lacking: tuple[Scope, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether what came instead would stop every other call too."""
        return self.code is not None and self.code not in _OF_THE_CALL


@dataclass(frozen=True)
class Board:
    """The one on which the features of boards are tried; on a kanban board nobody may ask for sprints."""

    id: int
    has_sprints: bool


def tried(jira: JiraClient) -> list[Tried]:
    """Every feature in the order of :data:`FEATURES`, tried on a Jira Cloud site by at most eight calls, one
    after the other.

    Raises nothing: from trouble that stops every call on, the rest is not known.
    """
    boards, board = find_board(jira)
    found = [boards]
    for feature in FEATURES[1:]:
        stopped = found[-1].code if found[-1].stops else None
        found.append(Tried(feature, None, stopped) if stopped else try_one(jira, board, feature))
    return with_lacking(found)


def find_board(jira: JiraClient) -> tuple[Tried, Board | None]:
    """Whether boards are listed, by one call or two: one with sprints if there is one."""
    path = (*_AGILE, "board")
    try:
        found = items(mapping(jira.get(path, {"type": "scrum", **_ONE})).get("values"))
        found = found or items(mapping(jira.get(path, _ONE)).get("values"))
    except JiraTrouble as trouble:
        return _refused(BOARDS, trouble.code), None
    number = integer(found[0], "id") if found else None
    board = None if number is None else Board(number, found[0].get("type") != "kanban")
    return Tried(BOARDS, True), board


def try_one(jira: JiraClient, board: Board | None, feature: Feature) -> Tried:
    """Try a feature by the one call it needs; what it lacks is told by :func:`with_lacking`."""
    if feature in _ELSEWHERE:
        path, query = _ELSEWHERE[feature]
    elif board is None or (feature is SPRINTS and not board.has_sprints):
        return Tried(feature, None)
    else:
        path, query = (*_AGILE, "board", str(board.id), _OF_A_BOARD[feature]), _ONE
    try:
        jira.get(path, query)
    except JiraTrouble as trouble:
        return _refused(feature, trouble.code)
    return Tried(feature, True)


def _refused(feature: Feature, code: Code) -> Tried:
    return Tried(feature, False if code is Code.SCOPE_MISMATCH else None, code)


def with_lacking(found: Sequence[Tried]) -> list[Tried]:
    """What is in the way of those that scopes are in the way of, as far as the others tell.

    Jira Software asks for all scopes of a call, so those of one that works are had. The platform takes a
    classic scope in their place, and proves nothing.
    """
    proofs = [one.feature.scopes for one in found if one.works and one.feature not in _ELSEWHERE]
    had = frozenset[str]().union(*proofs)
    return [one if one.works is not False else replace(one, lacking=_lacking(one, had)) for one in found]


def _lacking(one: Tried, had: frozenset[str]) -> tuple[Scope, ...]:
    lacking = one.feature.scopes - had or one.feature.scopes
    return tuple(scope for scope in SCOPES if scope.id in lacking)
