"""Uses of credentials that were taken and are not written yet: in memory, by tenant, bounded."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Hashable
from typing import Any
from uuid import UUID

from portal import clock
from portal.store.work import Store, Work

MOST_KEPT = 20_000  # rows
PROGRAM = "program"  # the kind of actor whose uses are counted together
# What two uses that are counted together have in common, in the order of the key.
IN_COMMON = (
    "actor_kind",
    "actor_id",
    "account_id",
    "credential_id",
    "holder_id",
    "code",
    "method",
    "template",
    "status",
)

Whose = tuple[Store, UUID]
Row = dict[str, Any]
Rows = OrderedDict[Hashable, Row]


class Waiting:
    """Rows of uses by tenant: the tenant whose uses wait longest comes first, and its oldest use first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: OrderedDict[Whose, Rows] = OrderedDict()
        self._lost: Counter[Whose] = Counter()
        self._count = 0

    def __len__(self) -> int:
        """How many rows wait."""
        return self._count

    @property
    def lost(self) -> int:
        """How many uses could not be kept, and are told by no batch yet."""
        return self._lost.total()

    def put(self, work: Work, common: tuple[Any, ...], calls: int, millis: int | None) -> None:
        """Note a use with the values of :data:`IN_COMMON`.

        A program's that went well is added to the row of its equals, with the time of the first of them and
        no request's id. Where too many rows wait, the oldest of the tenant that waits longest goes.
        """
        whose = work.store, work.tenant
        is_counted = common[0] == PROGRAM and common[5] is None
        key = common if is_counted else object()
        with self._lock:
            rows = self._rows.get(whose)
            if rows is None:
                rows = self._rows[whose] = OrderedDict()
            row = rows.get(key)
            if row is None:
                request_id = None if is_counted else work.actor.request_id
                more = {"at": clock.now(), "calls": calls, "millis": millis, "request_id": request_id}
                rows[key] = dict(zip(IN_COMMON, common, strict=True), **more)
                self._count += 1
                if self._count > MOST_KEPT:
                    self._drop_oldest()
                return
            row["calls"] += calls
            if millis is not None:
                row["millis"] = (row["millis"] or 0) + millis

    def _drop_oldest(self) -> None:
        whose, rows = next(iter(self._rows.items()))
        self._lost[whose] += uses_in(rows.popitem(last=False)[1])
        self._count -= 1
        if not rows:
            del self._rows[whose]

    def note_lost(self, whose: Whose, count: int) -> None:
        """So many uses of the tenant's could not be written; its next batch says so."""
        with self._lock:
            self._lost[whose] += count

    def take_out(self, most: int | None) -> list[tuple[Whose, list[Row], int]]:
        """What waits of at most so many tenants (None: all), those that wait longest first: rows, and how
        many uses were lost before."""
        with self._lock:
            wanted = [*self._rows, *(one for one in self._lost if one not in self._rows)][:most]
            found = [(one, list(self._rows.pop(one, {}).values()), self._lost.pop(one, 0)) for one in wanted]
            self._count -= sum(len(rows) for _, rows, _ in found)
        return found


def uses_in(row: Row) -> int:
    """How many uses a row stands for."""
    calls: int = row["calls"]
    return calls if row["actor_kind"] == PROGRAM and row["code"] is None else 1
