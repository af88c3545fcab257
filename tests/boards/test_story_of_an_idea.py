"""A person on a phone, by keyboard and without scripts, writes an idea down, pushes it to Jira and finds its
issue; the answer of a second one is lost, and it is found. On Jira Server and on Jira Cloud."""

import pytest
from playwright.sync_api import expect

from tests.boards.test_idea_pushes import CUSTOMER, SEVERITY, issues
from tests.browser.ways import Keys
from tests.support.browsers import Window

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize("side", ["shop", "cloud_shop"])
def test_from_an_idea_to_its_issue(request, browser, portal, database, side):
    place = request.getfixturevalue(side)
    place.connect(place.tenant.member, "ada")
    place.sandbox.state(new_issue_fields=[SEVERITY, CUSTOMER, "components", "duedate"])
    window = Window(browser, portal.base_url, "phone", java_script_enabled=False)
    keys = Keys(window.sign_in(place.tenant.member))
    main = keys.page.get_by_role("main")
    keys.page.goto(place.board)
    keys.click("Ideas")
    keys.click("Add idea")
    keys.fill("Title", "Gift wrapping")
    keys.fill("Description", "For presents.")
    keys.click("Add idea")
    keys.click("Push to Jira")
    main.get_by_label("Type of issue").select_option(label="Story")
    keys.click("Go on")
    keys.click("Push to Jira")
    expect(main.get_by_role("alert")).to_contain_text("Jira wants this: enter Customer.")
    main.get_by_label("Severity").select_option(label="Major <b>")
    keys.fill("Customer", "Ada & sons")
    main.get_by_label("Catalogue").check()
    keys.fill("Due Date", "2027-01-31")
    keys.click("Push to Jira")
    expect(main).to_contain_text("Jira made SHOP-42 of this idea.")
    made = issues(place)["SHOP-42"]
    assert (made["severity"], made["customer"], made["due"]) == ("Major <b>", "Ada & sons", "2027-01-31")
    assert (made["reporter"], made["components"], len(made["links"])) == ("ada", ["Catalogue"], 1)
    keys.page.goto(made["links"][0]["object"]["url"])
    expect(main.get_by_role("heading", name="Gift wrapping")).to_be_visible()
    keys.page.get_by_role("navigation", name="Breadcrumb").get_by_text("Ideas").click()
    expect(main.get_by_role("row", name="Gift wrapping")).to_contain_text("To Do")
    _lose_an_answer(place, keys)
    window.close()


def _lose_an_answer(place, keys):
    main = keys.page.get_by_role("main")
    place.sandbox.state(new_issue_fields=[])
    keys.click("Add idea")
    keys.fill("Title", "Wrapping with a ribbon")
    keys.click("Add idea")
    keys.click("Push to Jira")
    keys.click("Go on")
    place.sandbox.state(change_drop_answer=True)
    keys.click("Push to Jira")
    expect(main).to_contain_text("It is not known whether Jira made an issue")
    place.sandbox.state(change_drop_answer=False)
    keys.click("Look in Jira")
    expect(main).to_contain_text("Jira had made SHOP-43 of this idea.")
    assert sorted(issues(place)) == ["SHOP-42", "SHOP-43"]
