"""One switch of the practice Jira: its label, what it takes, and the row of a checklist it turns red."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any

Rule = Callable[[Any], object]

LAYERS: dict[str, str] = {
    "port": "The port answers",
    "tls": "TLS certificate",
    "jira": "It is a Jira",
    "base_url": "Base URL it reports",
    "clocks": "Clocks agree",
    "client": "Consumer or client known",
    "signature": "Signature or secret accepted",
    "callback": "Callback matches exactly",
    "consent": "Consent given and valid",
    "points": "Points of this hour",
    "identity": "Identity",
    "control": "What is spoiled is refused",
    "site": "Site pinned and still covered",
    "scopes": "All permissions saved before testing",
    "superfluous": "Only needed permissions",
    "boards": "Boards are still there",
    "fields": "Fields mapped and still there",
    "permissions": "Permissions in the projects of the chosen boards",
    "reporting": "Personal data reporting",
    "token": "Client ID and secret accepted",
    "may_send_builds": "May send: Builds",
    "last_delivery": "Last delivery",
    "": "How this practice Jira is: turns nothing red by itself",
}
"""Layers in the order in which things fail: the row, and how the page of switches calls it."""
GROUPS: dict[str, str] = {
    **LAYERS,
    "deliveries": "Deliveries: what tools send to a site by its OAuth credentials",
}
"""What the page of switches shows together: layers, and what concerns calls of one purpose only."""


def switch(
    default: Any,
    label: str,
    row: str = "",
    *,
    choices: tuple[str, ...] = (),
    rule: Rule | None = None,
    group: str = "",
) -> Any:
    """A field of the switches. ``row`` is one of ``LAYERS``; ``rule`` says whether a value can be taken.

    ``group``: one of ``GROUPS``, where the page shows it elsewhere than at its row.
    """
    metadata = {"label": label, "row": row, "choices": choices, "rule": rule, "group": group or row}
    return field(default=default, metadata=metadata)


def names(label: str, row: str = "", group: str = "") -> dict[str, Any]:
    """The metadata of a switch that takes several names."""
    return {"label": label, "row": row, "choices": (), "rule": _texts, "group": group or row}


def _texts(value: list[Any]) -> bool:
    return all(isinstance(part, str) for part in value)


def at_least_none(value: float) -> bool:
    """For counts and seconds."""
    return value >= 0


def some(value: float) -> bool:
    """For seconds that something lives."""
    return value > 0
