"""What a person types about a sprint: as texts of a form, and as what Jira keeps. Pure functions.

A form holds texts, and the texts it was loaded with: what differs is what the person changed, and what stands
in Jira otherwise than it was loaded was changed meanwhile by somebody else.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from portal.errors import FieldErrors
from portal.jira.agile import Sprint
from portal.jira.sprint_calls import Value
from portal.jira.trouble import clean
from portal.people.texts import HAS_HIDDEN

Texts = Mapping[str, str]
FIELDS = ("name", "goal", "start", "end")
OVER = ("name", "goal")  # all that Jira lets one change of a sprint that is over
TIMES = ("start", "end")
LONGEST_NAME = 30  # Jira's own limit
LONGEST_GOAL = 5_000
USUAL = timedelta(weeks=2)
NO_TIME = "This is no day and time. Enter both, like 2026-03-31 09:00."
PAST = timedelta(days=1)  # a start before that is told
IN_THE_PAST = "This is more than a day ago. Send it again if you mean it."
_BLANKS = re.compile(r"[ \t]+")
_YEARS = range(2000, 2100)


def texts_of(sprint: Sprint, zone: ZoneInfo) -> dict[str, str]:
    """A sprint as a form shows it, times where the person is."""
    return {
        "name": sprint.name,
        "goal": sprint.goal,
        "start": time_text(sprint.start, zone),
        "end": time_text(sprint.end, zone),
    }


def time_text(at: datetime | None, zone: ZoneInfo) -> str:
    """A time as a field for days and times has it, to the minute."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if at else ""


def plain(texts: Texts) -> dict[str, str]:
    """What was typed, with the line breaks and spaces of browsers made alike, and times in one form."""
    known = {name: texts.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
    known["name"] = " ".join(known["name"].split())
    for name in TIMES:
        at = _read_time(known[name])
        known[name] = at.strftime("%Y-%m-%dT%H:%M") if at else known[name]
    return known


def values_of(texts: Texts, names: frozenset[str], zone: ZoneInfo) -> dict[str, Value]:
    """The named ones as Jira keeps them, all of them judged; an empty time is None.

    Raises :class:`FieldErrors` with a sentence for each that cannot be, and for an end before the start.
    """
    errors: dict[str, str] = {}
    times = {name: _read_time(texts[name]) for name in TIMES}
    if "name" in names and (wrong := _wrong_name(texts["name"])):
        errors["name"] = wrong
    if "goal" in names and (wrong := _wrong_goal(texts["goal"])):
        errors["goal"] = wrong
    errors |= {name: NO_TIME for name in TIMES if name in names and texts[name] and times[name] is None}
    start, end = times["start"], times["end"]
    if not errors and not names.isdisjoint(TIMES) and start and end and end <= start:
        errors["end"] = "The end is not after the start. Enter a later day or time."
    if errors:
        raise FieldErrors(errors)
    known: dict[str, Value] = {name: texts[name] for name in OVER}
    known |= {name: at.replace(tzinfo=zone) if at else None for name, at in times.items()}
    return {name: known[name] for name in FIELDS if name in names}


def proposed(sprint: Sprint, now: datetime) -> Sprint:
    """The sprint with the times to start it with: those planned, while they are ahead, else two weeks."""
    end = sprint.end if sprint.end and sprint.end > now else now + USUAL
    start = sprint.start if sprint.start and sprint.start < end else now
    return Sprint(sprint.id, sprint.name, sprint.state, sprint.goal, start, end)


def is_past(text: str, zone: ZoneInfo, now: datetime) -> bool:
    """Whether a time that was typed is further back than a start that is not yet told to Jira usually is."""
    at = _read_time(text)
    return at is not None and at.replace(tzinfo=zone) < now - PAST


def _wrong_name(name: str) -> str:
    if not name:
        return "Enter a name."
    if len(name) > LONGEST_NAME:
        return f"Enter a name of at most {LONGEST_NAME} characters: Jira takes no longer one."
    return _unseen(unicodedata.normalize("NFC", name))


def _wrong_goal(goal: str) -> str:
    if len(goal) > LONGEST_GOAL:
        return f"Enter a goal of at most {LONGEST_GOAL} characters."
    lines = [_BLANKS.sub(" ", line).strip() for line in goal.split("\n")]
    return next(filter(None, map(_unseen, lines)), "")


def _unseen(line: str) -> str:
    return "" if clean(line, LONGEST_GOAL) == line else HAS_HIDDEN


def _read_time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is None and at.year in _YEARS and len(text) > len("2026-03-31") else None
