"""A board as its Jira has it now, read with the credential of the person who looks and no other (B7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portal.alm_accounts import field_maps
from portal.boards.boards import BoardView
from portal.boards.cards import Card, CardColumn, CardFields, EpicCard, card_of, epic_card_of, lay_out
from portal.boards.features import BOARD_ISSUES, Features, Off
from portal.boards.paging import Listing, read_pages
from portal.credentials.acting_as import acting_as
from portal.credentials.registry import Registry
from portal.jira.agile import Agile, BoardConfiguration, Column, Sprint
from portal.jira.answers import Code, JiraTrouble
from portal.jira.issues import Issue, Page, Start
from portal.kinds.scopes import BACKLOG, COLUMNS, EPICS, SPRINT_ISSUES, SPRINTS, Feature
from portal.store.work import Work

MOST_ISSUES = 200
MOST_EPICS = 100
MOST_SPRINTS = 5
KANBAN = "kanban"  # as a board's configuration says it
ReadIssues = Callable[[int, Sequence[str], Start], Page[Issue]]


@dataclass(frozen=True)
class Lane:
    """Cards of one sprint, or of a board without sprints (``sprint`` None).

    ``columns`` is None while columns are off: then ``listing`` is all there is. ``listing`` is None while
    issues are off.
    """

    sprint: Sprint | None
    columns: tuple[CardColumn, ...] | None
    apart: tuple[Card, ...]
    listing: Listing[Card] | None


@dataclass(frozen=True)
class LiveBoard:
    """What Jira showed, and the features that are ``off``.

    ``backlog`` is None where the columns show every issue of the board, and while it is off. ``epics`` stand
    in for issues that are off. ``more_sprints``: how many further sprints are not read.
    """

    lanes: tuple[Lane, ...]
    backlog: Listing[Card] | None
    epics: Listing[EpicCard] | None
    more_sprints: int
    off: tuple[Off, ...]

    @property
    def is_empty(self) -> bool:
        """Whether everything was shown and there is no issue anywhere."""
        listings = [*(lane.listing for lane in self.lanes), self.backlog]
        return not self.off and not any(listing.entries for listing in listings if listing)

    @property
    def has_no_sprint(self) -> bool:
        """Whether a board with sprints has none that is active, as far as Jira was asked."""
        return not self.lanes and not any(off.feature is SPRINTS for off in self.off)


def read_board(work: Work, registry: Registry, board: BoardView) -> LiveBoard:
    """The board as the person at work sees it; one after the other, configuration, sprints, issues, backlog.

    All calls together have the time of one session. Raises ``NotConnected`` before anything is asked of
    Jira, :class:`NotHere` when the account is gone, and ``JiraTrouble``.
    """
    roles = field_maps.mapped(work, board.account_id)
    with acting_as(work, registry, board.account_id, work.user_id) as acting:
        return _Reader(Agile(acting.jira), board, Features(acting.credential)).read(roles)


class _Reader:
    """Reads one board once."""

    def __init__(self, agile: Agile, board: BoardView, features: Features) -> None:
        self._agile = agile
        self._board = board
        self._id = board.jira_board_id
        self._features = features

    def read(self, roles: dict[str, str]) -> LiveBoard:
        configuration = self._features.read(COLUMNS, lambda: self._agile.configuration(self._id))
        fields = _card_fields(configuration, roles)
        sprints = self._features.read(SPRINTS, self._sprints)
        lanes: tuple[Lane, ...]
        if self._is_without_sprints(sprints, configuration):
            # Jira's list of a board's issues holds its backlog too: kanban shows that as a column.
            lanes, backlog = (self._whole(configuration, fields),), None
        else:
            shown = (sprints or ())[:MOST_SPRINTS]
            lanes = tuple(self._lane(sprint, configuration, fields) for sprint in shown)
            backlog = self._cards(BACKLOG, fields, self._agile.backlog)
        return LiveBoard(
            lanes, backlog, self._epics(), len((sprints or ())[MOST_SPRINTS:]), self._features.off
        )

    def _sprints(self) -> Sequence[Sprint] | None:
        """The active ones, and while their issues are off those planned too. None for a board without
        sprints: Jira answers 400 for those."""
        states = ("active",) if self._features.has(SPRINT_ISSUES) else ("active", "future")
        try:
            return self._agile.sprints(self._id, states).entries
        except JiraTrouble as trouble:
            if trouble.code is Code.BAD_REQUEST:
                return None
            raise

    def _is_without_sprints(
        self, sprints: Sequence[Sprint] | None, configuration: BoardConfiguration | None
    ) -> bool:
        """Jira said so; while sprints are off, the board's configuration does."""
        if self._features.is_off(SPRINTS):
            return configuration is not None and configuration.type == KANBAN
        return sprints is None

    def _lane(self, sprint: Sprint, configuration: BoardConfiguration | None, fields: CardFields) -> Lane:
        def read(board_id: int, names: Sequence[str], start: Start) -> Page[Issue]:
            return self._agile.sprint_issues(board_id, sprint.id, names, start)

        listing = self._cards(SPRINT_ISSUES, fields, read)
        return _laid_out(sprint, listing, configuration.columns if configuration else None)

    def _whole(self, configuration: BoardConfiguration | None, fields: CardFields) -> Lane:
        listing = self._cards(BOARD_ISSUES, fields, self._agile.board_issues)
        if configuration is None:
            return _laid_out(None, listing, None)
        # Without a status a column can never show anything, as kanban's Backlog column while it is off.
        return _laid_out(None, listing, [column for column in configuration.columns if column.status_ids])

    def _cards(self, feature: Feature, fields: CardFields, read: ReadIssues) -> Listing[Card] | None:
        def call() -> Listing[Issue]:
            return read_pages(lambda start: read(self._id, fields.asked_for, start), MOST_ISSUES)

        issues = self._features.read(feature, call)
        if issues is None:
            return None
        cards = tuple(card_of(issue, fields, self._board.base_url) for issue in issues.entries)
        return Listing(cards, issues.total, issues.cut)

    def _epics(self) -> Listing[EpicCard] | None:
        """What the work is about, where its issues cannot be shown."""
        if not any(self._features.is_off(feature) for feature in (SPRINT_ISSUES, BACKLOG, BOARD_ISSUES)):
            return None
        epics = self._features.read(
            EPICS, lambda: read_pages(lambda start: self._agile.epics(self._id, start), MOST_EPICS)
        )
        if epics is None:
            return None
        cards = tuple(epic_card_of(epic, self._board.base_url) for epic in epics.entries)
        return Listing(cards, epics.total, epics.cut)


def _card_fields(configuration: BoardConfiguration | None, roles: dict[str, str]) -> CardFields:
    """The board's own estimate comes first; the mapped one stands in for it."""
    estimates = (configuration.estimation_field if configuration else "", roles.get("story_points", ""))
    return CardFields(tuple(name for name in estimates if name), roles.get("epic_link", ""))


def _laid_out(sprint: Sprint | None, listing: Listing[Card] | None, columns: Sequence[Column] | None) -> Lane:
    if listing is None or columns is None:
        return Lane(sprint, None, (), listing)
    return Lane(sprint, *lay_out(listing.entries, columns), listing)
