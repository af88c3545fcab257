"""Activity and support pages in a browser, at two widths."""

from tests.support.browsers import Window, axe, fits
from tests.support.world import TenantWorld, World


def test_activity_is_sound(window: Window, tenant: TenantWorld) -> None:
    page = window.sign_in(tenant.admin)
    page.goto(tenant.path("activity/"))
    page.get_by_role("button", name="Check the record").click()
    page.get_by_text("The record is whole").wait_for()
    axe(page)
    fits(page)


def test_a_visit_is_sound(window: Window, tenant: TenantWorld, world: World) -> None:
    page = window.sign_in(world.support())
    page.goto("/support/")
    axe(page)
    fits(page)
    page.get_by_role("link", name=f"Open a visit to {tenant.name}").click()
    page.get_by_label("Reason").fill("Ticket 4711")
    axe(page)
    page.get_by_role("button", name="Open the visit").click()
    page.get_by_text("Your visit ends on its own").wait_for()
    axe(page)
    fits(page)
