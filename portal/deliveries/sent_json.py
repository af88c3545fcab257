"""Reading JSON that a program sent: strictly, so that nothing is understood in another way than it was meant.

Refused beyond bad syntax: other encodings than UTF-8, two fields of one name, objects with over a hundred
fields, NUL characters and lone surrogates (no database keeps them), nesting without end. NaN, Infinity and
nesting over what items have pass here; no field of any item takes them. A number without a fraction is a
whole number however it is written, as in 14100413.0 (JSON Schema, section 6.1.1 of its validation).
"""

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from portal.deliveries.complaints import MOST, Complaint, ItemsRefused, NotJson, pointer

# Deeper than any item is, and far from what Python can follow.
_MAX_DEPTH = 20
_MAX_FIELDS = 100
# Beyond it, a number with a point may have lost digits when it was read (RFC 8259, section 6).
_EXACT = 2**53
_MAY_BE_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_TWICE = "Two fields of this object have the same name.", "Send each field once."
_PLAIN_JSON = "Send plain JSON (RFC 8259) in UTF-8."
_ENCODE = "Leave such characters out; look how the program that sent this makes its JSON."

# What is wrong with an object or a text, and what to do; None where nothing is.
_Look = Callable[[Any], tuple[str, str] | None]
_Odd = dict[int, tuple[dict[str, Any], tuple[str, str]]]


def loads(body: bytes) -> Any:
    """The JSON in ``body``. :class:`NotJson` where it is none, :class:`ItemsRefused` where it is not sane."""
    odd: _Odd = {}
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, odd), parse_float=_number)
    except UnicodeDecodeError:
        raise _not_json("This is not text in UTF-8.", _PLAIN_JSON) from None
    except json.JSONDecodeError as error:
        detail = f"This is not JSON: it cannot be read from line {error.lineno}, column {error.colno} on."
        raise _not_json(detail, "Mend it there; look for quotes, commas and brackets.") from None
    except ValueError:
        raise _not_json("A number here has thousands of digits.", _PLAIN_JSON) from None
    except RecursionError:
        raise _not_json("This is nested too deep.", "Send an item, or a list of items.") from None
    if odd:
        _refuse(value, lambda at: odd[id(at)][1] if id(at) in odd else None)
        # They lie deeper than anybody looks, or in what a second field of the same name has replaced.
        raise ItemsRefused([Complaint("", *_TWICE)])
    if _MAY_BE_UNSTORABLE.search(body):
        _refuse(value, _unstorable)
    return value


def _not_json(detail: str, remedy: str) -> NotJson:
    return NotJson([Complaint("", detail, remedy)])


def _object(pairs: list[tuple[str, Any]], odd: _Odd) -> dict[str, Any]:
    fields = dict(pairs)
    if len(odd) > MOST:
        return fields
    if len(fields) != len(pairs):
        odd[id(fields)] = fields, _TWICE
    elif len(pairs) > _MAX_FIELDS:
        told = f"This object has more than {_MAX_FIELDS} fields."
        odd[id(fields)] = fields, (told, "Send the fields that are described; no item has so many.")
    return fields


def _number(digits: str) -> int | float:
    value = float(digits)
    return int(value) if value.is_integer() and abs(value) <= _EXACT else value


def _unstorable(at: Any) -> tuple[str, str] | None:
    if isinstance(at, str) and _UNSTORABLE.search(at):
        return "This text has a NUL character or half a character.", _ENCODE
    if isinstance(at, dict) and any(map(_UNSTORABLE.search, at)):
        return "The name of a field here has a NUL character or half a character.", _ENCODE
    return None


def _refuse(value: Any, look: _Look) -> None:
    """:class:`ItemsRefused` with what ``look`` finds anywhere in ``value``, if it finds anything."""
    wrong = ((way, said) for way, at in _walk(value) if (said := look(at)))
    found = [Complaint(pointer(way), *said) for way, said in islice(wrong, MOST)]
    if next(wrong, None):
        found.append(Complaint("", "There are more like these.", "Mend them too, then send it again."))
    if found:
        raise ItemsRefused(found)


def _walk(value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Everything in ``value`` down to :data:`_MAX_DEPTH`, with the way to it, in the order it was sent."""
    left: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while left:
        way, at = left.pop()
        yield way, at
        if len(way) < _MAX_DEPTH and isinstance(at, dict | list):
            entries = list(at.items() if isinstance(at, dict) else enumerate(at))
            left += [((*way, name), entry) for name, entry in reversed(entries)]
