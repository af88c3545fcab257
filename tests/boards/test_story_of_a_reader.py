"""A person reads a board on a phone, by keyboard and without scripts: sprint, search, epic, issue and linked
issue; on Jira Server and on Jira Cloud."""

import pytest
from playwright.sync_api import expect

from tests.browser.ways import Keys
from tests.support.browsers import Window

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize("side", ["shop", "cloud_shop"])
def test_from_the_board_to_a_linked_issue(request, browser, portal, database, side):
    place = request.getfixturevalue(side)
    place.connect(place.tenant.member, "ada")
    window = Window(browser, portal.base_url, "phone", java_script_enabled=False)
    keys = Keys(window.sign_in(place.tenant.member))
    main = keys.page.get_by_role("main")
    keys.page.goto(place.path())
    keys.click("Web shop")
    expect(main.get_by_role("heading", name="SHOP Sprint 7")).to_be_visible()
    keys.click("SHOP Sprint 8 (planned)")
    expect(main).to_contain_text("22 points")
    keys.fill("Words or key of an issue", "gift mail")
    keys.click("Search")
    expect(main.locator(".issue")).to_have_count(1)
    keys.click("Show all issues")
    keys.click("Epics")
    keys.click("Checkout")
    expect(main).to_contain_text("3 of 14 issues done; 19 of 46.5 points")
    keys.click("Pay by bank transfer")
    expect(main).to_contain_text("SHOP-5 blocks")
    keys.click("<script>alert(1)</script> in the order note is shown as typed")
    expect(main.get_by_role("heading", name="<script>alert(1)</script>")).to_be_visible()
    expect(main).to_contain_text("SHOP-8 is blocked by")
    window.close()
