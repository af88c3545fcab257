"""What values of a delivery have to look like. A shape gets a value with its name and says what is wrong.

The limits are those of Atlassian's description of Jira Software's interfaces. Of its words, only those for
what is missing are confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

Shape = Callable[[str, Any], list[str]]

ISSUE_KEY = r"[A-Za-z0-9_]{1,255}-[0-9]{1,255}"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_INT64 = 2**63


def text(most: int = 255) -> Shape:
    """Text of at most so many characters."""

    def look(name: str, value: Any) -> list[str]:
        if not isinstance(value, str):
            return [f"'{name}' must be a string"]
        return [] if len(value) <= most else [f"'{name}' must have at most {most} characters"]

    return look


def whole(least: int = -_INT64, most: int = _INT64 - 1) -> Shape:
    """A whole number; of 64 bits where nothing else is said."""

    def look(name: str, value: Any) -> list[str]:
        fits = type(value) is int and least <= value <= most
        return [] if fits else [f"'{name}' must be a whole number from {least} to {most}"]

    return look


def percentage(name: str, value: Any) -> list[str]:
    """A number from 0 to 100."""
    fits = type(value) in (int, float) and 0 <= value <= 100
    return [] if fits else [f"'{name}' must be a number from 0 to 100"]


def truth(name: str, value: Any) -> list[str]:
    """True or false."""
    return [] if isinstance(value, bool) else [f"'{name}' must be true or false"]


def one_of(*words: str) -> Shape:
    """One of these words."""

    def look(name: str, value: Any) -> list[str]:
        return [] if value in words else [f"'{name}' must be one of {', '.join(words)}"]

    return look


def moment(name: str, value: Any) -> list[str]:
    """A time with its zone (RFC 3339)."""
    try:
        fits = isinstance(value, str) and _TIME.fullmatch(value) and datetime.fromisoformat(value)
    except ValueError:
        fits = False
    return [] if fits else [f"'{name}' must be an RFC 3339 date-time"]


def address(name: str, value: Any) -> list[str]:
    """An absolute http or https URL."""
    problems = text(2000)(name, value)
    if problems:
        return problems
    try:
        parts = urlsplit(value)
    except ValueError:
        return [f"'{name}' must be a URL"]
    fits = parts.scheme in ("http", "https") and parts.hostname
    return [] if fits else [f"'{name}' must be a URL"]


def matching(pattern: str) -> Shape:
    """Text that is all of this pattern."""
    compiled = re.compile(pattern)

    def look(name: str, value: Any) -> list[str]:
        fits = isinstance(value, str) and compiled.fullmatch(value)
        return [] if fits else [f"'{name}' has the value {value!r}, which does not match {pattern}"]

    return look


def many(shape: Shape, least: int, most: int | None = None) -> Shape:
    """A list; each of its values has that shape."""
    size = f"at least {least}" if most is None else f"{least} to {most}"

    def look(name: str, value: Any) -> list[str]:
        if not isinstance(value, list) or len(value) < least or (most is not None and len(value) > most):
            return [f"'{name}' must be a list of {size}"]
        return [problem for one in value for problem in shape(name, one)]

    return look


def record(required: dict[str, Shape], optional: dict[str, Shape]) -> Shape:
    """An object. What it has beyond these names is not looked at; ``null`` is as good as nothing."""
    known = required | optional

    def look(name: str, value: Any) -> list[str]:
        if not isinstance(value, dict):
            return [f"'{name}' must be an object"]
        inside = f"{name}." if name else ""
        problems = [f"'{inside}{one}' is required" for one in required if value.get(one) is None]
        for field, shape in known.items():
            if value.get(field) is not None:
                problems += shape(f"{inside}{field}", value[field])
        return problems

    return look


ISSUE_KEYS = many(matching(ISSUE_KEY), 1, 100)
