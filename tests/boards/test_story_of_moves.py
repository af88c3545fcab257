"""A person plans in Jira from a phone, by keyboard: ticks issues, moves them to the next sprint and back, and
changes a status; with and without scripts, on Jira Server and on Jira Cloud."""

import pytest
from playwright.sync_api import expect

from tests.browser.ways import Keys
from tests.support.browsers import Window, axe, fits

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
BANK, MAIL = "SHOP-5 Pay by bank transfer", "SHOP-18 Text of the gift card mail"


def tick(keys, name):
    """By the keyboard: what has the focus is in sight, above the bar that is always there."""
    box = keys.page.get_by_role("checkbox", name=name)
    box.focus()
    for key in ("Shift+Tab", "Tab", "Space"):
        keys.page.keyboard.press(key)
    expect(box).to_be_checked()
    expect(box).to_be_in_viewport(ratio=1)
    bar = keys.page.locator("#move").bounding_box()
    assert box.bounding_box()["y"] + box.bounding_box()["height"] <= bar["y"] + 1


@pytest.mark.parametrize(("side", "where"), [("shop", "server"), ("cloud_shop", "acme")])
def test_moving_and_changing_a_status_without_scripts(request, browser, portal, database, side, where):
    place = request.getfixturevalue(side)
    place.connect(place.tenant.member, "ada")
    window = Window(browser, portal.base_url, "phone", java_script_enabled=False)
    keys = Keys(window.sign_in(place.tenant.member))
    main = keys.page.get_by_role("main")

    def held(key):
        return place.sandbox.content(where)["issues"][key]

    keys.page.goto(place.board)
    tick(keys, BANK)
    keys.page.get_by_label("Move the ticked issues to").select_option("SHOP Sprint 8")
    keys.click("Move")
    expect(main).to_contain_text("1 issue moved to SHOP Sprint 8.")
    assert held("SHOP-5")["sprint"] == 13
    keys.click("SHOP Sprint 8 (planned)")
    tick(keys, BANK)
    tick(keys, MAIL)
    keys.page.get_by_label("Move the ticked issues to").select_option("Backlog")
    keys.click("Move")
    expect(main).to_contain_text("2 issues moved to the backlog.")
    assert held("SHOP-5")["sprint"] == held("SHOP-18")["sprint"] == 0
    keys.page.goto(f"{place.board}/issues/SHOP-6")
    keys.page.get_by_label("Change status to").select_option("In Review")
    keys.click("Change status")
    expect(main).to_contain_text("The status of SHOP-6 is In Review now.")
    assert held("SHOP-6")["status"] == "10001"
    window.close()


def test_all_of_a_list_are_ticked_at_once_and_counted(shop, window, sandbox):
    shop.connect(shop.tenant.member, "ada")
    page = window.sign_in(shop.tenant.member)
    page.goto(shop.board)
    button = page.get_by_role("button", name="Tick all of the backlog")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#move output")).to_have_text("18 ticked")
    expect(page.get_by_role("button", name="Untick all of the backlog")).to_be_focused()
    page.get_by_role("checkbox", name=BANK).check()
    expect(page.locator("#move output")).to_have_text("19 ticked")
    axe(page)
    fits(page)
    page.get_by_role("button", name="Untick all of the backlog").click()
    expect(page.locator("#move output")).to_have_text("1 ticked")
    sandbox.state(changes_left=0, transition_fields=["41:resolution", "31:customfield_10300"])
    page.get_by_label("Move the ticked issues to").select_option("SHOP Sprint 8")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("heading", name="Moving issues")).to_be_visible()
    axe(page)
    fits(page)
    page.get_by_role("link", name="Back to the board, with these ticked").click()
    expect(page.get_by_role("checkbox", name=BANK)).to_be_checked()
    page.goto(f"{shop.board}/issues/SHOP-6")
    axe(page)
    fits(page)
    page.get_by_role("link", name="To Done").click()
    expect(page.get_by_label("Resolution")).to_be_visible()
    axe(page)
    fits(page)
