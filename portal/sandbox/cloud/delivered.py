"""What tools sent to the sites: every call, and the last state of each thing.

Both are kept in a file of their own, a line for each call, so that a call costs what it brings and not what
lies there already.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Key = dict[str, Any]


@dataclass
class Item:
    """One thing of a call: its key, its number in the order of updates, and what became of it.

    ``outcome``: ``accepted``; ``ignored``, told as accepted, since its number is not above the stored one;
    ``rejected``; or empty, when the call as a whole was refused.
    """

    key: Key
    sequence: Any
    outcome: str = ""


@dataclass
class Call:
    """One call that no switch of the way kept off. ``client_id``: empty where no tool's token was shown.

    ``answer``: ``good``, or how the answer was spoilt; ``unknown``: the issue keys that were told as unknown.
    """

    at: int
    path: str
    kind: str
    client_id: str
    status: int
    answer: str = "good"
    items: list[Item] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


@dataclass
class Stored:
    """The last state of a thing at its site; ``issues`` are the keys of the issues that show it."""

    kind: str
    site: str
    client_id: str
    key: Key
    sequence: int
    issues: list[str]
    item: dict[str, Any]

    @property
    def identity(self) -> tuple[Any, ...]:
        """Ids are unique for one provider only, so the credentials belong to them."""
        return (self.kind, self.client_id, *self.key.values())


class Delivered:
    """Whoever reads and writes together holds the state's lock."""

    def __init__(self, file: Path | None = None) -> None:
        """``file``: where to keep it, or nowhere; what lies there is read by ``load``."""
        self._file = file
        self.calls: list[Call] = []
        self.states: dict[tuple[Any, ...], Stored] = {}
        self.limited_until = 0.0

    def load(self) -> None:
        """Read it back. Raises ``ValueError``, ``KeyError``, ``TypeError`` for what ``keep`` never wrote."""
        if self._file is None or not self._file.exists():
            return
        for line in self._file.read_text("utf-8").splitlines():
            row = json.loads(line)
            items = [Item(**item) for item in row["call"].pop("items")]
            self._take(Call(**row["call"], items=items), [Stored(**one) for one in row["states"]])

    def forget(self) -> None:
        """Begin anew."""
        if self._file:
            self._file.unlink(missing_ok=True)
        self.calls.clear()
        self.states.clear()
        self.limited_until = 0.0

    def is_newer(self, one: Stored) -> bool:
        """Whether this goes over what is stored of the thing."""
        former = self.states.get(one.identity)
        return former is None or one.sequence > former.sequence

    def keep(self, call: Call, states: list[Stored]) -> None:
        """Write a call down, with what it changed."""
        self._take(call, states)
        if self._file is None:
            return
        line = json.dumps({"call": asdict(call), "states": [asdict(one) for one in states]}) + "\n"
        descriptor = os.open(self._file, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(line)

    def _take(self, call: Call, states: Iterable[Stored]) -> None:
        self.calls.append(call)
        self.states.update({one.identity: one for one in states})

    def of_issue(self, site: str, issue_key: str) -> list[Stored]:
        """What an issue of a site shows."""
        return [one for one in self.states.values() if one.site == site and issue_key in one.issues]
