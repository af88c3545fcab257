"""Many rows that wait for one: a page shows them as one line, which opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.checklist.outcome import State
from portal.checklist.shown import RowView

# So many rows may wait for one before they are folded.
MOST_OPEN = 5


@dataclass(frozen=True)
class Fold:
    """What stands together on the page: one row, or all those that wait for ``waits_for``."""

    rows: tuple[RowView, ...]
    waits_for: RowView | None = None


def folds(rows: Sequence[RowView]) -> list[Fold]:
    """All rows in order; those that are folded stand where the first of them would."""
    by_name = {row.name: row for row in rows}
    roots = {row.name: root for row in rows if (root := _root(row, by_name)) is not None}
    found: list[Fold] = []
    for row in rows:
        root = roots.get(row.name)
        together = tuple(one for one in rows if root is not None and roots.get(one.name) is root)
        if root is None or len(together) <= MOST_OPEN:
            found.append(Fold((row,)))
        elif together[0] is row:
            found.append(Fold(together, root))
    return found


def _root(row: RowView, by_name: Mapping[str, RowView]) -> RowView | None:
    """The row that has to be mended before this one is looked at: what it waits for may wait itself."""
    seen: set[str] = set()
    while row.state == State.WAITING:
        before = by_name.get(row.waits_for_row or "")
        if before is None or before.name in seen:
            return None
        seen.add(row.name)
        row = before
    return row if seen else None
