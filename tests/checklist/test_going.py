"""Going through rows: side by side, in order, and whatever a row meets."""

import threading
import time
from types import SimpleNamespace

import pytest

from portal.checklist import going
from portal.checklist.calls import ASK_SECONDS, Calls, NotAsked
from portal.checklist.going import go_through
from portal.checklist.outcome import State, failed, proved, warning
from portal.checklist.row import Row
from portal.credentials.acting_as import NotConnected
from portal.errors import NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.jira.tls import CaRefused

PATIENCE = 10


def calls_of(max_concurrent: int = 4) -> Calls:
    """Calls of an account that allows so many at once, for rows that ask nothing of it."""
    account = SimpleNamespace(id="an account", max_concurrent=max_concurrent)
    return Calls(None, None, SimpleNamespace(account=account))


def gone_through(rows, calls=None, known=None):
    """What each row said, in the order in which it was told."""
    told = {}
    go_through(rows, calls or calls_of(), known or {}, lambda row, outcome: told.update({row.name: outcome}))
    return told


def row(name, look=lambda calls: proved("Well."), **more) -> Row:
    return Row(name, name.title(), look, **more)


def raising(error: Exception):
    def look(*calls):
        raise error

    return look


def test_rows_that_wait_for_nothing_are_looked_at_side_by_side() -> None:
    """Each waits until the other has begun; one after the other they would wait for ever."""
    meeting = threading.Barrier(2)
    both = [row(name, lambda calls: proved(str(meeting.wait(PATIENCE)))) for name in ("one", "other")]
    assert {found.state for found in gone_through(both).values()} == {State.PROVED}


def test_a_row_begins_when_those_it_waits_for_have_passed() -> None:
    seen = []
    rows = [
        row(name, lambda calls, name=name: seen.append(name) or proved("Well."), after=after)
        for name, after in (("third", ("second",)), ("second", ("first",)), ("first", ()))
    ]
    assert list(gone_through(rows)) == seen == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("state", "then"),
    [(failed, State.WAITING), (warning, State.PROVED)],
    ids=["failed", "warning"],
)
def test_only_what_failed_is_waited_for(state, then) -> None:
    rows = [
        row("first", lambda calls: state("unreachable")),
        row("second", after=("first",)),
        row("third", after=("second",)),
    ]
    told = gone_through(rows)
    assert told["second"].state is told["third"].state is then
    if then is State.WAITING:
        assert (told["second"].waits_for, told["third"].waits_for) == ("first", "second")


def test_what_is_known_of_rows_that_are_not_looked_at_counts() -> None:
    later = row("second", after=("first",))
    assert gone_through([later], known={"first": State.FAILED})["second"].waits_for == "first"
    assert gone_through([later], known={"first": State.PROVED})["second"].state is State.PROVED
    both = [row("first"), later]
    assert gone_through(both, known={"first": State.FAILED})["second"].state is State.PROVED


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (JiraTrouble(Code.FORBIDDEN, status=403), State.FAILED, "forbidden"),
        (JiraTrouble(Code.CONCURRENCY_CEILING, ceiling=2), State.UNKNOWN, "concurrency_ceiling"),
        (JiraTrouble(Code.RENEWING), State.UNKNOWN, "renewing"),
        (NotConnected("an account", None), State.FAILED, "not_connected"),
        (NotConnected("an account", SimpleNamespace(code="token_ended")), State.FAILED, "token_ended"),
        (CaRefused("no certificate"), State.FAILED, "ca_refused"),
        (NotHere(), State.UNKNOWN, "row_broke"),
        (ZeroDivisionError("of nobody's expectation"), State.UNKNOWN, "row_broke"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else "",
)
def test_whatever_a_row_meets_the_others_go_on(error, state, code) -> None:
    told = gone_through([row("broken", raising(error)), row("other"), row("later", after=("other",))])
    assert (told["broken"].state, told["broken"].code) == (state, code)
    assert told["other"].state is told["later"].state is State.PROVED
    assert told["broken"].evidence == ({"status": "403"} if code == "forbidden" else told["broken"].evidence)


class Counted:
    """Counts how many are inside at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = self.most = self.all = 0

    def ask(self) -> None:
        """Something that takes a while."""
        with self._lock:
            self.now, self.all = self.now + 1, self.all + 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)
        with self._lock:
            self.now -= 1


@pytest.mark.parametrize("most", [1, 2, 4, 9])
def test_rows_and_what_they_ask_side_by_side_keep_to_the_ceiling_together(most) -> None:
    counted = Counted()
    rows = [
        row(name, lambda calls: calls.side_by_side([counted.ask] * 6) and proved("Well."))
        for name in ("one", "two", "three")
    ]
    assert {found.state for found in gone_through(rows, calls_of(most)).values()} == {State.PROVED}
    assert counted.all == 18 and counted.most <= min(most, 4)
    assert most == 1 or counted.most > 1


def test_one_row_asks_side_by_side_where_there_is_room() -> None:
    meeting = threading.Barrier(3)
    asks = [lambda: meeting.wait(PATIENCE)] * 3
    told = gone_through([row("one", lambda calls: proved(str(sorted(calls.side_by_side(asks)))))])
    assert told["one"].said == "[0, 1, 2]"


def test_answers_come_in_the_order_of_the_questions_and_trouble_in_its_place() -> None:
    calls, gone = calls_of(), JiraTrouble(Code.NOT_FOUND)
    asks = [lambda number=number: number for number in range(20)]
    assert calls.side_by_side(asks) == list(range(20)) and calls.side_by_side([]) == []
    assert calls.side_by_side([asks[0], raising(gone), asks[2]]) == [0, gone, 2]


def test_what_would_meet_each_call_alike_is_met_once() -> None:
    calls, asked = calls_of(1), []
    slow, gone = JiraTrouble(Code.DEADLINE), JiraTrouble(Code.NOT_FOUND)
    asks = [raising(gone), raising(slow), lambda: asked.append("more")]
    assert calls.side_by_side(asks, {Code.DEADLINE}) == [gone, slow, slow] and not asked
    assert calls.side_by_side(asks) == [gone, slow, None] and asked == ["more"]


@pytest.mark.parametrize("error", [CaRefused("none"), NotConnected("an account", None), ZeroDivisionError()])
def test_what_stands_in_the_way_of_all_is_raised_and_no_room_is_lost(error) -> None:
    calls = calls_of(2)
    for _ in range(3):
        with pytest.raises(type(error)):
            calls.side_by_side([raising(error)] * 5)
    assert [calls.room.acquire(blocking=False) for _ in range(3)] == [True, True, False]


def test_a_call_is_made_once_however_many_ask() -> None:
    calls, made = calls_of(), []
    ask = lambda: calls.once("it", lambda: time.sleep(0.02) or made.append(1) or len(made))  # noqa: E731
    assert calls.side_by_side([ask] * 4) == [1, 1, 1, 1] and made == [1]
    trouble = JiraTrouble(Code.DEADLINE)
    for _ in range(2):
        with pytest.raises(JiraTrouble) as caught:
            calls.once("other", raising(trouble))
        assert caught.value is trouble
        trouble = caught.value


def test_a_row_asks_for_nothing_more_when_its_time_is_over(monkeypatch) -> None:
    seconds, asked, told = [0.0], [], []
    monkeypatch.setattr("portal.checklist.calls.time", SimpleNamespace(monotonic=lambda: seconds[0]))

    def ask() -> str:
        seconds[0] += ASK_SECONDS * 0.6
        asked.append("it")
        return "told"

    def look(calls):
        told.extend(calls.side_by_side([ask] * 100))
        raise told[-1]

    found = gone_through([row("slow", look), row("other")], calls_of(1))
    assert (found["slow"].state, found["slow"].code) == (State.UNKNOWN, "not_asked")
    assert told[:2] == ["told"] * 2 and len(asked) == 2 and isinstance(told[2], NotAsked)


def test_a_row_that_never_ends_is_given_up_and_the_others_get_its_room(monkeypatch) -> None:
    """Also where there is room for one at a time. What it says in the end is heard by nobody."""
    monkeypatch.setattr(going, "ROW_SECONDS", 1.0)
    hangs = threading.Event()
    rows = [
        row("hangs", lambda calls: proved(str(hangs.wait(PATIENCE)))),
        row("other"),
        row("later", after=("hangs",)),
    ]
    calls, begun = calls_of(1), time.monotonic()
    told = gone_through(rows, calls)
    assert time.monotonic() - begun < PATIENCE / 2
    assert (told["hangs"].state, told["hangs"].code) == (State.UNKNOWN, "row_late")
    assert told["other"].state is told["later"].state is State.PROVED
    hangs.set()
    assert calls.room.acquire(timeout=PATIENCE) and not calls.room.acquire(blocking=False)


def test_where_there_is_never_any_room_it_ends_too(monkeypatch) -> None:
    monkeypatch.setattr(going, "ROW_SECONDS", 0.1)
    calls = calls_of(1)
    calls.room.acquire()
    told = gone_through([row("one"), row("other", after=("one",))], calls)
    assert {found.code for found in told.values()} == {"row_late"}


def test_nothing_more_is_asked_when_nobody_wants_it() -> None:
    """A run whose place another took: the row that is at it stops, and none begins."""
    asked, looked_at, begun = [], [], threading.Event()

    def ask() -> None:
        begun.set()
        time.sleep(0.01)
        asked.append("it")

    def first(calls):
        begun.wait(PATIENCE)
        return proved("Well.")

    rows = [row("first", first), row("long", lambda calls: calls.side_by_side([ask] * 1000))]
    rows.append(row("later", lambda calls: looked_at.append("it"), after=("first",)))
    with pytest.raises(ZeroDivisionError):
        go_through(rows, calls_of(2), {}, raising(ZeroDivisionError()))
    assert begun.is_set() and len(asked) < 100 and not looked_at
