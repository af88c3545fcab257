"""An account of each kind with its checklist, and its people at their browsers."""

from datetime import timedelta

import pytest

from portal.checklist.checks import accepted
from tests.support.accounts import connected_account
from tests.support.checklist import Sheet


@pytest.fixture
def sheet(portal, sandbox, tenant) -> Sheet:
    """The checklist of a saved account by application link."""
    return Sheet(portal, sandbox, tenant, connected_account(portal, sandbox, tenant))


@pytest.fixture(autouse=True)
def _renewing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's run has a consent renewed that was given a moment ago: tests do not wait ten minutes."""
    monkeypatch.setattr(accepted, "FRESH_FOR", timedelta(0))


@pytest.fixture
def admin(sheet, sign_in):
    """The admin of the account."""
    return sign_in(sheet.tenant.admin)
