"""A board as its Jira has it now, read with the credential of the person who looks and no other (B7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portal.alm_accounts import field_maps
from portal.boards.boards import BoardView
from portal.boards.cards import Card, CardColumn, CardFields, card_of, lay_out
from portal.boards.paging import Listing, Pace, read_pages
from portal.credentials.acting_as import acting_as
from portal.credentials.registry import Registry
from portal.jira.agile import Agile, BoardConfiguration, Issue, Page, Sprint
from portal.jira.answers import Code, JiraTrouble
from portal.store.work import Work

MOST_ISSUES = 200
MOST_SPRINTS = 5


@dataclass(frozen=True)
class Lane:
    """Cards in columns: those of one active sprint, or all of a board without sprints (``sprint`` None)."""

    sprint: Sprint | None
    columns: tuple[CardColumn, ...]
    apart: tuple[Card, ...]
    listing: Listing[Card]


@dataclass(frozen=True)
class LiveBoard:
    """What Jira showed. ``backlog`` is None where the columns show every issue of the board.

    ``more_sprints``: how many further active sprints are not read.
    """

    lanes: tuple[Lane, ...]
    backlog: Listing[Card] | None
    more_sprints: int

    @property
    def is_empty(self) -> bool:
        """Whether there is no issue anywhere."""
        listings = [*(lane.listing for lane in self.lanes), *([self.backlog] if self.backlog else [])]
        return not any(listing.entries for listing in listings)


def read_board(work: Work, registry: Registry, board: BoardView, seconds: float) -> LiveBoard:
    """The board as the person at work sees it; one after the other, configuration, sprints, issues, backlog.

    ``seconds``: time in which calls may begin. Raises ``NotConnected`` before anything is asked of Jira,
    :class:`NotHere` when the account is gone, and ``JiraTrouble``.
    """
    roles = field_maps.mapped(work, board.account_id)
    with acting_as(work, registry, board.account_id, work.user_id) as acting:
        return _Reader(Agile(acting.jira), board, Pace(seconds)).read(roles)


class _Reader:
    """Reads one board once."""

    def __init__(self, agile: Agile, board: BoardView, pace: Pace) -> None:
        self._agile = agile
        self._board = board
        self._pace = pace

    def read(self, roles: dict[str, str]) -> LiveBoard:
        configuration = self._agile.configuration(self._board.jira_board_id)
        estimates = (configuration.estimation_field, roles.get("story_points", ""))
        fields = CardFields(tuple(name for name in estimates if name), roles.get("epic_link", ""))
        sprints = self._active_sprints()
        if sprints is None:
            # Jira's list of a board's issues holds its backlog too: kanban shows that as a column.
            return LiveBoard((self._whole(configuration, fields),), None, 0)
        lanes = tuple(self._lane(sprint, configuration, fields) for sprint in sprints[:MOST_SPRINTS])
        backlog = self._cards(fields, self._agile.backlog)
        return LiveBoard(lanes, backlog, len(sprints[MOST_SPRINTS:]))

    def _active_sprints(self) -> Sequence[Sprint] | None:
        """None for a board without sprints: Jira answers 400 for those."""
        self._pace.check()
        try:
            return self._agile.sprints(self._board.jira_board_id, ("active",)).entries
        except JiraTrouble as trouble:
            if trouble.code is Code.BAD_REQUEST:
                return None
            raise

    def _lane(self, sprint: Sprint, configuration: BoardConfiguration, fields: CardFields) -> Lane:
        def read(board_id: int, names: Sequence[str], start: int) -> Page[Issue]:
            return self._agile.sprint_issues(board_id, sprint.id, names, start)

        listing = self._cards(fields, read)
        return Lane(sprint, *lay_out(listing.entries, configuration.columns), listing)

    def _whole(self, configuration: BoardConfiguration, fields: CardFields) -> Lane:
        listing = self._cards(fields, self._agile.board_issues)
        # Without a status a column can never show anything, as kanban's Backlog column while it is off.
        columns = [column for column in configuration.columns if column.status_ids]
        return Lane(None, *lay_out(listing.entries, columns), listing)

    def _cards(
        self, fields: CardFields, read: Callable[[int, Sequence[str], int], Page[Issue]]
    ) -> Listing[Card]:
        board_id, base_url = self._board.jira_board_id, self._board.base_url
        issues = read_pages(lambda start: read(board_id, fields.asked_for, start), MOST_ISSUES, self._pace)
        cards = tuple(card_of(issue, fields, base_url) for issue in issues.entries)
        return Listing(cards, issues.total, issues.cut)
