"""What the models of all kinds are built of: names as Atlassian writes them, texts, addresses, times, keys.

Limits are those of Atlassian's OpenAPI description of Jira Software Cloud. A model only judges: what goes on
to Jira is what was sent, so nothing here changes a value or fills one in. ``\\w`` and ``\\d`` of Atlassian's
patterns are read as those of Java and JSON Schema are: letters and digits of ASCII.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

# No two parts of it fit the same character: what does not match is found so in one pass.
_ADDRESS = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_KEY = re.compile(r"[A-Za-z0-9_]{1,255}-[0-9]{1,255}")
_KEY_OF_DEVELOPMENT = re.compile(r"[^\W\d_](?:[^\W\d]|[0-9]){1,255}-[0-9]{1,255}")
_ENTITY_ID = re.compile(r"[A-Za-z0-9~._-]{1,1024}")
_MOST_DIGITS = 2**63


class Sent(BaseModel):
    """Base of everything a program sends: exact types, no other fields, names in camel case."""

    model_config = ConfigDict(strict=True, extra="forbid", alias_generator=to_camel, allow_inf_nan=False)


def may_be_left_out() -> Any:
    """The default of a field that may be missing, but is never null; nobody reads it."""
    return Field(default_factory=lambda: None)


def wrong(kind: str, detail: str, remedy: str) -> PydanticCustomError:
    """An error of a field or model, with its sentences."""
    return PydanticCustomError(kind, detail, {"remedy": remedy})


def _fitting(pattern: re.Pattern[str], kind: str, detail: str, remedy: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise wrong(kind, detail, remedy)
        return text

    return check


def _time(text: str) -> str:
    found = _TIME.fullmatch(text)
    if not found:
        raise wrong("time", "This is no time in RFC 3339.", _WRITE_TIME)
    if not found[2]:
        raise wrong("time_zone", "This time has no zone.", f"Add Z for UTC, or an offset. {_WRITE_TIME}")
    try:
        # Fractions of a second are digits whatever they are; Python reads no more than six of them.
        datetime.fromisoformat(text.replace(found[1] or "", "", 1))
    except ValueError:
        raise wrong("time", "There is no such day or time.", _WRITE_TIME) from None
    return text


_WRITE_TIME = "Write it like 2026-03-01T12:30:00Z; a shell does with: date -u +%Y-%m-%dT%H:%M:%SZ"
_KEY_WORDS = "issue_key", "This is no key of an issue.", "Write it like ABC-12."
_ID_WORDS = (
    "entity_id",
    "An id here has letters of ASCII, digits and ~ . - _ only, at most 1024 of them.",
    "Replace other characters, for example by ~ and their number.",
)

Text = Annotated[str, Field(max_length=255)]
LongText = Annotated[str, Field(max_length=1024)]
Uri = Annotated[str, Field(max_length=2000)]
Address = Annotated[
    str,
    Field(max_length=2000),
    AfterValidator(
        _fitting(
            _ADDRESS,
            "address",
            "This is no address of a page.",
            "Send it whole, beginning with https:// or http://, without spaces.",
        )
    ),
    WithJsonSchema(
        {"type": "string", "format": "uri", "maxLength": 2000, "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}
    ),
]
Time = Annotated[str, AfterValidator(_time), WithJsonSchema({"type": "string", "format": "date-time"})]
Number = Annotated[int, Field(ge=-_MOST_DIGITS, le=_MOST_DIGITS - 1)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
IssueKey = Annotated[
    str,
    AfterValidator(_fitting(_KEY, *_KEY_WORDS)),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9_]{1,255}-[0-9]{1,255}$"}),
]
IssueKeys = Annotated[list[IssueKey], Field(min_length=1, max_length=100)]
KeyOfDevelopment = Annotated[
    str,
    AfterValidator(_fitting(_KEY_OF_DEVELOPMENT, *_KEY_WORDS)),
    WithJsonSchema(
        {
            # Not every library's patterns have classes of letters; so this one lets a little more pass.
            "type": "string",
            "pattern": "^[^\\s-]{2,256}-[0-9]{1,255}$",
            "description": "A letter, at least one more letter, digit or _, a hyphen, a number.",
        }
    ),
]
KeysOfDevelopment = Annotated[list[KeyOfDevelopment], Field(min_length=1, max_length=500)]
EntityId = Annotated[
    str,
    AfterValidator(_fitting(_ENTITY_ID, *_ID_WORDS)),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9~._-]{1,1024}$"}),
]
