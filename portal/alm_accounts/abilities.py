"""What a credential at Jira Cloud is good for, found out by trying: one small reading call for each feature.

The scopes of an API token can be read nowhere, and Atlassian's refusal names none, so only a call tells.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from portal.jira import small_calls
from portal.jira.client import JiraClient
from portal.jira.small_calls import SomeBoard
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

# How each is tried: on a board, or without one.
_ON_A_BOARD: Mapping[Feature, Callable[[JiraClient, SomeBoard], None]] = {
    BACKLOG: small_calls.read_backlog,
    COLUMNS: small_calls.read_configuration,
    SPRINTS: small_calls.read_sprints,
    EPICS: small_calls.read_epics,
}
_ELSEWHERE: Mapping[Feature, Callable[[JiraClient], None]] = {
    SPRINT_ISSUES: small_calls.read_sprint_issues,
    FIELDS: small_calls.read_fields,
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


def find_board(jira: JiraClient) -> tuple[Tried, SomeBoard | None]:
    """Whether boards are listed, and one on which the features of boards are tried."""
    try:
        return Tried(BOARDS, True), small_calls.some_board(jira)
    except JiraTrouble as trouble:
        return _refused(BOARDS, trouble.code), None


def try_one(jira: JiraClient, board: SomeBoard | None, feature: Feature) -> Tried:
    """Try a feature by the one call it needs; what it lacks is told by :func:`with_lacking`."""
    try:
        if feature in _ELSEWHERE:
            _ELSEWHERE[feature](jira)
        elif board is None or (feature is SPRINTS and not board.has_sprints):
            return Tried(feature, None)
        else:
            _ON_A_BOARD[feature](jira, board)
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
