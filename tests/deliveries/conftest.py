"""What tests of deliveries stand on."""

from collections.abc import Callable

import pytest

from tests.deliveries.set_ups import SetUpDesk, new_desk
from tests.support.deliveries import DeliveryOffice, delivery_office
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import Someone, TenantWorld


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> DeliveryOffice:
    """A tenant with an account that delivers, and a program with its key."""
    return delivery_office(portal, sandbox, tenant)


@pytest.fixture
def desk(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, sign_in: Callable[[Someone], Person]
) -> SetUpDesk:
    """An admin at the set-up page of a new draft."""
    return new_desk(portal, sandbox, tenant, sign_in(tenant.admin))


@pytest.fixture
def saved_desk(desk: SetUpDesk) -> SetUpDesk:
    """The same, when the set-up is over."""
    desk.fill()
    assert desk.account.saved, desk.admin.page.text[:400]
    return desk
