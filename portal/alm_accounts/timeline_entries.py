"""What stands on a connection's timeline, and what it means: that it stopped, works again, or that something
failed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from portal.alm_accounts.timeline_folds import RoutineFold, UsesFold
from portal.alm_accounts.timeline_lines import JustBefore
from portal.alm_accounts.timeline_words import ACCEPTED_AGAIN, BREAKS, FAILED, MENDS, STOPPED, WORKS
from portal.audit.reading import Whole
from portal.credentials.problem import Problem

# Rows of a checklist that break within this time of a break are its consequence.
FOLLOWS = timedelta(hours=1)
AT_ONCE = timedelta(minutes=1)  # a use waits for Jira that long at most
EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """One thing on the timeline: a line of the audit, a fold of what happened again and again, or the end of
    a token by itself (``ended``: whose).

    ``sign``: ``stopped`` where a connection went from working to not working, ``works`` where it works again,
    ``failed`` for what else failed. ``problem``: cause and remedy, where a code is known; ``before``: what
    happened just before a connection stopped.
    """

    time: datetime
    line: Whole | None = None
    ended: str | None = None
    uses: UsesFold | None = None
    routine: RoutineFold | None = None
    sign: str | None = None
    problem: Problem | None = None
    before: JustBefore | None = None


@dataclass(frozen=True)
class Day:
    """A day where the reader is, and what happened on it, newest first."""

    date: date
    entries: list[Entry]


def sign_of(line: Whole) -> str | None:
    """What a line means for the connection."""
    details = line.line.details
    is_row = line.event == "checklist.changed"
    if line.event in BREAKS or (is_row and details.get("after") == "failed"):
        return STOPPED
    if line.event in MENDS or (is_row and details.get("before") == "failed"):
        return WORKS
    if details.get("code") == ACCEPTED_AGAIN:
        return WORKS
    return FAILED if line.line.outcome == "failed" else None


def marked(entries: Iterable[Entry]) -> list[Entry]:
    """Oldest first, with signs that need what came before: uses that failed after others that went well; and
    what is the consequence of something that stopped shortly before."""
    found: list[Entry] = []
    was_well, stopped_at = True, EARLIEST
    for entry in sorted(entries, key=lambda entry: entry.time):
        sign = entry.sign
        if entry.uses is not None:
            sign = _sign_of_uses(entry.uses, was_well)
            was_well = entry.uses.stopped is None
        follows = entry.time - stopped_at < FOLLOWS
        is_row = entry.line is not None and entry.line.event == "checklist.changed"
        if sign == STOPPED and follows and is_row:
            sign = FAILED
        if sign == STOPPED and found and _is_same(found[-1], entry):
            found[-1] = replace(found[-1], sign=FAILED)
        if sign == STOPPED:
            stopped_at = entry.time
        found.append(replace(entry, sign=sign))
    return found


def _is_same(uses: Entry, entry: Entry) -> bool:
    """Whether these are the use in which it stopped, and the line that says so."""
    is_soon = entry.time - uses.time < AT_ONCE
    return uses.uses is not None and uses.sign == STOPPED and entry.line is not None and is_soon


def _sign_of_uses(fold: UsesFold, was_well: bool) -> str | None:
    if fold.stopped and (was_well or fold.last_well is not None):
        return STOPPED
    return FAILED if fold.failures else None
