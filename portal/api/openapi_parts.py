"""What every part of the description of the interface is made of."""

from collections import defaultdict
from typing import Any

from portal.web.program_problems import TYPES

Json = dict[str, Any]

SCHEMAS = "#/components/schemas/"
UUID: Json = {"type": "string", "format": "uuid"}
TIME: Json = {"type": "string", "format": "date-time"}
TEXTS: Json = {"type": "array", "items": {"type": "string"}}
# What may be wrong with any request, with one that asks for a key, and with one about something of the key's:
# codes of the list of problems.
OF_ANYBODY = ("request-unreadable", "other-host", "key-misplaced", "unexpected")
OF_A_KEY = (
    "key-missing",
    "key-mistyped",
    "key-unknown",
    "key-ended",
    "key-revoked",
    "key-suspended",
    "key-elsewhere",
    "rate-limited",
    "operation-missing",
    "unavailable",
)
OF_ONE = (*OF_A_KEY, "not-found")


def in_path(name: str, description: str) -> Json:
    """A parameter of an address that is an id."""
    return {"name": name, "in": "path", "required": True, "description": description, "schema": UUID}


def by_key(operation: str) -> list[Json]:
    """That a key with this operation is asked for."""
    return [{"programKey": [operation]}]


def ref(name: str) -> Json:
    """A schema by its name."""
    return {"$ref": SCHEMAS + name}


def answer(description: str, schema: str) -> Json:
    """An answer in JSON."""
    return {"description": description, "content": {"application/json": {"schema": ref(schema)}}}


def refusals(*codes: str) -> Json:
    """By status, each problem with its code: what ``type`` ends with."""
    content = {"application/problem+json": {"schema": ref("Problem")}}
    told: defaultdict[int, list[str]] = defaultdict(list)
    for one in (TYPES[code] for code in codes):
        told[one.status].append(f"{one.title} ({one.code}).")
    return {
        str(status): {"description": " ".join(told[status]), "content": content} for status in sorted(told)
    }


def all_required(properties: Json) -> Json:
    """An object that has all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


_ERROR = all_required({
    "pointer": {"type": "string", "format": "json-pointer", "description": "Where, in what was sent."},
    "detail": {"type": "string"},
    "remedy": {"type": "string"},
})  # fmt: skip
PROBLEM: Json = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "A page about it; ends with # and its code.",
        },
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "remedy": {"type": "string", "description": "What to do."},
        "request_id": {"type": ["string", "null"], "description": "To be told to the operator."},
        "errors": {"type": "array", "items": _ERROR},
        "errorMessages": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Detail and remedy, where clients of Jira look for them.",
        },
    },
    "required": ["type", "title", "status", "detail", "remedy"],
}
