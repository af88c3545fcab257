"""docs/security.md names tests that exist, one for every threat it is to name."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
THREATS = [*range(1, 9), *range(15, 40), 42, *range(54, 61)]


def test_every_test_it_names_exists() -> None:
    named = NAMED.findall(TEXT)
    assert len(named) > 60
    missing = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).exists() or f"def {test}(" not in (ROOT / path).read_text("utf-8")
    ]
    assert missing == []


def test_every_threat_has_a_test() -> None:
    rows = {int(number): NAMED.findall(row) for number, row in re.findall(r"^\| T(\d\d) (.*)$", TEXT, re.M)}
    assert sorted(rows) == THREATS
    assert all(rows.values()), [number for number, tests in rows.items() if not tests]
