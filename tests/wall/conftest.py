"""Two tenants with one of everything, at a practice Jira that notes who calls it."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest

from tests.support import accounts, routes
from tests.support.databases import Database
from tests.support.portals import Portal
from tests.support.routes import Ids, Made, Route
from tests.support.samples import account
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld


@dataclass
class Furnished:
    """A tenant; ``of`` gives ids of what stands in it, the same whenever it is asked."""

    tenant: TenantWorld
    account_id: UUID
    made: Made = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.made[account] = self.account_id

    @classmethod
    def fresh(cls, portal: Portal) -> "Furnished":
        """A new one, whose Jira does not answer."""
        tenant = portal.world.tenant()
        return cls(tenant, account(tenant)).complete(portal)

    def complete(self, portal: Portal) -> "Furnished":
        """Make what any route takes, so that nothing is made later."""
        for route in routes.routes(portal.app):
            self.of(route)
        return self

    def of(self, route: Route) -> Ids:
        """What the route's address takes."""
        return routes.ids_of(route, self.tenant, self.made)


@dataclass
class Town:
    """``own``: the tenant that everybody comes to. ``other``: one that none of them has to do with."""

    own: Furnished
    other: Furnished
    sandbox: SandboxProcess

    def rows(self, database: Database) -> dict[str, list[routes.Row]]:
        """Everything that stands in either, and what belongs to no tenant."""
        return routes.rows(database, self.own.tenant, self.other.tenant)

    def calls(self) -> list[str]:
        """What Jira was asked since this was last asked."""
        asked = [f"{one['method']} {one['path']}" for one in self.sandbox.requests()]
        self.sandbox.clear_requests()
        return [one for one in asked if "/sandbox/" not in one]


@pytest.fixture(scope="module")
def town(portal: Portal, running_sandbox: SandboxProcess) -> Town:
    """Both have an account that works, and a member connected to it."""
    running_sandbox.reset()
    own = portal.world.tenant()
    assert own.other
    pair = [_furnished(portal, running_sandbox, tenant) for tenant in (own, own.other)]
    town = Town(*pair, running_sandbox)
    town.calls()
    return town


def _furnished(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Furnished:
    account_id = accounts.connected_account(portal, sandbox, tenant)
    accounts.connect(portal, sandbox, tenant, tenant.member, account_id, "ada")
    return Furnished(tenant, account_id).complete(portal)
