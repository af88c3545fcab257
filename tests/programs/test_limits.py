"""Limits: how many go through at once and later, when to come again, and all processes together."""

import time
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from portal.programs import limits as module
from portal.programs.limits import Limited, Limits
from tests.support.limit_processes import passed

KEY, TENANT, ACCOUNT = uuid4(), uuid4(), uuid4()


class Clock:
    """In place of ``time``: goes on only when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic_ns(self) -> int:
        """Nanoseconds since the machine started."""
        return round(self.seconds * 1e6) * 1000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def limits(clock: Clock, tmp_path: Path) -> Limits:
    return Limits(tmp_path / "instance")


def refused(limits: Limits, *asked: tuple[str, UUID, int]) -> Limited | None:
    """The refusal, or None where the request went through."""
    try:
        return limits.take_each(*asked)
    except Limited as error:
        return error


def at_once(limits: Limits, which: UUID, a_minute: int, most: int = 5000) -> int:
    """How many go through until one is refused."""
    return next((count for count in range(most) if refused(limits, ("key", which, a_minute))), most)


def test_ten_seconds_worth_go_at_once_and_then_one_by_one(limits: Limits, clock: Clock) -> None:
    """What is refused costs nothing, others are counted apart, and who waits has ten seconds' worth again."""
    assert at_once(limits, KEY, 600) == 100
    assert all(refused(limits, ("key", KEY, 600)) for _ in range(50))
    assert at_once(limits, TENANT, 600) == 100
    for _ in range(3):
        clock.seconds += 0.1
        assert at_once(limits, KEY, 600) == 1
    clock.seconds += 5
    assert at_once(limits, KEY, 600) == 50
    clock.seconds += 3600
    assert at_once(limits, KEY, 600) == 100


@pytest.mark.parametrize(
    ("a_minute", "wait", "then"), [(1, 60, 1), (2, 30, 1), (7, 8, 1), (90, 1, 1), (6000, 1, 100)]
)
def test_what_it_says_to_wait_is_enough_and_not_more(
    limits: Limits, clock: Clock, a_minute: int, wait: int, then: int
) -> None:
    """In whole seconds, and a second at least."""
    assert at_once(limits, KEY, a_minute) == max(1, a_minute // 6)
    told = refused(limits, ("key", KEY, a_minute))
    assert told and (told.whose, told.retry_after) == ("key", wait)
    clock.seconds += wait - 1
    assert refused(limits, ("key", KEY, a_minute))
    clock.seconds += 1
    assert at_once(limits, KEY, a_minute) == then


def test_a_refused_request_counts_towards_none_of_its_limits(limits: Limits, clock: Clock) -> None:
    """It names the one that is to be waited for longest; then it goes through, and counts towards all."""
    asked = (("key", KEY, 600), ("tenant", TENANT, 6), ("account", ACCOUNT, 2))
    assert refused(limits, *asked) is None
    for _ in range(200):
        told = refused(limits, *asked)
        assert told and (told.whose, told.retry_after) == ("account", 30)
    clock.seconds += 12.5
    told = refused(limits, *asked)
    assert told and told.retry_after == 18
    clock.seconds += 17.5
    assert refused(limits, *asked) is None
    assert at_once(limits, KEY, 600) == 99
    told = refused(limits, ("tenant", TENANT, 6))
    assert told and told.retry_after == 10


@pytest.mark.parametrize("seconds", [3.0, (1 << 40) / 1e6 - 1, (1 << 40) / 1e6 + 1, 1e9])
def test_a_machine_started_anew_or_a_clock_that_came_round_holds_nobody_up(
    limits: Limits, clock: Clock, seconds: float
) -> None:
    clock.seconds = (1 << 40) / 1e6 - 2
    assert at_once(limits, KEY, 600) == 100
    clock.seconds += 1.5 + seconds % 1
    assert at_once(limits, KEY, 600) >= 15
    clock.seconds = seconds + 20
    assert at_once(limits, KEY, 600) == 100


def test_where_there_is_no_room_the_one_to_be_even_soonest_is_forgotten(
    limits: Limits, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And with room, nobody is taken for another."""
    assert [at_once(limits, uuid4(), 60) for _ in range(1000)] == [10] * 1000
    monkeypatch.setattr(module, "_BUCKETS", 1)
    clock.seconds += 60
    crowd = [uuid4() for _ in range(5)]
    assert [at_once(limits, one, rate) for one, rate in zip(crowd, (60, 30, 60, 60, 60), strict=True)] == [
        10, 5, 10, 10, 10,
    ]  # fmt: skip
    assert [at_once(limits, one, 60) for one in crowd[1:]] == [0] * 4
    assert at_once(limits, crowd[0], 60) == 10


def test_who_looks_while_another_writes_lets_one_more_through(
    limits: Limits, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And who stalls between looking and writing, what others took meanwhile: a burst more at worst."""
    other, look = Limits(tmp_path / "instance"), Limits._find

    def meet(count: int) -> None:
        def stalling(self: Limits, hashed: int, now: int) -> tuple[int, int]:
            seen = look(self, hashed, now)
            if self is limits:
                assert at_once(other, KEY, 600, count) == count
            return seen

        monkeypatch.setattr(Limits, "_find", stalling)
        limits.take_each(("key", KEY, 600))
        monkeypatch.setattr(Limits, "_find", look)

    meet(1)
    assert at_once(limits, KEY, 600) == 99
    clock.seconds += 60
    meet(100)
    assert at_once(other, KEY, 600) == 99


def test_processes_keep_one_limit_together(tmp_path: Path) -> None:
    """Three that begin at once get what one would, and a burst more at worst, where one of them stalled while
    it counted; each for itself would get three times as much."""
    began = time.monotonic()
    count = passed(tmp_path, KEY, 600, 3)
    later = 10 * (time.monotonic() - began)
    assert 100 <= count <= 200 + later


def test_a_file_that_broke_off_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "requests"
    path.write_bytes(b"half")
    limits = Limits(tmp_path)
    assert at_once(limits, KEY, 60) == 10
    assert at_once(Limits(tmp_path), KEY, 60) == 0


def test_nobody_can_make_an_id_that_counts_as_somebody_elses(clock: Clock, tmp_path: Path) -> None:
    """Where an id lies and how it is marked depends on what is different in each file, and secret."""
    folders = [tmp_path / str(number) for number in range(3)]
    for folder in folders:
        Limits(folder).take_each(("key", KEY, 60))
    files = [(folder / "requests").read_bytes() for folder in folders]
    assert len({file[16:] for file in files}) == 3
    assert len({file[:16] for file in files}) == 3
    assert {(folder / "requests").stat().st_mode & 0o777 for folder in folders} == {0o600}
