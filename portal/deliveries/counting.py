"""How many deliveries came on each of the last days, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select

from portal import clock
from portal.days import start_of
from portal.deliveries.outcomes import OUTCOMES
from portal.store.tables import Delivery
from portal.store.work import Work

DAYS = 14


@dataclass(frozen=True)
class Day:
    """What was received on a day, by what became of it."""

    day: date
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Counts:
    """The last days, the latest first."""

    days: tuple[Day, ...]

    @property
    def total(self) -> int:
        """All that was received."""
        return sum(day.total for day in self.days)

    @property
    def most(self) -> int:
        """What was received on the busiest day."""
        return max(day.total for day in self.days)

    def of(self, outcome: str) -> int:
        """How many of all came to this."""
        return sum(day.counts.get(outcome, 0) for day in self.days)


def counts(work: Work, zone: ZoneInfo) -> Counts:
    """The last :data:`DAYS` days of ``zone``, today among them."""
    today = clock.now().astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(DAYS)]
    place = case(*((Delivery.received_at >= start_of(day, zone), back) for back, day in enumerate(days)))
    # Every outcome is named for the index's sake: it is by outcome, then time.
    lately = select(place, Delivery.outcome, func.count()).where(
        Delivery.outcome.in_(OUTCOMES), Delivery.received_at >= start_of(days[-1], zone)
    )
    found: list[dict[str, int]] = [dict.fromkeys(OUTCOMES, 0) for _ in days]
    with work.read() as session:
        for back, word, count in session.execute(lately.group_by(place, Delivery.outcome)):
            found[back][word] = count
    return Counts(tuple(Day(day, by_outcome) for day, by_outcome in zip(days, found, strict=True)))
