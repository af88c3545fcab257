"""The *Development* panel of an issue: what tools sent about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.sandbox.cloud.delivered import Stored
from portal.sandbox.cloud.places import Site
from portal.sandbox.state import State


@dataclass(frozen=True)
class Row:
    """One thing: its name and address, how it stands, since when, and which tool said so."""

    name: str
    url: str
    state: str
    since: str
    tool: str


def _build(one: Stored) -> tuple[str, str, str, str]:
    item = one.item
    return item["displayName"], item["url"], item["state"], item["lastUpdated"]


def _deployment(one: Stored) -> tuple[str, str, str, str]:
    item, environment = one.item, one.item["environment"]
    state = f"{item['state']} in {environment['displayName']} ({environment['type']})"
    return item["displayName"], item["url"], state, item["lastUpdated"]


def _flag(one: Stored) -> tuple[str, str, str, str]:
    item, summary = one.item, one.item["summary"]
    state = "on" if summary["status"]["enabled"] else "off"
    url = summary.get("url") or item["details"][0]["url"]
    return item.get("displayName") or item["key"], url, state, summary["lastUpdated"]


def _commit(one: Stored) -> tuple[str, str, str, str]:
    item = one.item
    return f"{item['displayId']} {item['message'][:1024]}", item["url"], "", item["authorTimestamp"]


def _branch(one: Stored) -> tuple[str, str, str, str]:
    item = one.item
    return item["name"], item["url"], "", item["lastCommit"]["authorTimestamp"]


def _pull_request(one: Stored) -> tuple[str, str, str, str]:
    item = one.item
    return f"{item['displayId']} {item['title']}", item["url"], item["status"].lower(), item["lastUpdate"]


SECTIONS: dict[str, tuple[str, str, Callable[[Stored], tuple[str, str, str, str]]]] = {
    "Builds": ("builds", "", _build),
    "Deployments": ("deployments", "", _deployment),
    "Feature flags": ("featureflags", "", _flag),
    "Branches": ("devinfo", "branches", _branch),
    "Commits": ("devinfo", "commits", _commit),
    "Pull requests": ("devinfo", "pullRequests", _pull_request),
}
"""Title to the kind, the list of a repository, and how one of them is shown."""


def panel(state: State, site: Site, issue_key: str) -> dict[str, list[Row]]:
    """What the panel shows, by title; only what there is."""
    with state.lock:
        shown = state.delivered.of_issue(site.name, issue_key)
        tools = {one.client_id: one.name for one in state.cloud.credentials_2lo.values()}
    found: dict[str, list[Row]] = {}
    for title, (kind, entity, look) in SECTIONS.items():
        for one in shown:
            if (one.kind, one.key.get("entityType", "")) == (kind, entity):
                found.setdefault(title, []).append(
                    Row(*look(one), tools.get(one.client_id, "a removed tool"))
                )
    return found
