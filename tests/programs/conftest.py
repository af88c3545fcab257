"""An admin at the pages of programs."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from portal.programs.keys import WRITE_DELIVERIES
from tests.support import canaries
from tests.support.person import Person
from tests.support.world import Someone, TenantWorld

DAY = timedelta(days=1)


@pytest.fixture
def admin(tenant: TenantWorld, sign_in: Callable[[Someone], Person]) -> Person:
    """The tenant's admin."""
    return sign_in(tenant.admin)


def make(
    admin: Person, tenant: TenantWorld, name: str, *accounts: UUID, may: Sequence[str] = (WRITE_DELIVERIES,)
) -> str:
    """The text of a key made through the page."""
    admin.get(tenant.path("programs/new"))
    admin.submit("Make the key", name=name, accounts=[str(one) for one in accounts], operations=may)
    return shown_key(admin)


def shown_key(admin: Person) -> str:
    """The text of the key that was made just now."""
    assert admin.status == 200, admin.page.errors()
    text = admin.page.value("#program-key")
    canaries.add(text[-38:])
    return canaries.add(text)


def rows(admin: Person, tenant: TenantWorld) -> dict[str, str]:
    """What the list says of each key, by its name, in its order."""
    found = admin.get(tenant.path("programs/")).soup.select("tbody tr")
    return {row.select("th a")[0].get_text(): row.get_text(" ", strip=True) for row in found}
