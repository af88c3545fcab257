"""The one place that tells the time, so that times are always aware and always UTC."""

from datetime import UTC, date, datetime, time


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


def end_of_day(day: date) -> datetime:
    """The last second of a day in UTC, which is the same for people in all time zones."""
    return datetime.combine(day, time(23, 59, 59), UTC)
