"""The switches that make the practice Jira misbehave. Everything is off to begin with."""

from __future__ import annotations

from dataclasses import Field, asdict, dataclass, fields
from itertools import groupby
from typing import Any

from portal.sandbox.faults_of_cloud import FaultsOfCloud
from portal.sandbox.faults_of_deliveries import FaultsOfDeliveries
from portal.sandbox.faults_of_server import FaultsOfServer
from portal.sandbox.faults_of_way import LONGEST_WAIT, FaultsOfWay
from portal.sandbox.switch import GROUPS, LAYERS

__all__ = ["LONGEST_WAIT", "Faults", "SwitchError", "switches_by_layer"]


class SwitchError(ValueError):
    """A switch that does not exist, or a value it cannot take. The text says which and what it takes."""


@dataclass
class Faults(FaultsOfDeliveries, FaultsOfCloud, FaultsOfServer, FaultsOfWay):
    """One attribute per switch; the metadata's ``label`` is what the page of switches says."""

    @property
    def major_version(self) -> int:
        """The first number of the Jira version."""
        return int(self.jira_version.split(".", 1)[0])

    def at_least(self, major: int, minor: int) -> bool:
        """Whether this Jira is of that version or later."""
        parts = self.jira_version.split(".")
        return (int(parts[0]), int(parts[1])) >= (major, minor)

    def concern(self, side: str) -> bool:
        """Whether the failures that both sides have are on for ``server`` or ``cloud``."""
        return self.side in ("both", side)

    def as_json(self) -> dict[str, Any]:
        """Every switch with its value."""
        return asdict(self)

    def set(self, changes: dict[str, Any]) -> None:
        """Set several switches, all or none. Raises ``SwitchError``."""
        known = {item.name: item for item in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise SwitchError(f"There is no switch '{name}'. Switches: {', '.join(known)}.")
            _check(name, value, getattr(self, name), known[name].metadata)
        for name, value in changes.items():
            kept = float(value) if isinstance(getattr(self, name), float) else value
            setattr(self, name, kept)

    def read_form(self, form: dict[str, str]) -> dict[str, Any]:
        """Turn the fields of the HTML page into values for ``set``. Raises ``SwitchError``."""
        return {
            item.name: _from_text(item.name, form.get(item.name, ""), getattr(self, item.name))
            for item in fields(self)
        }


def switches_by_layer(faults: Faults) -> list[tuple[str, list[dict[str, Any]]]]:
    """For the page: each group's title with its switches (``name``, ``label``, ``choices``, ``value``,
    whether it ``is_on``, and the title of the row it ``turns_red`` where it does not stand at that)."""
    order = list(GROUPS)
    ordered = sorted(fields(faults), key=lambda item: order.index(item.metadata["group"]))
    return [
        (GROUPS[group], [_shown(item, getattr(faults, item.name)) for item in items])
        for group, items in groupby(ordered, key=lambda item: item.metadata["group"])
    ]


def _shown(item: Field[Any], value: Any) -> dict[str, Any]:
    row, group = item.metadata["row"], item.metadata["group"]
    elsewhere = LAYERS[row] if row and row != group else ""
    told = {"is_on": value != getattr(Faults(), item.name), "turns_red": elsewhere}
    return {**item.metadata, **told, "name": item.name, "value": value}


def _from_text(name: str, text: str, current: Any) -> Any:
    if isinstance(current, bool):
        return text == "on"
    if isinstance(current, list):
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(current, int | float):
        try:
            return type(current)(text or 0)
        except ValueError:
            raise SwitchError(f"'{name}' takes a number.") from None
    return text.strip()


def _check(name: str, value: Any, current: Any, metadata: Any) -> None:
    kinds: tuple[type, ...] = (int, float) if isinstance(current, float) else (type(current),)
    if type(value) not in kinds:  # a bool is an int to isinstance, and would stay one
        raise SwitchError(f"'{name}' takes a {kinds[-1].__name__}, not {value!r}.")
    choices, rule = metadata["choices"], metadata["rule"]
    if choices and value not in choices:
        raise SwitchError(f"'{name}' takes one of {', '.join(choices)}, not {value!r}.")
    if rule and not rule(value):
        raise SwitchError(f"'{name}' cannot be {value!r}.")
