"""Reading single values out of an answer that may lack them or hold anything (T30)."""

from datetime import datetime
from typing import Any

from portal.jira.trouble import Code, JiraTrouble, clean

# A whole number that every program of the way keeps exactly (RFC 8259, section 6).
LARGEST = 2**53 - 1
LONGEST = 10_000  # characters of a text of several lines
# Outside these a time zone cannot always be applied; no issue of a Jira has such a date.
YEARS = range(1970, 2201)


def mapping(value: Any) -> dict[str, Any]:
    """``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[dict[str, Any]]:
    """The objects in ``value`` if it is an array, else none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(source: dict[str, Any], name: str) -> str:
    """A text on one line of at most 255 characters; a number as its digits; empty when missing or odd."""
    value = source.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return clean(value) if isinstance(value, str) else ""


def paragraphs(source: dict[str, Any], name: str) -> str:
    """A text of several lines, each as :func:`clean` leaves it; empty when missing or odd."""
    value = source.get(name)
    lines = value[:LONGEST].splitlines() if isinstance(value, str) else []
    return "\n".join(clean(line, LONGEST) for line in lines).strip()


def integer(source: dict[str, Any], name: str) -> int | None:
    """A whole number of at most 53 bits, or None."""
    value = source.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -LARGEST <= value <= LARGEST else None


def moment(source: dict[str, Any], name: str) -> datetime | None:
    """An aware time in ISO 8601, as Jira writes it, of a year in :data:`YEARS`, or None."""
    try:
        read = datetime.fromisoformat(text(source, name))
    except ValueError:
        return None
    return read if read.tzinfo and read.year in YEARS else None


def expect_object(value: Any, what: str, *, may_have_changed: bool = False) -> dict[str, Any]:
    """``value`` if it is an object; JiraTrouble ``broken_answer`` naming ``what`` otherwise.

    ``may_have_changed``: it answers a change, which is made then.
    """
    if not isinstance(value, dict):
        raise JiraTrouble(Code.BROKEN_ANSWER, expected=what, may_have_changed=may_have_changed)
    return value
