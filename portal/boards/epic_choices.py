"""Issues and epics to choose among, for the forms that put the ones into the others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from portal.boards import rights
from portal.boards.boards import BoardView
from portal.boards.cards import Card, EpicCard, card_of
from portal.boards.epic_ways import EpicWay, expect_key, way_and_epic, way_of_issue, way_of_key
from portal.boards.epics import issues_of, other_epics
from portal.boards.features import BOARD_ISSUES, EPIC_ISSUES, FeatureOff, Off
from portal.boards.named_issues import known_issue
from portal.boards.paging import Listing
from portal.boards.reading import Reading, reading
from portal.credentials.registry import Registry
from portal.jira import jql
from portal.jira.answers import Code, JiraTrouble
from portal.jira.issues import Issue, Page
from portal.store.work import Work

T = TypeVar("T")


@dataclass(frozen=True)
class ToMove:
    """The issues of an epic, None while they are off, and the epics they may be moved to, None while those
    are off. ``may_move``: whether moving is on."""

    key: str
    issues: Listing[Card] | None
    others: Listing[EpicCard] | None
    may_move: bool
    off: tuple[Off, ...]


@dataclass(frozen=True)
class ToAdd:
    """Issues of the board that were looked for, to be put into an epic: those in no epic, or in another.
    None where nothing was looked for, and while issues are off. ``is_epic``: whether it takes issues."""

    key: str
    found: Listing[Card] | None
    may_move: bool
    off: tuple[Off, ...]
    is_epic: bool = True


@dataclass(frozen=True)
class EpicOfIssue:
    """One issue and the epics to choose among; ``card`` is None while it is off."""

    card: Card | None
    epics: Listing[EpicCard] | None
    may_move: bool
    off: tuple[Off, ...]


def to_move(work: Work, registry: Registry, board: BoardView, key: str) -> ToMove:
    """The issues of an epic as the person at work sees them; raises as ``reading`` does."""
    expect_key(key)
    with reading(work, registry, board) as reader:
        way = way_of_key(reader, key)
        if not reader.features.may(way.move):
            return ToMove(key, None, None, False, reader.off)
        [issues] = reader.cards(reader.fields(), [(EPIC_ISSUES, issues_of(reader, [key]))])
        others = _rightly(reader, way, key, lambda: other_epics(reader, way, key))
        rights.claim_of(reader, rights.project_of(key), rights.projects_in(issues.entries if issues else ()))
        if not reader.features.may(way.move):
            return ToMove(key, None, None, False, reader.off)
        return ToMove(key, issues, others, True, reader.off)


def to_add(work: Work, registry: Registry, board: BoardView, key: str, search: str) -> ToAdd:
    """What a search of the board finds for an epic; raises as ``reading`` does."""
    expect_key(key)
    where = jql.matching(search)
    with reading(work, registry, board) as reader:
        way, is_epic = way_and_epic(reader, key)
        if not is_epic:
            return ToAdd(key, None, False, (), is_epic=False)
        if not reader.features.may(way.move):
            return ToAdd(key, None, False, reader.off)
        look = partial(reader.features.read, BOARD_ISSUES, partial(_found, reader, where))
        page = _rightly(reader, way, key, look if where else lambda: None)
        shown = _to_choose(reader, key, page.entries if page else ())
        rights.claim_of(reader, rights.project_of(key), rights.projects_in(shown))
        if not reader.features.may(way.move):
            return ToAdd(key, None, False, reader.off)
        if page is None:
            return ToAdd(key, None, True, reader.off)
        return ToAdd(key, Listing(shown, None, page.next_start is not None), True, reader.off)


def _to_choose(reader: Reading, key: str, issues: Iterable[Issue]) -> tuple[Card, ...]:
    """Those of these issues that can be put into this epic, and are not there."""
    found = [issue for issue in issues if not issue.is_epic and not issue.is_subtask]
    cards = [card_of(issue, reader.fields(), reader.board.base_url) for issue in found]
    return tuple(card for card in cards if card.url and card.epic_key != key)


def _found(reader: Reading, where: str) -> Page[Issue]:
    """The first page of them. A key that is no issue's is a bad request to Jira."""
    names = reader.fields().asked_for
    try:
        return reader.agile.board_issues(reader.board.jira_board_id, names, 0, where)
    except JiraTrouble as trouble:
        if trouble.code is not Code.BAD_REQUEST:
            raise
        return Page([], 0, None, 0)


def epic_of_issue(work: Work, registry: Registry, board: BoardView, key: str) -> EpicOfIssue:
    """One issue with what its epic can be; raises as ``reading`` does."""
    expect_key(key)
    with reading(work, registry, board) as reader:
        try:
            issue = known_issue(reader, key)
        except FeatureOff as error:
            return EpicOfIssue(None, None, False, (error.off,))
        way, card = way_of_issue(issue), card_of(issue, reader.fields(), board.base_url)
        if not reader.features.may(way.move):
            return EpicOfIssue(card, None, False, reader.off)
        others = _rightly(reader, way, issue.key, lambda: other_epics(reader, way, key))
        if not reader.features.may(way.move):
            return EpicOfIssue(card, None, False, reader.off)
        return EpicOfIssue(card, others, True, reader.off)


def _rightly(reader: Reading, way: EpicWay, key: str, read: Callable[[], T]) -> T:
    """What ``read`` gives; whether the person may move issues where this one is, is known then."""
    return rights.beside(reader, (way.move,), lambda: [rights.project_of(key)], read)
