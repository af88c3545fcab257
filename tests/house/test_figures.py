"""The figures of CONTRIBUTING.md hold: limits are kept, and the table is the one tested here."""

import re
from pathlib import Path

import pytest

from tests.support import figures

ROOT = Path(__file__).parents[2]
# What is measured, how, and the most it may be.
LIMITS = {
    "Function, nine of ten": (lambda: figures.p90(figures.functions()), 25),
    "Function, longest": (lambda: figures.longest(figures.functions()).lines, 60),
    "View, nine of ten": (lambda: figures.p90(figures.functions(views=True)), 20),
    "File, nine of ten": (lambda: figures.p90(figures.files()), 200),
    "File, longest": (lambda: figures.longest(figures.files()).lines, 350),
    "Import cycles": (lambda: len(figures.cycles()), 0),
    "Imports inside functions": (lambda: len(figures.local_imports()), 0),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_kept(name: str) -> None:
    measure, limit = LIMITS[name]
    assert measure() <= limit, worst(name)


def worst(name: str) -> object:
    """Where to look."""
    if name.startswith("File"):
        return figures.longest(figures.files())
    if name.startswith("Import"):
        return figures.cycles() or figures.local_imports()
    return sorted(figures.functions(views=name.startswith("View")), key=lambda one: -one.lines)[:5]


def test_contributing_says_the_same_limits() -> None:
    written = re.findall(
        r"^\| ([A-Z][\w, ]+?) \| (\d+) \|$", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.M
    )
    assert written == [(name, str(limit)) for name, (_, limit) in LIMITS.items()]


def test_the_measure_sees_what_it_should() -> None:
    assert "portal.app" in figures.modules()
    assert len(figures.functions()) > len(figures.functions(views=True)) > 10
    assert figures._way_back({"a": {"b"}, "b": {"c"}, "c": {"a"}}, "a") == ["a", "b", "c", "a"]
    assert figures._way_back({"a": {"b"}, "b": {"c"}, "c": set()}, "a") == []
