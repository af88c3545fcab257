"""From Jira's issues to the cards of a page. Pure functions; what Jira sent is only ever text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.jira.agile import Column, Epic
from portal.jira.issues import Issue
from portal.jira.jql import ISSUE_KEY
from portal.jira.readers import text

MOST_POINTS = 1_000_000
TIME_FIELDS = frozenset({"timeoriginalestimate", "timeestimate"})


@dataclass(frozen=True)
class CardFields:
    """Which fields fill a card: ``estimates`` in order of preference; ``epic_link`` may be empty.

    ``points`` is the field of story points; empty: the first estimate that is no time.
    """

    estimates: tuple[str, ...]
    epic_link: str
    points: str = ""

    @property
    def asked_for(self) -> tuple[str, ...]:
        """Ids of the fields to ask Jira for."""
        return tuple(dict.fromkeys(name for name in (*self.estimates, self.epic_link) if name))


@dataclass(frozen=True)
class Card:
    """An issue as the page shows it; what is not known is None."""

    key: str
    summary: str
    type_name: str
    status_name: str
    status_id: str
    assignee_name: str | None
    estimate: float | str | None
    epic_name: str | None
    url: str | None  # only of what is a key: anything else does not become a link
    epic_key: str = ""
    points: float | None = None
    is_done: bool = False


@dataclass(frozen=True)
class Tally:
    """How many cards there are and their story points, of all and of those done. No points at all: None."""

    count: int
    done: int
    points: float | None
    points_done: float | None


@dataclass(frozen=True)
class EpicCard:
    """An epic where its issues are not shown."""

    key: str
    name: str
    done: bool
    url: str | None


@dataclass(frozen=True)
class CardColumn:
    """A column of the board with its cards."""

    name: str
    cards: tuple[Card, ...]

    @property
    def tally(self) -> Tally:
        """What is in it."""
        return tally_of(self.cards)


def card_of(issue: Issue, fields: CardFields, base_url: str) -> Card:
    """The card of one issue; ``base_url`` is that Jira's, without a trailing slash."""
    return Card(
        key=issue.key,
        summary=issue.summary,
        type_name=issue.type,
        status_name=issue.status,
        status_id=issue.status_id,
        assignee_name=issue.assignee or None,
        estimate=_estimate(issue, fields.estimates),
        epic_name=issue.epic or text(issue.values, fields.epic_link) or None,
        url=_url(issue.key, base_url),
        epic_key=issue.epic_key or text(issue.values, fields.epic_link),
        points=_points(issue, fields),
        is_done=issue.is_done,
    )


def tally_of(cards: Iterable[Card]) -> Tally:
    """Count and add up."""
    known = list(cards)
    points = [(card.points, card.is_done) for card in known if card.points is not None]
    return Tally(
        count=len(known),
        done=sum(card.is_done for card in known),
        points=sum(value for value, _ in points) if points else None,
        points_done=sum(value for value, is_done in points if is_done) if points else None,
    )


def epic_card_of(epic: Epic, base_url: str) -> EpicCard:
    """The card of one epic; without a name it goes by its key."""
    return EpicCard(epic.key, epic.name or epic.key, epic.done, _url(epic.key, base_url))


def _url(key: str, base_url: str) -> str | None:
    return f"{base_url}/browse/{key}" if ISSUE_KEY.fullmatch(key) else None


def _estimate(issue: Issue, names: Iterable[str]) -> float | str | None:
    """The first estimate there is; Jira keeps times in seconds."""
    for name in names:
        value = _number(issue.values.get(name))
        if value is not None:
            return f"{value / 3600:g} h" if name in TIME_FIELDS else value
    return None


def _points(issue: Issue, fields: CardFields) -> float | None:
    """Its story points; what Jira never shows as points, like 1e300, is not added up."""
    names = [fields.points] if fields.points else [one for one in fields.estimates if one not in TIME_FIELDS]
    found = (_number(issue.values.get(name)) for name in names)
    return next((value for value in found if value is not None and abs(value) <= MOST_POINTS), None)


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def lay_out(
    cards: Sequence[Card], columns: Sequence[Column]
) -> tuple[tuple[CardColumn, ...], tuple[Card, ...]]:
    """Cards by column, and apart those whose status no column shows."""
    laid = tuple(
        CardColumn(column.name, tuple(card for card in cards if card.status_id in column.status_ids))
        for column in columns
    )
    known = {status for column in columns for status in column.status_ids}
    return laid, tuple(card for card in cards if card.status_id not in known)
