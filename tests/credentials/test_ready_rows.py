"""What programs use is read as wide as its way needs, and never narrower."""

from typing import Any
from uuid import UUID

import pytest

from portal.credentials import ready_rows
from portal.credentials.ready import Ready
from portal.credentials.ready_rows import ReadyRows
from portal.store.generations import Generations
from tests.support.accounts import connected_account
from tests.support.cloud import cloud_office
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.server_oauth2 import server_oauth2_office
from tests.support.tokens import token_office
from tests.support.world import TenantWorld

pytestmark = pytest.mark.on_both()


@pytest.fixture
def accounts(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> list[UUID]:
    """By a token that was pasted, by a signature, by a grant of Jira's own, by one of Atlassian's."""
    by_consent = [make(portal, sandbox, tenant).account_id for make in (server_oauth2_office, cloud_office)]
    pasted = token_office(portal, sandbox, tenant).account_id
    return [pasted, connected_account(portal, sandbox, tenant), *by_consent]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How wide it was read, one after the other."""
    seen: list[int] = []
    for width, statement in enumerate(ready_rows._OWN):

        def rows(*given: Any, width: int = width, read: Any = statement.rows, **named: Any) -> Any:
            seen.append(width)
            return read(*given, **named)

        monkeypatch.setattr(statement, "rows", rows)
    return seen


def test_each_way_is_read_whole(
    portal: Portal, tenant: TenantWorld, accounts: list[UUID], reads: list[int]
) -> None:
    whole = [_whole(portal, tenant, account_id) for account_id in accounts]
    assert whole[0].access_token
    assert whole[1].private_key
    assert all(row.grant_token for row in whole[2:])
    assert whole[3].cloud_id
    rows = ReadyRows(portal.store, Generations(portal.store), 0)
    for expected in ([0, 0, 1, 0, 2, 0, 2], [0, 1, 2, 2]):  # there is more of it: so it was known afterwards
        reads.clear()
        assert [rows.own_now(tenant.id, account_id) for account_id in accounts] == whole
        assert reads == expected


def test_accounts_that_share_a_place_are_read_as_wide_as_the_widest(
    portal: Portal,
    tenant: TenantWorld,
    accounts: list[UUID],
    reads: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ready_rows, "_PLACES", 1)
    accounts = [accounts[1], *accounts]
    whole = [_whole(portal, tenant, account_id) for account_id in accounts]
    rows = ReadyRows(portal.store, Generations(portal.store), 0)
    reads.clear()
    assert [rows.own_now(tenant.id, account_id) for account_id in accounts] == whole
    assert reads == [0, 1, 1, 1, 1, 2, 2]


def _whole(portal: Portal, tenant: TenantWorld, account_id: UUID) -> Ready:
    found = ready_rows._OWN[ready_rows.WHOLE].rows(portal.store.hot, tenant.id, account=account_id)
    return Ready(*found[0])
