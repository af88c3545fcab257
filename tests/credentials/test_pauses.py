"""Pauses that all processes of a machine keep: none is made shorter, and each ends."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from portal.credentials import pauses as at_work
from portal.credentials.pauses import LONGEST_SECONDS, Pauses
from portal.credentials.shared_files import opened


class Clock:
    """The time, which a test sets."""

    def __init__(self) -> None:
        self.now = 1_900_000_000.0

    def time(self) -> float:
        """As the module of that name tells it."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(at_work, "time", made)
    return made


@pytest.fixture
def pauses(tmp_path: Path) -> Pauses:
    return Pauses(tmp_path / "slots")


def test_a_pause_ends_and_the_longest_keeps_others_looking(pauses: Pauses, clock: Clock) -> None:
    busy, other = uuid4(), uuid4()
    assert not pauses.any_lasts()
    pauses.begin(busy, "asked", 900)
    pauses.begin(other, "refused", 15)
    assert (pauses.left(busy, "asked"), pauses.left(other, "refused")) == (900, 15)
    assert (pauses.left(busy, "refused"), pauses.left(other, "asked")) == (0, 0)
    clock.now += 15
    assert pauses.any_lasts(), "of the other one"
    assert (pauses.left(busy, "asked"), pauses.left(other, "refused")) == (885, 0)
    clock.now += 885
    assert not pauses.any_lasts() and not pauses.left(busy, "asked")


def test_none_is_made_shorter_or_without_end(pauses: Pauses, clock: Clock) -> None:
    busy = uuid4()
    pauses.begin(busy, "asked", 60)
    pauses.begin(busy, "asked", 5)
    assert pauses.left(busy, "asked") == 60
    pauses.begin(busy, "asked", 2.0**63)
    assert pauses.left(busy, "asked") == LONGEST_SECONDS


def test_one_may_be_taken_when_the_one_before_is_over(pauses: Pauses, clock: Clock) -> None:
    busy = uuid4()
    assert [pauses.take(busy, "refused", 15) for _ in range(3)] == [True, False, False]
    clock.now += 16
    assert [pauses.take(busy, "refused", 15) for _ in range(2)] == [True, False]


def test_a_clock_that_is_set_back_makes_none_longer(pauses: Pauses, clock: Clock) -> None:
    """And one that begins then lasts as long as it should."""
    busy = uuid4()
    pauses.begin(busy, "asked", 60)
    clock.now -= 86400
    assert pauses.left(busy, "asked") == 0
    pauses.begin(busy, "asked", 30)
    assert pauses.left(busy, "asked") == 30 and pauses.any_lasts()
    clock.now += 30
    assert not pauses.left(busy, "asked") and not pauses.any_lasts()


def test_a_short_one_leaves_a_long_one_that_came_in_between(
    pauses: Pauses, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of somebody else, who was quicker after we had looked: whoever looks at all pauses still sees it."""
    busy, meanwhile = uuid4(), iter([900])

    def late(folder: Path, name: str) -> int:
        for seconds in meanwhile:
            pauses.begin(busy, "asked", seconds)
        return opened(folder, name)

    monkeypatch.setattr(at_work, "opened", late)
    pauses.begin(uuid4(), "refused", 15)
    clock.now += 60
    assert pauses.any_lasts() and pauses.left(busy, "asked") == 840


def test_nobody_else_writes_between_look_and_write(pauses: Pauses, monkeypatch: pytest.MonkeyPatch) -> None:
    look, seen = os.fstat, []

    def looked(descriptor: int) -> os.stat_result:
        with Path(f"/proc/self/fd/{descriptor}").open() as file, suppress(BlockingIOError):
            seen.append("looked")
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            seen.append("another could have written")
        return look(descriptor)

    monkeypatch.setattr(os, "fstat", looked)
    pauses.begin(uuid4(), "asked", 15)
    assert seen == ["looked"] * 2
