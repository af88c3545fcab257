"""A board as its Jira has it now, in the words of the page that shows it."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.boards.cards import Card, CardColumn, EpicCard, Tally, tally_of
from portal.boards.features import Off
from portal.boards.moves import Target, Tick
from portal.boards.paging import Listing
from portal.jira import jql
from portal.jira.agile import Sprint
from portal.kinds.features import SPRINTS

MOST_NEAR = 6


@dataclass(frozen=True)
class BoardChoice:
    """What a person chose to see of a board: a sprint (None: the first active one), and what to look for."""

    sprint_id: int | None = None
    search: str = ""

    @property
    def key(self) -> str:
        """The key of an issue, where that is what was looked for."""
        return self.search.strip().upper() if jql.is_key(self.search) else ""

    @property
    def where(self) -> str:
        """The search as Jira is asked; empty where there is nothing to look for."""
        return jql.matching(self.search)


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

    @property
    def tally(self) -> Tally | None:
        """What is in it, as far as it is shown."""
        return tally_of(self.listing.entries) if self.listing else None


# A sprint, and the backlog.
Lists = tuple[Lane | None, Listing[Card] | None]


@dataclass(frozen=True, kw_only=True)
class LiveBoard:
    """What Jira showed, and the features that are ``off``.

    ``sprints`` are those active and planned, of which ``more_sprints`` may be in Jira. ``backlog`` is None
    where the columns show every issue of the board, beside a sprint that is over, and while it is off.
    ``epics`` stand in for issues that are off. ``targets`` are where issues can be moved. ``has_sprints`` is
    False for a board that knows none. ``is_sprint_gone``: the sprint that was asked for is, and ``asked``
    does without. ``is_unfiltered``: Jira did not take the query by which its own board shows less.
    """

    asked: BoardChoice
    has_sprints: bool
    sprints: tuple[Sprint, ...]
    more_sprints: bool
    lane: Lane | None
    backlog: Listing[Card] | None
    epics: Listing[EpicCard] | None
    targets: tuple[Target, ...]
    can_change_sprints: bool
    can_delete_sprint: bool
    off: tuple[Off, ...]
    is_sprint_gone: bool = False
    is_unfiltered: bool = False

    @property
    def near_sprints(self) -> tuple[Sprint, ...]:
        """Those to be shown at once: all, or of many those active, the one that is shown, and the next."""
        if len(self.sprints) <= MOST_NEAR:
            return self.sprints
        shown = self.lane.sprint.id if self.lane and self.lane.sprint else None
        first = {one.id for one in self.sprints[:MOST_NEAR]}
        return tuple(one for one in self.sprints if one.state == "active" or one.id in {shown, *first})

    @property
    def far_sprints(self) -> tuple[Sprint, ...]:
        """The others."""
        near = self.near_sprints
        return tuple(one for one in self.sprints if one not in near)

    @property
    def planned(self) -> tuple[Sprint, ...]:
        """Those that are not started."""
        return tuple(one for one in self.sprints if one.state == "future")

    @property
    def places(self) -> dict[str, int]:
        """Where each issue stands in the order of the board, by its key."""
        shown = [self.lane.listing if self.lane else None, self.backlog]
        cards = [card for one in shown if one for card in one.entries if card.url]
        return {card.key: place for place, card in enumerate(cards)}

    def lost(self, ticks: Iterable[Tick]) -> list[str]:
        """The keys of these issues that can be ticked here no more."""
        known = self.places if self.targets else {}
        return [tick.key for tick in ticks if tick.key not in known]

    @property
    def finds_nothing(self) -> bool:
        """Whether something was looked for, and is in none of the lists that are shown."""
        shown = [one for one in (self.lane.listing if self.lane else None, self.backlog) if one]
        return bool(self.asked.where and shown) and not any(one.entries for one in shown)

    @property
    def searched(self) -> str:
        """What a search went through, in words, where the board has more."""
        sprint = self.lane.sprint if self.lane else None
        parts = [sprint.name if sprint else "", "the backlog" if self.backlog else ""]
        return " and ".join(filter(None, parts)) if self.has_sprints else ""

    @property
    def backlog_tally(self) -> Tally | None:
        """What is in the backlog, as far as it is shown."""
        return tally_of(self.backlog.entries) if self.backlog else None

    @property
    def is_empty(self) -> bool:
        """Whether everything was shown and there is no issue anywhere, nor a choice of what to see."""
        shown = [self.lane.listing if self.lane else None, self.backlog]
        has_choice = self.asked != BoardChoice() or len(self.sprints) > 1
        is_whole = all(one.feature.changes for one in self.off)
        return is_whole and not has_choice and not any(one.entries for one in shown if one)

    @property
    def has_no_sprint(self) -> bool:
        """Whether a board with sprints has none that is active, as far as Jira was asked."""
        return self.has_sprints and self.lane is None and not any(off.feature is SPRINTS for off in self.off)
