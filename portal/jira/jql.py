"""Queries in Jira's own language, built so that what somebody typed can only ever be looked for.

Values stand in quotes with quotes and backslashes escaped (Atlassian, "Advanced searching"). Text goes
further to the parser of the text index ("Search syntax for text fields"): of what was typed only its words
are sent, in small letters, so that none of its operators is left.
"""

import re
from collections.abc import Sequence

# Project key, hyphen, number: what an issue goes by.
ISSUE_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}-[0-9]{1,18}", re.ASCII)
_CUSTOM_FIELD = re.compile(r"customfield_([0-9]{1,18})", re.ASCII)
_WORD = re.compile(r"\w+")
_MOST_WORDS = 10
BY_RANK = "ORDER BY Rank ASC"


def quoted(text: str) -> str:
    """One value, whatever stands in it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def one_of(name: str, values: Sequence[str]) -> str:
    """The field ``name``, which is ours and no input, has one of these values."""
    return f"{name} in ({', '.join(quoted(value) for value in values)})"


def both(query: str, condition: str) -> str:
    """A query that is Jira's own, and a condition of ours, which may be empty."""
    return f"({query}) AND {condition}" if condition else query


def field_name(field_id: str, otherwise: str) -> str:
    """How a query names a custom field by its id; ``otherwise``, a name, where it is no such id."""
    found = _CUSTOM_FIELD.fullmatch(field_id)
    return f"cf[{found[1]}]" if found else quoted(otherwise)


def is_key(typed: str) -> bool:
    """Whether this is the key of an issue."""
    return ISSUE_KEY.fullmatch(typed.strip()) is not None


def matching(typed: str) -> str:
    """The issue of a key, or those whose text has every word, in full or as its beginning.

    Empty when nothing was typed that can be looked for: Jira finds words by their stem, but beginnings only
    as they are written, so both are asked for.
    """
    if is_key(typed):
        return f"key = {quoted(typed.strip().upper())}"
    words = [word.lower() for word in _WORD.findall(typed)[:_MOST_WORDS]]
    if not words:
        return ""
    beginnings = " ".join(f"{word}*" for word in words)
    return f"(text ~ {quoted(' '.join(words))} OR text ~ {quoted(beginnings)})"
