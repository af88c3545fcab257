"""Changing epics, and which issues are in them.

Jira's agile interface does it for Server and for company-managed projects of Cloud; for team-managed ones it
"does not work" (Jira Software Cloud REST API, "Epic"), and an epic is the ``parent`` of its issues, set issue
by issue ("Edit issue" of the platform's API).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.jira.agile import AGILE, Epic, read_epic
from portal.jira.client import JiraClient
from portal.jira.readers import expect_object

_NO_EPIC = "none"


def one_epic(client: JiraClient, key: str) -> Epic:
    """An epic of a company-managed project; ``not_found`` trouble when it is none, is gone or hidden."""
    return read_epic(expect_object(client.get((*AGILE, "epic", key)), "an epic"))


def change_epic(client: JiraClient, key: str, values: Mapping[str, str | bool]) -> None:
    """Set ``name``, ``summary``, ``color`` (its key) or ``done``; what is left out stays as it is."""
    body: dict[str, object] = {name: value for name, value in values.items() if name != "color"}
    if "color" in values:
        body["color"] = {"key": values["color"]}
    client.call("POST", (*AGILE, "epic", key), body=body)


def move(client: JiraClient, keys: Sequence[str], epic_key: str) -> None:
    """Put issues, as many as one call moves, into an epic; into none where its key is empty."""
    client.call("POST", (*AGILE, "epic", epic_key or _NO_EPIC, "issue"), body={"issues": list(keys)})


def set_parent(client: JiraClient, key: str, epic_key: str) -> None:
    """The same for one issue of a team-managed project."""
    if epic_key:
        _edit(client, key, {"fields": {"parent": {"key": epic_key}}})
    else:
        _edit(client, key, {"update": {"parent": [{"set": {"none": True}}]}})


def set_summary(client: JiraClient, key: str, summary: str) -> None:
    """Set the summary of an issue, which is the name of an epic of a team-managed project."""
    _edit(client, key, {"fields": {"summary": summary}})


def _edit(client: JiraClient, key: str, body: Mapping[str, Any]) -> None:
    client.call("PUT", ("rest", "api", "3", "issue", key), body=body)
