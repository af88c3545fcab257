"""Which deliveries are to be replayed: those that were ticked, or all that a filter finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from portal.deliveries.filtering import Wanted
from portal.deliveries.reading import A_PAGE
from portal.ids import uuid_of
from portal.store.tables import Delivery

TICKED, ALL = "ticked", "all"
NOTHING_CHOSEN = (
    "Nothing is replayed: tick a delivery that does not wait, or change the filter, and try again."
)


@dataclass(frozen=True)
class Choice:
    """``ids`` where some were ticked; else all that ``wanted`` finds, on whatever page of the list."""

    ids: tuple[UUID, ...]
    wanted: Wanted

    @classmethod
    def of(cls, given: MultiDict[str, str]) -> "Choice | None":
        """From a page's query or form; None where nothing was chosen. Raises
        :class:`~portal.errors.FieldErrors` for a filter that cannot be read."""
        wanted = Wanted.of(given)
        ticked = [found for text in given.getlist("id")[:A_PAGE] if (found := uuid_of(text))]
        if given.get("chosen") == ALL:
            return cls((), wanted)
        return cls(tuple(ticked), wanted) if ticked else None

    def conditions(self, zone: ZoneInfo) -> list[ColumnElement[bool]]:
        """What a row must fulfil."""
        return [Delivery.id.in_(self.ids)] if self.ids else self.wanted.conditions(zone)

    def fields(self) -> Iterator[tuple[str, str]]:
        """The same choice as names and values of a form."""
        yield "chosen", TICKED if self.ids else ALL
        yield from (("id", str(one)) for one in self.ids)
        yield from self.wanted.query().items()
