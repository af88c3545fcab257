"""Real calls of a run, each with the row that made it and what it had to wait for."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import pytest
import structlog

from portal.checklist.calls import Calls
from portal.checklist.row import Row
from portal.jira import wire

# Of calls that one row makes side by side, none depends on another: each has a branch of its own.
_branch: ContextVar[tuple[str, ...]] = ContextVar("branch", default=())
# The names under which what is called now is kept for all rows.
_kept_as: ContextVar[tuple[str, ...]] = ContextVar("kept_as", default=())
_forks = itertools.count()


@dataclass(frozen=True)
class Seen:
    """Something that happened in a row, at a place in it: a call, or the use of one that was made already."""

    row: str
    branch: tuple[str, ...]
    address: str = ""
    kept_as: tuple[str, ...] = ()
    uses: str = ""


@dataclass
class CallsSeen:
    """What was called and used, in order."""

    events: list[Seen] = field(default_factory=list)

    @property
    def calls(self) -> list[Seen]:
        """The calls."""
        return [one for one in self.events if one.address]

    def longest(self, rows: list[Row]) -> list[str]:
        """The longest chain of calls that depend on one another.

        A call depends on everything in the rows that its row waits for, and on what came before it in its
        own, but for other branches of the same fork.
        """
        after = {row.name: row.after for row in rows}
        ways: list[tuple[Seen, list[str]]] = []
        for one in self.events:
            if one.uses:
                before = [way for call, way in ways if one.uses in call.kept_as]
                ways.append((one, max(before, key=len, default=[])))
                continue
            before = [way for earlier, way in ways if _is_needed(earlier, one, after)]
            ways.append((one, [*max(before, key=len, default=[]), f"{one.row}: {one.address}"]))
        return max((way for _, way in ways), key=len, default=[])


def _is_needed(earlier: Seen, later: Seen, after: Mapping[str, Sequence[str]]) -> bool:
    if earlier.row != later.row:
        return earlier.row in _all_before(later.row, after)
    for mine, theirs in zip(earlier.branch, later.branch, strict=False):
        if mine != theirs:  # in the same fork side by side, else one fork after the other
            return mine.split(".")[0] != theirs.split(".")[0]
    return True


def _all_before(row: str, after: Mapping[str, Sequence[str]]) -> set[str]:
    found = set(after.get(row, ()))
    return found.union(*(_all_before(name, after) for name in found))


def _branched(calls: Calls, asks, stops=(), as_before=Calls.side_by_side):
    """``side_by_side`` with each question in a branch of its own."""
    fork = next(_forks)

    def in_branch(number, ask):
        return lambda: _within(_branch, f"{fork}.{number}", ask)

    return as_before(calls, [in_branch(number, ask) for number, ask in enumerate(asks)], stops)


def _within(where: ContextVar[tuple[str, ...]], name: str, ask):
    token = where.set((*where.get(), name))
    try:
        return ask()
    finally:
        where.reset(token)


def _row() -> str:
    return str(structlog.contextvars.get_contextvars().get("row", ""))


@contextmanager
def calls_seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[CallsSeen]:
    """Watch everything this process calls."""
    seen = CallsSeen()

    def note(request) -> None:
        seen.events.append(Seen(_row(), _branch.get(), str(request.url), _kept_as.get()))

    def once(calls, name, make, as_before=Calls.once):
        try:
            return as_before(calls, name, lambda: _within(_kept_as, name, make))
        finally:
            seen.events.append(Seen(_row(), _branch.get(), uses=name))

    monkeypatch.setattr(Calls, "side_by_side", _branched)
    monkeypatch.setattr(Calls, "once", once)
    wire.before_send.append(note)  # the very list: whoever sends has it by name
    try:
        yield seen
    finally:
        wire.before_send.remove(note)
