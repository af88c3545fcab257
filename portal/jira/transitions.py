"""The ways from the status of an issue to another, as Jira offers them to one identity.

Source: "Issues", transitions, of the platform's REST reference (Cloud v3, and Server 2, which is alike).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.jira.client import JiraClient
from portal.jira.new_issues import ScreenField, screen_field
from portal.jira.readers import expect_object, items, mapping, text

_MOST = 100


@dataclass(frozen=True)
class Transition:
    """One way: its name, the name of the status it leads to, and the fields of its screen."""

    id: str
    name: str
    to: str
    fields: tuple[ScreenField, ...]


def transitions(client: JiraClient, key: str) -> list[Transition]:
    """The ways from where the issue is now; none for whom may not take any."""
    answer = client.get(_path(client, key), {"expand": "transitions.fields"})
    found = items(expect_object(answer, "the transitions of an issue").get("transitions"))[:_MOST]
    return [one for one in map(_transition, found) if one.id]


def take(client: JiraClient, key: str, transition_id: str, fields: Mapping[str, object]) -> None:
    """Take one of them, with the values of the fields on its screen."""
    body: dict[str, object] = {"transition": {"id": transition_id}}
    client.call("POST", _path(client, key), body=body | ({"fields": fields} if fields else {}))


def _path(client: JiraClient, key: str) -> tuple[str, ...]:
    return (*client.api, "issue", key, "transitions")


def _transition(item: dict[str, Any]) -> Transition:
    known = mapping(item.get("fields"))
    return Transition(
        id=text(item, "id"),
        name=text(item, "name"),
        to=text(mapping(item.get("to")), "name") or text(item, "name"),
        # Jira Server names each field by its key only.
        fields=tuple(screen_field({"fieldId": name, **mapping(field)}) for name, field in known.items()),
    )
