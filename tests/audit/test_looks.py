"""Activity and support pages in a browser, at two widths."""

import pytest

from tests.support import samples
from tests.support.browsers import Window, axe, fits
from tests.support.world import TenantWorld, World

pytestmark = pytest.mark.own_database


def test_activity_is_sound(window: Window, tenant: TenantWorld) -> None:
    samples.line(tenant)
    page = window.sign_in(tenant.admin)
    page.goto(tenant.path("activity/?since=soon&request_id=a+b&account=" + "x" * 40))
    page.get_by_role("heading", name="There is a problem").wait_for()
    axe(page)
    fits(page)
    page.goto(tenant.path("activity/?outcome=ok"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as CSV").press("Enter")
    assert "ALM account saved" in download.value.path().read_text("utf-8")
    page.reload()
    page.locator(".timeline-what").get_by_text("Activity exported").wait_for()
    page.get_by_role("button", name="Check the record").click()
    page.get_by_text("The record is whole").wait_for()
    axe(page)
    fits(page)


def test_a_visit_is_sound(window: Window, tenant: TenantWorld, world: World) -> None:
    page = window.sign_in(world.support())
    page.goto("/support/")
    axe(page)
    fits(page)
    page.get_by_label("Name or short name").fill(tenant.slug)
    page.get_by_role("button", name="Find organisations").click()
    page.get_by_role("link", name=f"Open a visit to {tenant.name}").click()
    page.get_by_label("Reason").fill("Ticket 4711")
    axe(page)
    page.get_by_role("button", name="Open the visit").click()
    page.get_by_text("You look into").wait_for()
    axe(page)
    fits(page)
