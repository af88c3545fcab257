"""A person changes an epic and what is in it on a phone, by keyboard and without scripts; on Jira Server and
on Jira Cloud, judged by what Jira holds then."""

import pytest
from playwright.sync_api import expect

from tests.boards.test_epic_changes import held
from tests.boards.test_epic_moves import epics_of
from tests.browser.ways import Keys
from tests.support.browsers import Window, axe, fits

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize("side", ["shop", "cloud_shop"])
def test_an_epic_from_its_list_to_its_issues(request, browser, portal, database, side):
    place = request.getfixturevalue(side)
    place.connect(place.tenant.member, "ada")
    window = Window(browser, portal.base_url, "phone", java_script_enabled=False)
    keys = Keys(window.sign_in(place.tenant.member))
    main = keys.page.get_by_role("main")
    keys.page.goto(f"{place.board}/epics")
    keys.click("Edit Checkout")
    reach(keys, main.get_by_role("radio", name="Blue" if side == "shop" else "Dark blue", exact=True))
    keys.page.keyboard.press("ArrowRight")
    reach(keys, main.get_by_role("checkbox", name="Done"))
    keys.page.keyboard.press("Space")
    keys.click("Save in Jira")
    expect(main).to_contain_text("Epic SHOP-1 changed in Jira.")
    assert held(place, "SHOP-1")["epic_color"] == "ghx-label-5" and held(place, "SHOP-1")["epic_done"]
    keys.click("Checkout")
    reach(keys, main.get_by_role("checkbox", name="SHOP-5 Pay by bank transfer"))
    keys.page.keyboard.press("Space")
    reach(keys, main.get_by_label("Move the ticked issues to"))
    keys.page.keyboard.type("Gift")
    keys.click("Move")
    expect(main).to_contain_text("1 issue is in SHOP-2 now.")
    keys.click("Add issues")
    keys.fill("Look for issues of the board by words or key", "bank")
    keys.click("Search")
    expect(main.get_by_role("checkbox")).to_have_count(1)
    keys.fill("Keys of issues", "SHOP-24")
    keys.click("Add to SHOP-1")
    expect(main).to_contain_text("1 issue is in SHOP-1 now.")
    assert epics_of(place, "SHOP-5", "SHOP-24") == [2, 1]
    window.close()


def test_the_pages_fit_and_have_nothing_for_axe_to_find(cloud_shop, window):
    cloud_shop.connect(cloud_shop.tenant.member, "ada")
    window.sign_in(cloud_shop.tenant.member)
    for path in (
        "epics",
        "epics/SHOP-1/edit",
        "epics/SHOP-1/move",
        "epics/SHOP-3/add?search=gift",
        "issues/SHOP-5/epic",
    ):
        window.page.goto(f"{cloud_shop.board}/{path}")
        axe(window.page)
        fits(window.page)
    window.page.get_by_role("button", name="Save in Jira").wait_for()
    window.page.goto(f"{cloud_shop.board}/epics/SHOP-1/add")
    window.page.get_by_role("button", name="Add to SHOP-1").click()
    axe(window.page)


def reach(keys, target):
    keys._tab_to(target)
