"""One use of a person's Jira, for one page about a board: what may be asked, and lists read side by side."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from portal.alm_accounts import field_maps
from portal.boards.boards import BoardView
from portal.boards.cards import Card, CardFields, card_of
from portal.boards.features import Features, Off
from portal.boards.paging import Listing, read_lists
from portal.credentials.acting_as import Acting, acting_as
from portal.credentials.registry import Registry
from portal.credentials.side_by_side import side_by_side
from portal.jira.agile import Agile, BoardConfiguration
from portal.jira.issues import Issue, Page, Start
from portal.kinds.features import COLUMNS, Feature
from portal.store.work import Work

MOST_ISSUES = 500
ReadIssues = Callable[[Sequence[str], Start], Page[Issue]]


@dataclass(frozen=True)
class Reading:
    """A board being read as the person at work; ``roles`` are the account's mapped fields."""

    acting: Acting
    agile: Agile
    features: Features
    board: BoardView
    roles: dict[str, str]

    @property
    def off(self) -> tuple[Off, ...]:
        """What is off, but for columns: a page that shows none asks for them for other things they tell."""
        return tuple(off for off in self.features.off if off.feature is not COLUMNS)

    def configuration(self) -> BoardConfiguration | None:
        """Columns and estimation; None while they are off. The first call: it meets a refusal alone."""
        return self.features.read(COLUMNS, lambda: self.agile.configuration(self.board.jira_board_id))

    def fields(self, configuration: BoardConfiguration | None = None) -> CardFields:
        """The board's own estimate comes first; the mapped one stands in for it, and is what is added up."""
        points = self.roles.get("story_points", "")
        estimates = (configuration.estimation_field if configuration else "", points)
        return CardFields(tuple(name for name in estimates if name), self.roles.get("epic_link", ""), points)

    def cards(
        self, fields: CardFields, wanted: Sequence[tuple[Feature, ReadIssues]]
    ) -> list[Listing[Card] | None]:
        """The lists that are wanted, side by side, each of :data:`MOST_ISSUES` at most; None: it is off."""

        def reader(feature: Feature, read: ReadIssues) -> Callable[[Start], Page[Issue] | None]:
            return lambda start: self.features.read(feature, lambda: read(fields.asked_for, start))

        reads = [reader(feature, read) for feature, read in wanted]
        found = read_lists(partial(side_by_side, self.acting), reads, MOST_ISSUES)
        return [None if listing is None else self._as_cards(listing, fields) for listing in found]

    def _as_cards(self, issues: Listing[Issue], fields: CardFields) -> Listing[Card]:
        cards = tuple(card_of(issue, fields, self.board.base_url) for issue in issues.entries)
        return Listing(cards, issues.total, issues.cut)


@contextmanager
def reading(work: Work, registry: Registry, board: BoardView) -> Iterator[Reading]:
    """Read a board as the person at work; all calls together have the time of one session.

    Raises ``NotConnected`` before anything is asked of Jira, :class:`NotHere` when the account is gone, and
    ``JiraTrouble``.
    """
    roles = field_maps.mapped(work, board.account_id)
    with acting_as(work, registry, board.account_id, work.user_id) as acting:
        yield Reading(
            acting,
            Agile(acting.jira),
            Features.of(acting),
            board,
            roles,
        )
