"""What a test needs from the machine: missing, it is skipped; required by TEST_REQUIRE, it fails."""

import os
from typing import NoReturn

import pytest


def missing(what: str, reason: str) -> NoReturn:
    """End the test: ``what`` is one of postgres, redis, browser."""
    if what in os.environ.get("TEST_REQUIRE", "").replace(",", " ").split():
        pytest.fail(f"{what} is required by TEST_REQUIRE and missing: {reason}", pytrace=False)
    pytest.skip(f"{what}: {reason}")
