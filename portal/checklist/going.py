"""Going through rows: independent ones side by side, each as soon as the rows it waits for have passed."""

import math
import time
from collections.abc import Callable, Collection, Mapping
from queue import Empty, SimpleQueue
from threading import Thread

import structlog
from structlog.contextvars import bound_contextvars

from portal.checklist.calls import Calls, NotAsked
from portal.checklist.outcome import BUSY, Outcome, State, failed, unknown, waiting
from portal.checklist.row import Row
from portal.checklist.turns import Turn
from portal.credentials.access_tokens import KeptTrouble
from portal.credentials.acting_as import NotConnected
from portal.errors import NotHere
from portal.jira.answers import JiraTrouble
from portal.jira.tls import CaRefused

log = structlog.get_logger("almoner.checklist")

# A call has the deadline of the wire; a row makes several, or waits for another row's.
ROW_SECONDS = 60.0
_STOPS = frozenset({State.FAILED, State.WAITING})


def go_through(
    rows: Collection[Row], calls: Calls, known: Mapping[str, State], tell: Callable[[Row, Outcome], None]
) -> None:
    """Look at ``rows`` and ``tell`` each outcome as it comes, from this thread.

    ``known``: states of rows that are not looked at now. At most as many calls are under way as the account
    allows at once. A row that takes longer than ``ROW_SECONDS`` is given up, so that this always ends. What
    ``tell`` raises ends it: rows that were not begun are not looked at, and those at it ask for nothing more
    that they would ask side by side.
    """
    names, left = {row.name for row in rows}, list(rows)
    states = {name: state for name, state in known.items() if name not in names}
    under_way = _UnderWay(calls)
    while left or under_way.turns:
        for row in [row for row in left if not names & set(row.after) - set(states)]:
            left.remove(row)
            under_way.begin(row, states.copy())
        for row, outcome in under_way.ended():
            states[row.name] = outcome.state
            try:
                tell(row, outcome)
            except BaseException:
                calls.give_up()
                under_way.give_up()
                raise


class _UnderWay:
    """The rows that are looked at just now, each by a thread of its own: one that hangs keeps no process from
    being stopped."""

    def __init__(self, calls: Calls) -> None:
        self.turns: dict[Row, Turn] = {}
        self._calls = calls
        self._threads: dict[Row, Thread] = {}
        self._outcomes: SimpleQueue[tuple[Row, Outcome]] = SimpleQueue()

    def begin(self, row: Row, states: Mapping[str, State]) -> None:
        """Look at it as soon as there is room."""
        turn = self.turns[row] = Turn(self._calls.room, ROW_SECONDS)
        args = (row, turn, states)
        thread = self._threads[row] = Thread(target=self._go, args=args, name="checklist-row", daemon=True)
        thread.start()

    def _go(self, row: Row, turn: Turn, states: Mapping[str, State]) -> None:
        if not turn.begin():
            return
        try:
            outcome = _look(row, self._calls, states)
        finally:
            turn.end()
        self._outcomes.put((row, outcome))

    def ended(self) -> list[tuple[Row, Outcome]]:
        """What came next: of one row, or of all that took too long. Blocks until there is something, or until
        a row may have become late."""
        late_at = min((turn.late_at for turn in self.turns.values()), default=0.0)
        try:
            row, outcome = self._outcomes.get(timeout=_until(late_at))
        except Empty:
            return [(row, unknown("row_late")) for row in self._late()]
        # One that had been given up comes too late.
        return [(row, outcome)] if self.turns.pop(row, None) is not None else []

    def _late(self) -> list[Row]:
        """Take their turns from rows that are late; where none was given room in all that time, from all."""
        now = time.monotonic()
        late = [row for row, turn in self.turns.items() if turn.late_at <= now]
        if all(math.isinf(turn.late_at) for turn in self.turns.values()):
            late = list(self.turns)
        for row in late:
            log.warning("row_late", row=row.name, account_id=str(self._calls.scene.account.id))
            self.turns.pop(row).end()
        return late

    def give_up(self) -> None:
        """Nobody wants the rest: wait only for what is being asked at this moment."""
        for turn in self.turns.values():
            turn.end()
        for row in self.turns:
            self._threads[row].join(ROW_SECONDS)


def _until(late_at: float) -> float:
    """Seconds to wait; of rows that still wait for room nobody knows when they are late."""
    return min(max(0.0, late_at - time.monotonic()), ROW_SECONDS)


def _look(row: Row, calls: Calls, states: Mapping[str, State]) -> Outcome:
    stopped_by = next((name for name in row.after if states.get(name) in _STOPS), None)
    if stopped_by:
        return waiting(stopped_by)
    try:
        with calls.row_time(), bound_contextvars(row=row.name):
            return row.look(calls)
    except (JiraTrouble, NotConnected, CaRefused, NotHere, NotAsked) as met:
        return _met(calls, met)
    except Exception:
        log.exception("row_failed", row=row.name, account_id=str(calls.scene.account.id))
        return unknown("row_broke")


def _met(calls: Calls, trouble: Exception) -> Outcome:
    """What a row says that let trouble pass."""
    if isinstance(trouble, KeptTrouble):
        last = calls.scene.account.trouble(str(trouble.code)).title
        return unknown("renewal_paused", pause=trouble.retry_after, last=last)
    if isinstance(trouble, JiraTrouble):
        make = unknown if trouble.code in BUSY else failed
        return make(str(trouble.code), **trouble.evidence)
    if isinstance(trouble, NotConnected):
        return failed((trouble.view and trouble.view.code) or "not_connected")
    if isinstance(trouble, CaRefused):
        return failed("ca_refused")
    if isinstance(trouble, NotAsked):
        return unknown("not_asked")
    return unknown("row_broke")  # the account was deleted meanwhile: nothing is stored of it
