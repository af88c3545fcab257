"""The details of an audit line in words: the audit itself holds codes and ids only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from portal.alm_accounts.field_maps import ROLES
from portal.credentials.problems import PROBLEMS
from portal.kinds import KINDS

SHOWN = 12  # characters of an id; enough to tell two apart
ROLE_LABELS = {role.key: role.label for role in ROLES}
NAMES = {
    "code": "result",
    "cloud_id": "cloud ID",
    "scopes": "permissions",
    "generation": "number of the key",
    "kind": "kind of account",
    "consumer_changed": "new consumer key",
}
PURPOSES = {"account": "the account's own identity", "person": "their own identity"}
STAGES = {"current": "in use", "next": "to follow the one in use"}
CHANGES = {
    "base_url": "base URL",
    "ca_pem": "CA certificate",
    "max_concurrent": "calls at once",
    "client_id": "client ID",
    "scopes": "permissions",
}
CODES = {
    "connected": "connected",
    "passed": "passed",
    "accepted": "accepted by Jira",
    "accepted_again": "accepted by Jira again",
    "elsewhere": "opened by somebody else, in another browser or for another account",
    "not_the_one_meant": "not the identity that was meant",
    # The catalogue speaks to the person it happened to; the record is read by others.
    "denied": "Deny was pressed in Jira",
    "membership_ended": "no longer belongs to this organisation",
    "role_ended": "no longer an admin here",
    "person_not_connected": "not connected",
    "left": "left the organisation",
    "removed": "removed from the organisation",
    "disconnected": "by Disconnect",
    "not_confirmed": "the identity was not confirmed within a day",
}


@dataclass(frozen=True)
class Said:
    """One detail as a page shows it. ``full`` is the whole of what ``text`` shortens, or None."""

    name: str
    text: str
    full: str | None = None


def set_up_audit_words(app: Flask) -> None:
    """Give every template :func:`said`."""
    app.jinja_env.globals["said"] = said


def said(details: dict[str, Any]) -> list[Said]:
    """Every detail of a line, by name."""
    return [_detail(name, value) for name, value in sorted(details.items())]


def _detail(name: str, value: Any) -> Said:
    shown = NAMES.get(name, name.replace("_", " "))
    if isinstance(value, str) and value.startswith("SHA256:"):
        return Said(shown, value[: SHOWN + len("SHA256:")] + "…", value)
    words = WORDS.get(name, _plain)
    if isinstance(value, list):
        return Said(shown, ", ".join(words(str(one)) for one in value))
    if isinstance(value, bool):
        return Said(shown, "yes" if value else "no")
    return Said(shown, words(str(value)))


def _plain(value: str) -> str:
    return value


def _code(value: str) -> str:
    known = PROBLEMS.get(value)
    return CODES.get(value) or (known.title if known else value.replace("_", " "))


def _kind(value: str) -> str:
    return KINDS[value].title if value in KINDS else value


def _from(table: dict[str, str]) -> Callable[[str], str]:
    return lambda value: table.get(value, value.replace("_", " "))


# A detail that is not here stands as it was recorded: a role, a reason somebody gave.
WORDS: dict[str, Callable[[str], str]] = {
    "code": _code,
    "why": _code,
    "kind": _kind,
    "purpose": _from(PURPOSES),
    "stage": _from(STAGES),
    "changed": _from(CHANGES),
    "roles": _from(ROLE_LABELS),
}
