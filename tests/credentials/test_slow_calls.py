"""Slow calls: when a tenant's hold half of a process's threads, its further ones are turned away at once."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import UUID, uuid4

import pytest

from portal.credentials import slots, slow_calls
from portal.credentials.slots import Slots
from portal.credentials.slow_calls import SLOW_SECONDS, Threads, calling
from portal.errors import PortalBusy, PortalFull

ONE, OTHER = uuid4(), uuid4()
NUMBER = 8
HALF, TWO_THIRDS = 4, 5


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(slow_calls, "time", made)
    monkeypatch.setattr(slots, "time", made)
    return made


@contextmanager
def waiting(threads: Threads, tenant_id: UUID) -> Iterator[None]:
    """A call that waits in a thread of its own until the block ends."""
    begun, over, refused = threading.Event(), threading.Event(), []

    def wait() -> None:
        try:
            with threads.use(tenant_id), calling():
                begun.set()
                over.wait(30)
        except PortalBusy as busy:
            refused.append(busy)
            begun.set()

    thread = threading.Thread(target=wait)
    thread.start()
    begun.wait(10)
    try:
        assert not refused
        yield
    finally:
        over.set()
        thread.join()


def taken(threads: Threads, tenant_id: UUID) -> bool:
    try:
        with threads.use(tenant_id):
            return True
    except PortalBusy as busy:
        assert busy.retry_after >= 1
        return False


def test_half_of_the_threads_slow_and_the_tenant_is_turned_away_alone(clock):
    threads = Threads(NUMBER)
    with ExitStack() as calls:
        for _ in range(HALF):
            calls.enter_context(waiting(threads, ONE))
        assert taken(threads, ONE)  # nothing is slow yet
        clock.now += SLOW_SECONDS
        assert not taken(threads, ONE) and taken(threads, OTHER)
    assert taken(threads, ONE)


def test_one_less_than_half_is_not_yet_too_many(clock):
    threads = Threads(NUMBER)
    with ExitStack() as calls:
        for tenant_id in [*[ONE] * (HALF - 1), *[OTHER] * (HALF - 1)]:
            calls.enter_context(waiting(threads, tenant_id))
        clock.now += SLOW_SECONDS
        assert taken(threads, ONE) and taken(threads, OTHER)


def test_many_quick_calls_one_after_the_other_are_no_slow_one(clock):
    threads = Threads(2)
    with threads.use(ONE):
        for _ in range(3):
            with calling():
                clock.now += SLOW_SECONDS / 2
        assert not threads.has_slow(ONE)
        with calling():
            clock.now += SLOW_SECONDS
            assert threads.has_slow(ONE) and not threads.has_slow(OTHER)


def test_what_begins_at_once_leaves_a_third_to_others(clock):
    """A Jira that hangs from now on takes what comes within the first second."""
    threads = Threads(NUMBER)
    with ExitStack() as calls:
        for _ in range(TWO_THIRDS):
            calls.enter_context(waiting(threads, ONE))
        assert not taken(threads, ONE) and taken(threads, OTHER)
        for _ in range(NUMBER - 1 - TWO_THIRDS):
            calls.enter_context(waiting(threads, OTHER))
        assert not taken(threads, uuid4())  # one is left to pages that need no Jira
    assert taken(threads, ONE)


def test_what_is_in_the_way_is_told_by_its_name(clock):
    """A Jira that answers quickly is not called slow, however many ask it at once."""
    threads = Threads(NUMBER)
    with ExitStack() as calls:
        for _ in range(TWO_THIRDS):
            calls.enter_context(waiting(threads, ONE))
        with pytest.raises(PortalFull) as caught, threads.use(ONE):
            pass
        assert (caught.value.code, caught.value.retry_after) == ("portal_full", 1)
        clock.now += SLOW_SECONDS
        with pytest.raises(PortalBusy) as caught, threads.use(ONE):
            pass
        assert caught.value.code == "portal_busy"


def test_a_call_without_a_session_counts_from_its_beginning(clock):
    threads = Threads(2)
    with threads.use(ONE, one_call=True):
        clock.now += SLOW_SECONDS
        assert not taken(threads, ONE)


def test_an_error_inside_frees_the_thread(clock):
    threads = Threads(2)
    with pytest.raises(ZeroDivisionError), threads.use(ONE), calling():
        raise ZeroDivisionError
    assert taken(threads, ONE)
    with calling():
        pass  # of nobody: a call from a thread that serves no page


def test_nobody_waits_for_a_place_that_slow_calls_hold(clock, tmp_path):
    """An account's ceiling is waited for a little, but not behind a call that is slow itself."""
    account_id = uuid4()
    folder = Slots(tmp_path, Threads(NUMBER))
    with folder.hold(ONE, account_id, 1), calling():
        clock.now += SLOW_SECONDS
        before = clock.now
        with pytest.raises(PortalBusy), folder.hold(ONE, account_id, 1):
            pass
        assert clock.now == before


def test_threads_apart_hold_none_of_these(clock, tmp_path):
    apart = Slots(tmp_path, Threads(2)).apart()
    with apart.hold(ONE, uuid4(), 1), apart.hold(ONE, uuid4(), 1), apart.one_call(ONE):
        apart.refuse_when_busy(ONE)


def test_who_meets_quick_calls_waits_a_moment_for_a_place(monkeypatch):
    """All places are taken, and one is given back while somebody waits."""
    monkeypatch.setattr(slow_calls, "ROOM_SECONDS", 10)
    threads, seen = Threads(NUMBER), []
    comes = threading.Thread(target=lambda: seen.append(taken(threads, ONE)))
    with ExitStack() as calls:
        held = [calls.enter_context(ExitStack()) for _ in range(TWO_THIRDS)]
        for one in held:
            one.enter_context(waiting(threads, ONE))
        comes.start()
        until = time.monotonic() + 10
        while not threads._waiting and time.monotonic() < until and comes.is_alive():
            time.sleep(0.001)
        held[0].close()
        comes.join()
    assert seen == [True]


def test_nobody_waits_for_what_has_lasted(clock, monkeypatch):
    threads = Threads(NUMBER)
    monkeypatch.setattr(Threads, "_wait_for_room", None)
    with ExitStack() as calls:
        calls.enter_context(waiting(threads, ONE))
        clock.now += slow_calls.ROOM_SECONDS
        for _ in range(TWO_THIRDS - 1):
            calls.enter_context(waiting(threads, ONE))
        assert not taken(threads, ONE)
