"""What Jira wants of a new issue, as it can be asked for here, and what was typed as Jira takes it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import isfinite
from typing import Any

from portal.errors import FieldErrors
from portal.jira import new_issues
from portal.jira.client import JiraClient
from portal.jira.found_issues import DESCRIPTION, LABELS
from portal.jira.jql import is_key
from portal.jira.new_issues import Person, ScreenField

# These are sent in any case: chosen before, or taken of the idea.
OWN = frozenset({"project", "issuetype", "summary", DESCRIPTION})
_LONG = frozenset({DESCRIPTION, "environment"})
_ID = re.compile(r"[A-Za-z]\w{0,99}", re.ASCII)
_PREFIX = "jira_"
LONGEST_TEXT = 30_000
Given = Mapping[str, Sequence[str]]
FindPeople = Callable[[str], list[Person]]


def name_of(field_id: str) -> str:
    """The name in a form of a field of Jira's."""
    return _PREFIX + field_id


class Kind(StrEnum):
    """How a field is asked for."""

    LINE = "line"
    LINES = "lines"
    NUMBER = "number"
    DAY = "day"
    ONE = "one"  # of a list
    SEVERAL = "several"  # of a list
    WORDS = "words"
    PERSON = "person"
    ISSUE = "issue"


@dataclass(frozen=True)
class AskedField:
    """A field of Jira's that is asked for. ``id`` is Jira's, ``name`` that in the form."""

    id: str
    label: str
    kind: Kind
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """Its name in a form."""
        return name_of(self.id)


@dataclass(frozen=True)
class Screen:
    """What a new issue of a type wants: ``asked`` here; ``unaskable`` are names of fields it wants that only
    Jira's own page asks for. ``takes``: the ids of all fields on it."""

    asked: tuple[AskedField, ...]
    unaskable: tuple[str, ...]
    takes: frozenset[str]

    @property
    def marker_in(self) -> str | None:
        """The field a marker is sent in; None where the screen has none for it."""
        return next((name for name in (LABELS, DESCRIPTION) if name in self.takes), None)


def is_asked(name: str) -> bool:
    """Whether a field of a form may be one of these."""
    return name.startswith(_PREFIX) and _ID.fullmatch(name.removeprefix(_PREFIX)) is not None


def screen_of(fields: Sequence[ScreenField], own: frozenset[str] = OWN) -> Screen:
    """What to ask for, of what Jira told; ``own`` are fields that are sent anyhow."""
    wanted = [field for field in fields if field.is_wanted and field.id not in own]
    kinds = [(field, _kind(field)) for field in wanted]
    return Screen(
        tuple(
            AskedField(field.id, field.name or field.id, kind, field.choices) for field, kind in kinds if kind
        ),
        tuple(field.name or field.id for field, kind in kinds if not kind),
        frozenset(field.id for field in fields),
    )


def _kind(field: ScreenField) -> Kind | None:
    """How it is asked for; None where it cannot be."""
    if not _ID.fullmatch(field.id):
        return None
    if field.choices and field.type not in ("array", "option-with-child"):
        return Kind.ONE
    if field.choices and field.type == "array" and field.items != "option-with-child":
        return Kind.SEVERAL
    if field.type == "array":
        return Kind.WORDS if field.id == LABELS or field.custom == "labels" else None
    if field.type == "string":
        return Kind.LINES if field.custom == "textarea" or field.id in _LONG else Kind.LINE
    return _SIMPLE.get(field.type)


_SIMPLE = {"number": Kind.NUMBER, "date": Kind.DAY, "user": Kind.PERSON, "issuelink": Kind.ISSUE}


def values_of(client: JiraClient, project: str, asked: Sequence[AskedField], given: Given) -> dict[str, Any]:
    """The values of the fields by Jira's ids, as it takes them. People are looked up in Jira.

    Raises :class:`FieldErrors` for all that cannot be, and JiraTrouble.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in asked:
        try:
            if field.kind is Kind.PERSON:
                values[field.id] = _person(
                    field, _line(field, given), lambda name: new_issues.people(client, project, name)
                )
            elif field.kind is Kind.LINES:
                values[field.id] = new_issues.long_text(client, _text(field, given))
            else:
                values[field.id] = _READERS[field.kind](field, given)
        except FieldErrors as error:
            errors |= error.errors
    if errors:
        raise FieldErrors(errors)
    return values


def _wrong(field: AskedField, sentence: str) -> FieldErrors:
    return FieldErrors({field.name: sentence})


def text_of(given: Given, field_id: str) -> str:
    """What was typed for a field of Jira's; nothing where it was not asked for."""
    return (given.get(name_of(field_id)) or [""])[0].replace("\r\n", "\n").strip()


def _text(field: AskedField, given: Given) -> str:
    typed = text_of(given, field.id)
    if not typed:
        raise _wrong(field, f"Jira wants this: enter {field.label}.")
    if len(typed) > LONGEST_TEXT:
        raise _wrong(field, f"Enter at most {LONGEST_TEXT} characters.")
    return typed


def _line(field: AskedField, given: Given) -> str:
    return " ".join(_text(field, given).split())


def _number(field: AskedField, given: Given) -> float:
    try:
        number = float(_line(field, given))
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise _wrong(field, "Enter a number, such as 8 or 0.5.")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _day(field: AskedField, given: Given) -> str:
    try:
        return date.fromisoformat(_line(field, given)).isoformat()
    except ValueError:
        raise _wrong(field, "Enter a day, such as 2026-03-31.") from None


def _chosen(field: AskedField, given: Given) -> list[dict[str, str]]:
    known = dict(field.choices)
    chosen = [value for value in given.get(field.name, ()) if value]
    if not chosen or any(value not in known for value in chosen):
        raise _wrong(field, f"Jira wants this: choose {field.label} from the list.")
    return [{"id": value} for value in dict.fromkeys(chosen)]


def _issue(field: AskedField, given: Given) -> dict[str, str]:
    key = _line(field, given).upper()
    if not is_key(key):
        raise _wrong(field, "Enter the key of an issue, such as ABC-12.")
    return {"key": key}


def _person(field: AskedField, typed: str, find: FindPeople) -> dict[str, str]:
    """The only one who is called so, in full or else in part."""
    found = find(typed)
    whole = [one for one in found if typed.casefold() in (name.casefold() for name in one.names)]
    matching = whole or found
    if not matching:
        raise _wrong(field, "Jira knows nobody of this name to whom issues of the project are given.")
    if len(matching) > 1:
        names = ", ".join(one.display_name for one in matching[:5])
        raise _wrong(field, f"Several people are called so: {names}. Enter the whole name of one.")
    return dict(matching[0].value)


_READERS: dict[Kind, Callable[[AskedField, Given], Any]] = {
    Kind.LINE: _line,
    Kind.NUMBER: _number,
    Kind.DAY: _day,
    Kind.ONE: lambda field, given: _chosen(field, given)[0],
    Kind.SEVERAL: _chosen,
    Kind.WORDS: lambda field, given: _line(field, given).split(),
    Kind.ISSUE: _issue,
}
