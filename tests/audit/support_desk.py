"""One of the support staff at work, for tests of her pages."""

from portal.store.work import SUPPORT, Actor, Work
from tests.support.person import Person
from tests.support.world import Someone, TenantWorld

REASON = "Ticket 4711, sign-in trouble"


def work_of(someone: Someone, tenant: TenantWorld) -> Work:
    """Her at work in no tenant, as on her pages."""
    return Work(tenant.store, None, Actor(SUPPORT, someone.user_id))


def visit(support: Person, tenant: TenantWorld, reason: str = REASON) -> Person:
    """Open a visit from the list of tenants."""
    support.get("/support/", params={"search": tenant.slug})
    support.click(f"Open a visit to {tenant.name}")
    support.submit("Open the visit", reason=reason)
    return support
