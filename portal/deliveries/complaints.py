"""What is said of JSON that cannot be taken: where, what is wrong, what to do. Never a value that was sent:
it may hold a secret."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from portal.errors import PortalError
from portal.jira.trouble import clean

MOST = 100
_LONG_NAME = 64


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong. ``pointer`` (RFC 6901) leads into what was sent; it is empty for the whole."""

    pointer: str
    detail: str
    remedy: str


class ItemsRefused(PortalError):
    """Nothing of what was sent is taken: at most :data:`MOST` complaints, then one that counts the rest."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__(f"{len(self.complaints)} complaints, the first: {self.complaints[0].detail}")


class NotJson(ItemsRefused):
    """What was sent cannot be read as JSON at all."""


def pointer(parts: Sequence[str | int]) -> str:
    """``parts`` as a JSON pointer; it ends above a name that is too long, or no text, to be repeated."""
    written = ""
    for part in parts:
        name = str(part)
        if len(name) > _LONG_NAME or clean(name) != name:
            break
        written += "/" + name.replace("~", "~0").replace("/", "~1")
    return written


def complaints_of(
    error: ValidationError, item: Any, base: Sequence[str | int], model: type[BaseModel]
) -> list[Complaint]:
    """One complaint for each thing wrong with ``item``, which stands at ``base``, at most :data:`MOST`."""
    found = error.errors(include_input=False, include_url=False)[:MOST]
    return [_complaint(one, item, base, model) for one in found]


def _complaint(
    error: ErrorDetails, item: Any, base: Sequence[str | int], model: type[BaseModel]
) -> Complaint:
    context = error.get("ctx", {})
    where = pointer([*base, *_way(error, item)])
    if error["type"] == "extra_forbidden":
        known = model if len(error["loc"]) == 1 else None
        return Complaint(where, "There is no such field here.", _other_name(str(error["loc"][-1]), known))
    if "remedy" in context:
        return Complaint(where, error["msg"], str(context["remedy"]))
    detail, remedy = _SENTENCES.get(error["type"], _OTHER)(context)
    return Complaint(where, detail, remedy)


def _way(error: ErrorDetails, item: Any) -> list[str | int]:
    """Where in ``item`` an error is: its location has names of models in between, which were not sent."""
    way: list[str | int] = []
    at: Any = item
    for part in error["loc"]:
        is_place = isinstance(at, list) and isinstance(part, int)
        if is_place or (isinstance(at, dict) and part in at):
            at = at[part]
            way.append(part)
    return [*way, error["loc"][-1]] if error["type"] == "missing" else way


def _other_name(name: str, model: type[BaseModel] | None) -> str:
    fields = model.model_fields if model else {}
    names = sorted(field.alias or own for own, field in fields.items())
    near = get_close_matches(name[:_LONG_NAME], names, n=1)
    return f"Did you mean “{near[0]}”? If not, leave it out." if near else "Leave it out."


_Sentence = Callable[[dict[str, Any]], tuple[str, str]]


def _plain(detail: str, remedy: str) -> _Sentence:
    return lambda context: (detail, remedy)


_OTHER = _plain("This is not what Jira takes here.", "See the description of this interface, and send that.")
_WHOLE = _plain("This has to be a whole number.", "Send digits alone, without quotes and without a fraction.")
_OBJECT = _plain("This has to be a JSON object.", "Send it in braces: {…}.")
_SENTENCES: dict[str, _Sentence] = {
    "missing": _plain("This field is missing.", "Add it."),
    "string_type": _plain("This has to be a text.", "Send it in quotes."),
    "string_too_long": lambda context: (
        f"This text is longer than {context['max_length']} characters.",
        "Shorten it.",
    ),
    "string_too_short": _plain("This text is empty.", "Send a value; look whether a variable is not set."),
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _plain("This has to be a number.", "Send digits without quotes."),
    "finite_number": _plain("This is no number that JSON has.", "Send digits without quotes."),
    "bool_type": _plain("This has to be true or false.", "Send true or false, without quotes."),
    "list_type": _plain("This has to be a list.", "Send it in brackets: […]."),
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "too_long": lambda context: (
        f"This list has more than {context['max_length']} entries.",
        f"Send at most {context['max_length']}.",
    ),
    "too_short": lambda context: (
        f"This list has fewer than {context['min_length']} entries.",
        "Add one, or leave the field out where it may be left out.",
    ),
    "union_tag_invalid": lambda context: (
        "Its type is none of those that Jira takes here.",
        f"Send one of {context['expected_tags']}, written like that.",
    ),
    "union_tag_not_found": _plain("It does not say of what type it is.", "Add its type."),
    "literal_error": lambda context: (
        "This is none of the words Jira takes here.",
        f"Send one of {context['expected']}, written like that.",
    ),
    "less_than_equal": lambda context: (
        f"This is more than {context['le']}.",
        f"Send at most {context['le']}.",
    ),
    "greater_than_equal": lambda context: (
        f"This is less than {context['ge']}.",
        f"Send at least {context['ge']}.",
    ),
}
