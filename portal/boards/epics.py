"""The epics of a board with what is done of them, and one issue with the issues that belong to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from portal.boards import rights
from portal.boards.boards import BoardView
from portal.boards.cards import Card, CardFields, EpicCard, Tally, card_of, epic_card_of, tally_of
from portal.boards.epic_ways import EpicWay, epics_of_board, expect_key, way_of_board, way_of_issue
from portal.boards.features import EPIC_ISSUES, ONE_ISSUE, Off
from portal.boards.paging import Listing
from portal.boards.reading import Reading, ReadIssues, reading
from portal.boards.statuses import StatusWay, ways_of
from portal.credentials.registry import Registry
from portal.jira.agile import BoardConfiguration
from portal.jira.issues import PROJECT, Issue
from portal.jira.one_issue import read_one
from portal.jira.readers import text
from portal.kinds.features import STATUS
from portal.store.work import Work

EPIC_NAME = "epic_name"  # the role of a field that only epics have
_Belonging = tuple[Listing[Card] | None, Listing[EpicCard] | None, tuple[StatusWay, ...] | None]


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
        found = _issues_in(reader, configuration, way, keys) if keys else Listing[Card]((), 0, False)
        tallies = None if found is None else _by_epic(found.entries, keys)
        shown = Listing(cards, epics.total, epics.cut)
        counted_all = found is None or not found.cut
        may = [bool(keys) and reader.features.may(feature) for feature in (way.edit, way.move)]
        return EpicsPage(shown, tallies, counted_all, reader.off, *may)


def _issues_in(
    reader: Reading, configuration: BoardConfiguration | None, way: EpicWay, keys: Sequence[str]
) -> Listing[Card] | None:
    """The issues of these epics; what the person may do with them is known then."""

    def read() -> Listing[Card] | None:
        [found] = reader.cards(reader.fields(configuration), [(EPIC_ISSUES, issues_of(reader, keys))])
        return found

    return rights.beside(reader, (way.edit, way.move), lambda: set(map(rights.project_of, keys)), read)


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
        card = card_of(issue, fields, board.base_url)
        linked = [LinkedCard(one.relation, card_of(one.issue, fields, board.base_url)) for one in links]
        way = way_of_issue(issue)
        read = partial(_belonging, reader, fields, issue, card.url is not None)
        project = rights.project_of(issue.key)
        children, others, ways = rights.beside(reader, (STATUS, way.edit, way.move), lambda: [project], read)
        ways = ways if ways is not None and reader.features.may(STATUS) else None
        rights.claim_of(reader, project, rights.projects_in(children.entries if children else ()))
        controls = None if issue.is_subtask else _controls(reader, issue, way, others)
        return IssuePage(card, tuple(linked), children, reader.off, controls, ways)


def _belonging(reader: Reading, fields: CardFields, issue: Issue, has_key: bool) -> _Belonging:
    """What belongs to an issue: those in it, the epics they can be moved to, and the ways of its status."""
    [children] = reader.cards(fields, [(EPIC_ISSUES, issues_of(reader, [issue.key]))])
    way, others = way_of_issue(issue), None
    if children and children.entries and _is_epic(reader, issue) and reader.features.is_open(way.move):
        others = other_epics(reader, way, issue.key)
    return children, others, ways_of(reader, issue.key) if has_key else None


def _is_epic(reader: Reading, issue: Issue) -> bool:
    has_name = text(issue.values, reader.roles.get(EPIC_NAME, "")) != ""
    return not issue.is_subtask and (issue.is_epic or has_name)


def _controls(reader: Reading, issue: Issue, way: EpicWay, others: Listing[EpicCard] | None) -> EpicControls:
    may = reader.features.may
    if not _is_epic(reader, issue):
        return EpicControls(False, may_move=may(way.move))
    return EpicControls(True, may(way.edit), may(way.move), others)


def other_epics(reader: Reading, way: EpicWay, key: str) -> Listing[EpicCard] | None:
    """The epics of the board but for this one, as those to choose among; None while they are off."""
    epics = epics_of_board(reader, way)
    if epics is None:
        return None
    cards = [epic_card_of(epic, reader.board.base_url) for epic in epics.entries if epic.key != key]
    return Listing(tuple(card for card in cards if card.url), epics.total, epics.cut)
