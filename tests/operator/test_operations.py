"""``docs/operations.md`` says what is true: commands, settings, what is kept how long, and metrics."""

import re
from datetime import timedelta
from pathlib import Path

from portal import cli, metrics
from portal.config import Settings
from portal.store import purge

TEXT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
RETENTION = TEXT.partition("## What is kept for how long")[2].partition("\nSettings are in days")[0]
ROW = re.compile(r"^\| .+ \| (\d+) days? \| `(\w+)` \|$", re.MULTILINE)


def test_every_command_is_told_of_and_no_other() -> None:
    known = set(cli.main.commands)
    told = set(re.findall(r"`almoner ([a-z][a-z-]+)", TEXT)) | set(
        re.findall(r"^ +almoner ([a-z-]+)", TEXT, re.M)
    )
    assert told <= known
    assert known <= {word for word in known if re.search(rf"[ `]{word}[ `\]]", TEXT)}
    root_keys = cli.main.commands["root-key"].commands  # type: ignore[attr-defined]
    assert {word for word in root_keys if f"root-key {word}" in TEXT} == set(root_keys)


def test_the_table_of_what_is_kept_holds_every_setting_and_every_fixed_time() -> None:
    told = {name: int(days) for days, name in ROW.findall(RETENTION)}
    fixed = {
        name: value.days
        for name, value in vars(purge).items()
        if name.endswith("_AFTER") and isinstance(value, timedelta)
    }
    set_by = {
        f"ALMONER_{name.upper()}": field.default
        for name, field in Settings.model_fields.items()
        if name.endswith("_days")
    }
    assert told == fixed | set_by


def test_every_setting_named_is_one() -> None:
    known = {f"ALMONER_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"ALMONER_[A-Z_]*[A-Z]", TEXT)) <= known


def test_every_metric_is_told_of() -> None:
    counted = {family.name for family in metrics._OWN.collect()} | {"almoner_waiting", "almoner_build_info"}
    assert {name for name in counted if name in TEXT} == counted
