"""What writes many rows past the unit of work meets no hook of the session, and so not the tenant's wall."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

import portal

BULK = [name for name in dir(Session) if name.startswith("bulk_")]


@pytest.mark.parametrize("name", BULK)
def test_nothing_is_written_past_the_session(name: str) -> None:
    modules = sorted(Path(portal.__file__).parent.rglob("*.py"))
    assert modules and not [str(module) for module in modules if name in module.read_text()]


def test_those_that_are_known_are_looked_for() -> None:
    assert {"bulk_insert_mappings", "bulk_update_mappings", "bulk_save_objects"} <= set(BULK)
