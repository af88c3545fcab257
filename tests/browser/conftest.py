"""A shop to look at in a real Chromium, and what was wrong with its pages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from portal.boards import boards
from tests.support import accounts
from tests.support.browsers import Window
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

Opener = Callable[..., Window]


@pytest.fixture
def seen() -> Iterator[list[str]]:
    """What was wrong with the pages looked at; nothing, in the end."""
    wrong: list[str] = []
    yield wrong
    assert not wrong, "\n".join(wrong)


@dataclass(frozen=True)
class Shop:
    """A tenant whose admin has connected the practice Jira and added a board."""

    tenant: TenantWorld
    account_id: UUID
    board_id: UUID

    @property
    def board(self) -> str:
        """The board's page."""
        return self.tenant.path(f"boards/{self.board_id}")

    @property
    def credential(self) -> str:
        """The page of a person's own credential."""
        return self.tenant.path(f"profile/alm-credentials/{self.account_id}")


@pytest.fixture
def shop(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Shop:
    """The tenant, its account and its board; nobody but the account is connected."""
    account_id = accounts.connected_account(portal, sandbox, tenant)
    work, registry = tenant.work(tenant.admin), accounts.registry_of(portal)
    return Shop(tenant, account_id, boards.add_board(work, registry, account_id, 1, "Web shop"))
