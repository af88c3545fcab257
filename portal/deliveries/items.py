"""From the body of a program's call to items in Atlassian's JSON: all of them, or none and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from portal.deliveries.complaints import MOST, Complaint, ItemsRefused, NotJson, complaints_of, pointer
from portal.deliveries.data_kinds import DATA_KINDS, DataKind
from portal.deliveries.models_of_development import Repository
from portal.deliveries.models_of_flags import FeatureFlag
from portal.deliveries.models_of_releases import Build, Deployment
from portal.deliveries.sent_json import loads
from portal.deliveries.short_forms import SHORT_FORMS

__all__ = ["Complaint", "Item", "ItemsRefused", "NotJson", "read_items"]

MOST_AT_ONCE = 1000
# From here on mistakes are not counted any more: what is wrong a thousand times is wrong in one place.
_COUNTED = 1000
FULL_FORMS: dict[str, type[BaseModel]] = {
    "builds": Build,
    "deployments": Deployment,
    "feature-flags": FeatureFlag,
    "development": Repository,
}


@dataclass(frozen=True)
class Item:
    """One thing to report. ``body`` is Atlassian's JSON, complete but for the number where that is None."""

    body: dict[str, Any]
    number: int | None


def read_items(kind: DataKind, body: bytes, now: datetime) -> list[Item]:
    """The items of a call: one, a list of them, or Atlassian's envelope; each in full or in its short form.

    ``now`` is the time of those that name none. Raises :class:`ItemsRefused` (:class:`NotJson` where the body
    is no JSON) with everything that is wrong; then nothing is taken. Items in full are passed on as they are.
    """
    base, sent = _list(kind, loads(body))
    items: list[Item] = []
    complaints: list[Complaint] = []
    count = 0
    for place, one in sent:
        model = _model(kind, one)
        try:
            items.append(_item(kind, model.model_validate(one), one, now))
        except ValidationError as error:
            count += error.error_count()
            if len(complaints) < MOST:
                complaints += complaints_of(error, one, (*base, *place), model)
            if count > _COUNTED:
                break
    if complaints:
        raise ItemsRefused(_at_most(complaints, count))
    return items


def _item(kind: DataKind, read: BaseModel, sent: dict[str, Any], now: datetime) -> Item:
    short = SHORT_FORMS[kind.name]
    body = read.in_full(now) if isinstance(read, short) else sent
    return Item(body, kind.number(body))


def _at_most(complaints: list[Complaint], count: int) -> list[Complaint]:
    shown = complaints[:MOST]
    if count <= len(shown):
        return shown
    more = f"more than {_COUNTED - MOST}" if count > _COUNTED else str(count - len(shown))
    return [*shown, Complaint("", f"There are {more} more.", "Mend these first, then send it again.")]


def _list(kind: DataKind, value: Any) -> tuple[tuple[str, ...], list[tuple[tuple[int, ...], Any]]]:
    """What was sent as a list, each with its place in it, and the way to that list."""
    if isinstance(value, dict) and kind.list_name in value:
        _refuse_others(kind, value)
        return (kind.list_name,), _numbered(value[kind.list_name], kind.list_name)
    if isinstance(value, list):
        return (), _numbered(value)
    for other in DATA_KINDS.values():
        if isinstance(value, dict) and isinstance(value.get(other.list_name), list):
            told = f"This is the list of another kind of data; here a {kind.one} is expected."
            raise _refused((other.list_name,), told, f"Send it to …/{other.name}.")
    return (), [((), value)]


def _numbered(value: Any, *way: str) -> list[tuple[tuple[int, ...], Any]]:
    if not isinstance(value, list):
        raise _refused(way, "This has to be a list.", "Send it in brackets: […].")
    if not value:
        raise _refused(way, "This list is empty.", "Send at least one item.")
    if len(value) > MOST_AT_ONCE:
        raise _refused(way, f"This list has more than {MOST_AT_ONCE} items.", "Send it in several calls.")
    return [((place,), one) for place, one in enumerate(value)]


def _refuse_others(kind: DataKind, envelope: dict[str, Any]) -> None:
    """The portal itself tells Jira who reports; nothing else said of a whole call can be passed on, since its
    items go to Jira in other company."""
    others = sorted(envelope.keys() - {kind.list_name, "providerMetadata"})
    told = "Only the list is passed on: its items go to Jira together with those of other calls."
    if others:
        raise ItemsRefused(Complaint(pointer((name,)), told, "Leave it out.") for name in others[:MOST])


def _refused(way: tuple[str, ...], detail: str, remedy: str) -> ItemsRefused:
    return ItemsRefused([Complaint(pointer(way), detail, remedy)])


def _names(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(field.alias or name for name, field in model.model_fields.items())


_IN_FULL = {name: _names(form) - _names(SHORT_FORMS[name]) for name, form in FULL_FORMS.items()}
_IN_SHORT = {name: _names(form) - _names(FULL_FORMS[name]) for name, form in SHORT_FORMS.items()}


def _model(kind: DataKind, item: Any) -> type[BaseModel]:
    """The form that ``item`` is meant in: the one more of whose own names it has, and the short one else."""
    names = item.keys() if isinstance(item, dict) else frozenset()
    is_full = len(names & _IN_FULL[kind.name]) > len(names & _IN_SHORT[kind.name])
    return FULL_FORMS[kind.name] if is_full else SHORT_FORMS[kind.name]
