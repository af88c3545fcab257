"""The details of an audit line in words: the audit itself holds codes and ids only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from portal.alm_accounts.field_maps import ROLES
from portal.alm_accounts.words_of_endings import TITLES
from portal.audit.exporting import FORMATS
from portal.checklist.rows import BY_NAME as ROWS
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
    "from_kind": "from",
    "to_kind": "to",
    "days": "days before",
    "first": "first line",
    "last": "last line",
    "lost": "lost before",
    "closed_before": "written down before",
    "row": "row of the checklist",
    "open": "open issues",
}
PURPOSES = {"account": "the account's own identity", "person": "their own identity"}
STAGES = {"current": "in use", "next": "to follow the one in use"}
# What a row of a checklist was and is.
STATES = {
    "never": "not looked at",
    "waiting": "waiting for another row",
    "unknown": "cannot be known from here",
}
CHANGES = {
    "base_url": "base URL",
    "ca_pem": "CA certificate",
    "max_concurrent": "calls at once",
    "client_id": "client ID",
    "app_name": "app name",
    "server_url": "server base URL",
    "logo_url": "logo URL",
    "scopes": "permissions",
    "old_way_until": "last day of the former way",
}
CODES = {
    "connected": "connected",
    "passed": "passed",
    "reported": "reported",
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
    "disconnected_by_admin": "by an admin, on Connected people",
    "withdrawn": "by Stop allowing",
    "other_identity": "connected as another Jira user",
    "conversion_cancelled": "the change of the way to connect was cancelled",
    "client_refused": "the client secret is not accepted",
    "grant_refused": "the consent is not accepted any more",
    "no_refresh_token": "nothing came to stay connected with",
    "consent_app_refused": "the app may not ask for consent",
    "consent_server_error": "an error of the server at the consent page",
    "consent_refused": "refused at the consent page, with a reason of its own",
    "not_confirmed": "the identity was not confirmed within a day",
}


FORMS = {name: form.title for name, form in FORMATS.items()}
# Which details of an event are a value before and after, and what changed.
PAIRS = {
    "member.role_changed": ("role", "before", "after"),
    "tenant.second_factor_changed": ("second factor required", "before", "after"),
    "key.switched": ("key", "before", "after"),
    "checklist.changed": ("state", "before", "after"),
    "account.converted": ("way to connect", "from_kind", "to_kind"),
    "support.access_changed": ("when support may visit", "before", "after"),
}


@dataclass(frozen=True)
class Said:
    """One detail as a page shows it. ``full`` is the whole of what ``text`` shortens, or None."""

    name: str
    text: str
    full: str | None = None


@dataclass(frozen=True)
class Change:
    """What changed. ``is_told``: the line holds the values (``before`` and ``after``, None for nothing), and
    not only that it changed."""

    name: str
    is_told: bool = False
    before: Said | None = None
    after: Said | None = None


def set_up_audit_words(app: Flask) -> None:
    """Give every template :func:`said`, :func:`changes` and :func:`unchanged`."""
    app.jinja_env.globals.update(said=said, changes=changes, unchanged=unchanged)


def changes(event: str, details: dict[str, Any]) -> list[Change]:
    """What a line says that changed, each with its values before and after where the line holds them."""
    kept = details.get("values", {})
    found = [_changed(name, kept.get(name)) for name in details.get("changed", ())]
    if event in PAIRS:
        name, *pair = PAIRS[event]
        values = [None if details[one] is None else _detail(one, details[one]) for one in pair]
        found.append(Change(name, True, *values))
    return found


def _changed(name: str, values: Sequence[Any] | None) -> Change:
    """``values``: before and after, None where the line does not hold them."""
    shown = WORDS["changed"](name)
    if values is None:
        return Change(shown)
    return Change(shown, True, *(None if one is None else _detail(name, one) for one in values))


def unchanged(event: str, details: dict[str, Any]) -> list[Said]:
    """The details of a line that :func:`changes` leaves."""
    told = {"changed", "values", *PAIRS.get(event, ())[1:]}
    return said({name: value for name, value in details.items() if name not in told})


def said(details: dict[str, Any]) -> list[Said]:
    """Every detail of a line that has something to say, by name; values before and after have a table."""
    shown = {name: value for name, value in details.items() if name != "values"}
    return [_detail(name, value) for name, value in sorted(shown.items()) if value is not None]


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


def _until(value: str) -> str:
    """A day as it stands, a moment in UTC."""
    if "T" not in value:
        return value
    at = datetime.fromisoformat(value).astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def _kind(value: str) -> str:
    return KINDS[value].title if value in KINDS else value


def _from(table: dict[str, str]) -> Callable[[str], str]:
    return lambda value: table.get(value, value.replace("_", " "))


# A detail that is not here stands as it was recorded: a role, a reason somebody gave.
WORDS: dict[str, Callable[[str], str]] = {
    "code": _code,
    "what": _from(TITLES),
    "why": _code,
    "row": lambda value: ROWS[value].title if value in ROWS else value,
    "before": _from(STATES),
    "after": _from(STATES),
    "kind": _kind,
    "from_kind": _kind,
    "to_kind": _kind,
    "purpose": _from(PURPOSES),
    "stage": _from(STAGES),
    "changed": _from(CHANGES | ROLE_LABELS),
    "format": _from(FORMS),
    "until": _until,
}
