"""The epics of a board with what is done of them, and one issue with the issues that belong to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.boards.boards import BoardView
from portal.boards.cards import Card, EpicCard, Tally, card_of, epic_card_of, tally_of
from portal.boards.epic_ways import EpicWay, epics_of_board, expect_key, way_of_board, way_of_issue
from portal.boards.features import EPIC_ISSUES, ONE_ISSUE, Off
from portal.boards.paging import Listing
from portal.boards.reading import Reading, ReadIssues, reading
from portal.boards.statuses import StatusWay, ways_of
from portal.credentials.registry import Registry
from portal.jira.issues import PROJECT, Issue
from portal.jira.one_issue import read_one
from portal.jira.readers import text
from portal.store.work import Work

EPIC_NAME = "epic_name"  # the role of a field that only epics have


@dataclass(frozen=True)
class EpicsPage:
    """Epics, None while they are off; what is in each by its key, None while issues are off.

    ``counted_all``: whether the tallies are of all issues, not of the first ones.
    """

    epics: Listing[EpicCard] | None
    tallies: dict[str, Tally] | None
    counted_all: bool
    off: tuple[Off, ...]
    may_edit: bool = False
    may_move: bool = False


@dataclass(frozen=True)
class LinkedCard:
    """An issue that another is linked to; ``relation`` as Jira reads it."""

    relation: str
    card: Card


@dataclass(frozen=True)
class EpicControls:
    """What can be changed of an epic, or of the epic of an issue. ``others``: the epics its issues may be
    moved to, None while they are off or there is nothing to move."""

    is_epic: bool
    may_edit: bool = False
    may_move: bool = False
    others: Listing[EpicCard] | None = None


@dataclass(frozen=True)
class IssuePage:
    """One issue, with those linked to it and those that belong to it (None: off), as of an epic.

    ``controls``: None for what can be in no epic. ``ways``: to another status, None while that is off.
    """

    card: Card | None
    linked: tuple[LinkedCard, ...]
    children: Listing[Card] | None
    off: tuple[Off, ...]
    controls: EpicControls | None = None
    ways: tuple[StatusWay, ...] | None = None

    @property
    def tally(self) -> Tally | None:
        """What is in it, where anything is."""
        return tally_of(self.children.entries) if self.children and self.children.entries else None


def read_epics(work: Work, registry: Registry, board: BoardView) -> EpicsPage:
    """The epics of the board as the person at work sees them; raises as ``reading`` does."""
    with reading(work, registry, board) as reader:
        configuration = reader.configuration()
        way = way_of_board(configuration)
        epics = epics_of_board(reader, way)
        if epics is None:
            return EpicsPage(None, None, True, reader.off)
        cards = tuple(epic_card_of(epic, board.base_url) for epic in epics.entries)
        keys = [card.key for card in cards if card.url]
        wanted = [(EPIC_ISSUES, issues_of(reader, keys))] if keys else []
        [found] = reader.cards(reader.fields(configuration), wanted) or [Listing((), 0, False)]
        tallies = None if found is None else _by_epic(found.entries, keys)
        shown = Listing(cards, epics.total, epics.cut)
        counted_all = found is None or not found.cut
        may = [bool(keys) and reader.features.may(feature) for feature in (way.edit, way.move)]
        return EpicsPage(shown, tallies, counted_all, reader.off, *may)


def issues_of(reader: Reading, keys: Sequence[str]) -> ReadIssues:
    """Reads the issues of these epics."""
    board_id, link = reader.board.jira_board_id, reader.roles.get("epic_link", "")
    return lambda names, start: reader.agile.epic_issues(board_id, keys, link, names, start)


def _by_epic(cards: Iterable[Card], keys: Sequence[str]) -> dict[str, Tally]:
    held: dict[str, list[Card]] = {key: [] for key in keys}
    for card in cards:
        held.get(card.epic_key, []).append(card)
    return {key: tally_of(found) for key, found in held.items()}


def read_issue(work: Work, registry: Registry, board: BoardView, key: str) -> IssuePage:
    """One issue as the person at work sees it, with what belongs to it.

    Raises :class:`NotHere` for what is no key, and as ``reading`` does.
    """
    expect_key(key)
    with reading(work, registry, board) as reader:
        is_mapped = "story_points" in reader.roles
        fields, jira = reader.fields(None if is_mapped else reader.configuration()), reader.acting.jira
        names = tuple(filter(None, (*fields.asked_for, PROJECT, reader.roles.get(EPIC_NAME))))
        found = reader.features.read(ONE_ISSUE, lambda: read_one(jira, key, names))
        if found is None:
            return IssuePage(None, (), None, reader.off)
        issue, links = found
        [children] = reader.cards(fields, [(EPIC_ISSUES, issues_of(reader, [key]))])
        linked = [LinkedCard(one.relation, card_of(one.issue, fields, board.base_url)) for one in links]
        controls = _controls(reader, issue, children)
        card = card_of(issue, fields, board.base_url)
        ways = ways_of(reader, issue.key) if card.url else None
        return IssuePage(card, tuple(linked), children, reader.off, controls, ways)


def _controls(reader: Reading, issue: Issue, children: Listing[Card] | None) -> EpicControls | None:
    if issue.is_subtask:
        return None
    way, may = way_of_issue(issue), reader.features.may
    if not (issue.is_epic or text(issue.values, reader.roles.get(EPIC_NAME, ""))):
        return EpicControls(False, may_move=may(way.move))
    may_edit, may_move = may(way.edit), may(way.move)
    has_issues = children is not None and bool(children.entries)
    others = other_epics(reader, way, issue.key) if may_move and has_issues else None
    return EpicControls(True, may_edit, may_move, others)


def other_epics(reader: Reading, way: EpicWay, key: str) -> Listing[EpicCard] | None:
    """The epics of the board but for this one, as those to choose among; None while they are off."""
    epics = epics_of_board(reader, way)
    if epics is None:
        return None
    cards = [epic_card_of(epic, reader.board.base_url) for epic in epics.entries if epic.key != key]
    return Listing(tuple(card for card in cards if card.url), epics.total, epics.cut)
