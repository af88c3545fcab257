"""A slow Jira holds no more places than its ceiling (T31)."""

import threading
from collections.abc import Callable

import pytest

from portal.jira import ceilings as ceilings_module
from portal.jira.ceilings import Ceilings
from portal.jira.trouble import Code


def _enter(ceilings: Ceilings, key: str) -> None:
    with ceilings.slot(key, 2):
        pass


def test_the_ceiling_is_per_account(monkeypatch: pytest.MonkeyPatch, code_of: Callable[..., Code]) -> None:
    monkeypatch.setattr(ceilings_module, "_WAIT_SECONDS", 0.05)
    ceilings = Ceilings()
    with ceilings.slot("slow", 2), ceilings.slot("slow", 2):
        assert code_of(lambda: _enter(ceilings, "slow")) is Code.CONCURRENCY_CEILING
        _enter(ceilings, "other")
    _enter(ceilings, "slow")


def test_a_place_that_falls_free_is_taken() -> None:
    ceilings = Ceilings()
    with ceilings.slot("a", 2):
        second = ceilings.slot("a", 2)
        second.__enter__()
        threading.Timer(0.1, second.__exit__, (None, None, None)).start()
        _enter(ceilings, "a")


def test_a_failed_call_gives_its_place_back() -> None:
    ceilings = Ceilings()
    for _ in range(5):
        with pytest.raises(ValueError), ceilings.slot("a", 1):
            raise ValueError
