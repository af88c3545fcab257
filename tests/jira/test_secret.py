"""A Secret shows itself to nobody who does not ask by name."""

import copy
import json
import pickle

import pytest

from portal.secret import Secret

CANARY = "canary-4711"


@pytest.mark.parametrize(
    "show",
    [str, repr, "{}".format, "{:>20}".format, lambda s: f"{s!s}", lambda s: str([s])],
)
def test_it_prints_as_stars(show: object) -> None:
    shown = show(Secret.of(CANARY))  # type: ignore[operator]
    assert CANARY not in shown
    assert "***" in shown


@pytest.mark.parametrize("use", [pickle.dumps, json.dumps, copy.deepcopy, iter, list, hash, vars])
def test_it_is_not_carried_off(use: object) -> None:
    with pytest.raises(TypeError):
        use(Secret.of(CANARY))  # type: ignore[operator]


def test_it_compares_and_reveals() -> None:
    assert Secret.of(CANARY) == Secret.of(CANARY.encode())
    assert Secret.of(CANARY) != Secret.of("other")
    assert Secret.of(CANARY) != CANARY
    assert Secret.of(CANARY).reveal() == CANARY
    assert not Secret.of("")
