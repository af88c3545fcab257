"""Days as somebody types them into a filter, and the moment a day begins where they are."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

NO_DAY = "This is no day. Enter year, month and day, like 2026-03-31."
BEFORE_FIRST = "This day is before the first one. Enter the same day or a later one."
_YEARS = range(2000, 2100)


def read_days(query: Mapping[str, str]) -> tuple[date | None, date | None, dict[str, str]]:
    """First and last day of a page's query (``since``, ``until``; None: not given), and a sentence for each
    field that is wrong."""
    texts = {name: query.get(name, "").strip() for name in ("since", "until")}
    days = {name: _day(text) for name, text in texts.items()}
    errors = {name: NO_DAY for name, day in days.items() if texts[name] and day is None}
    since, until = days.values()
    if since and until and until < since:
        errors["until"] = BEFORE_FIRST
    return since, until, errors


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day somewhere, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None
