"""A tenant whose admin has connected a practice Jira, Server or Cloud, and added its scrum board."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

import pytest

from portal.boards import boards
from tests.support import accounts
from tests.support.cloud import ALL_SCOPES, CloudOffice, cloud_draft
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.variants import variants
from tests.support.world import Someone, TenantWorld

SHOP, PLATFORM = 1, 2


@dataclass(frozen=True)
class Shop:
    """The tenant with its account and its board; ``connect`` gives a person a Jira identity."""

    portal: Portal
    sandbox: SandboxProcess
    tenant: TenantWorld
    account_id: UUID
    board_id: UUID

    def path(self, rest: str = "") -> str:
        """A path under the boards."""
        return self.tenant.path("boards") + (f"/{rest}" if rest else "")

    @property
    def board(self) -> str:
        """The path of the board."""
        return self.path(str(self.board_id))

    def connect(self, someone: Someone, jira_user: str) -> UUID:
        """Connect the person as this Jira user, then forget the requests that took."""
        made = accounts.connect(self.portal, self.sandbox, self.tenant, someone, self.account_id, jira_user)
        self.sandbox.clear_requests()
        return made

    def add(self, jira_board_id: int, name: str) -> UUID:
        """Add another board."""
        work, registry = self.tenant.work(self.tenant.admin), accounts.registry_of(self.portal)
        return boards.add_board(work, registry, self.account_id, jira_board_id, name)


@dataclass(frozen=True)
class CloudShop:
    """The same on Jira Cloud, at the site acme."""

    office: CloudOffice
    board_id: UUID

    @property
    def tenant(self) -> TenantWorld:
        """The tenant."""
        return self.office.tenant

    @property
    def sandbox(self) -> SandboxProcess:
        """The practice Jira."""
        return self.office.sandbox

    def path(self, rest: str = "") -> str:
        """A path under the boards."""
        return self.tenant.path("boards") + (f"/{rest}" if rest else "")

    @property
    def board(self) -> str:
        """The path of the board."""
        return self.path(str(self.board_id))

    def connect(self, someone: Someone, jira_user: str, without: Iterable[str] = ()) -> UUID:
        """Connect the person, whose consent is to lack these scopes; then forget the requests that took."""
        self.sandbox.state(narrow_scopes=list(without))
        made = self.office.connect(someone, jira_user)
        self.sandbox.state(narrow_scopes=[])
        self.sandbox.clear_requests()
        return made

    def add(self, jira_board_id: int, name: str) -> UUID:
        """Add another board."""
        return boards.add_board(
            self.office.work, self.office.registry, self.office.account_id, jira_board_id, name
        )

    def gateway(self) -> list[str]:
        """What Jira was asked since, as paths below the site's own; nothing else was asked (T14)."""
        below = f"/ex/jira/{self.sandbox.cloud_ids['acme']}"
        paths = [entry["path"] for entry in self.sandbox.requests()]
        assert all(path.startswith(f"{below}/rest/") for path in paths), paths
        return [path.removeprefix(below) for path in paths]


@pytest.fixture
def open_cloud_shop(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Callable[..., CloudShop]:
    """Opens the shop with an app that has these scopes (all of them if left out)."""

    def open_one(scopes: tuple[str, ...] = ALL_SCOPES) -> CloudShop:
        office = cloud_draft(portal, sandbox, tenant, scopes)
        office.authorise()
        office.save()
        board_id = boards.add_board(office.work, office.registry, office.account_id, SHOP, "Web shop")
        sandbox.clear_requests()
        return CloudShop(office, board_id)

    return open_one


@pytest.fixture
def cloud_shop(open_cloud_shop: Callable[..., CloudShop]) -> CloudShop:
    return open_cloud_shop()


@pytest.fixture
def shop(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Shop:
    account_id = accounts.connected_account(portal, sandbox, tenant)
    work, registry = tenant.work(tenant.admin), accounts.registry_of(portal)
    board_id = boards.add_board(work, registry, account_id, SHOP, "Web shop")
    sandbox.clear_requests()
    return Shop(portal, sandbox, tenant, account_id, board_id)


@pytest.fixture
def ada(shop: Shop, sign_in: Callable[[Someone], Person]) -> Person:
    """The tenant's member, connected as Ada and signed in."""
    shop.connect(shop.tenant.member, "ada")
    return sign_in(shop.tenant.member)


@pytest.fixture(params=variants(["shop", "cloud_shop"]))
def place(request):
    """The tenant with its board, on Jira Server and on Jira Cloud."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def person(place, sign_in):
    """The member, connected as Ada."""
    place.connect(place.tenant.member, "ada")
    return sign_in(place.tenant.member)
