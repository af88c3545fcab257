"""A person plans on a phone, by keyboard and without scripts: makes a sprint, starts one, completes another
into the first, and deletes that; on Jira Server and on Jira Cloud."""

import pytest
from playwright.sync_api import expect

from tests.boards.test_sprints import ACTIVE, held, sprint
from tests.browser.ways import Keys
from tests.support.browsers import Window, fits

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize("side", ["shop", "cloud_shop"])
def test_from_a_new_sprint_to_a_completed_one(request, browser, portal, database, side):
    place = request.getfixturevalue(side)
    place.connect(place.tenant.member, "ada")
    window = Window(browser, portal.base_url, "phone", java_script_enabled=False)
    keys = Keys(window.sign_in(place.tenant.member))
    main = keys.page.get_by_role("main")

    def go(name, words):
        """Follow a link or press a button, and wait for what is said then."""
        keys.click(name)
        expect(main).to_contain_text(words)
        keys.page.wait_for_load_state()
        fits(keys.page)

    keys.page.goto(place.board)
    go("New sprint", "Make sprint")
    go("Make sprint", "Enter a name.")
    keys.fill("Name", "Calm weeks")
    go("Make sprint", "Sprint Calm weeks made.")
    go("SHOP Sprint 8 (planned)", "Start SHOP Sprint 8")
    go("Start SHOP Sprint 8", "Times are those of")
    go("Start sprint", "Sprint SHOP Sprint 8 started.")
    assert sprint(place)["state"] == "active"
    go("SHOP Sprint 7", "Complete SHOP Sprint 7")
    go("Complete SHOP Sprint 7", "12 issues: 4 done, 8 open.")
    keys.choose("Calm weeks")
    go("Complete sprint", "8 open issues moved to Calm weeks.")
    assert sprint(place, ACTIVE)["state"] == "closed"
    go("Calm weeks (planned)", "Delete Calm weeks")
    go("Delete Calm weeks", "It holds 8 issues: 0 done, 8 open. The 8 open ones go back to the backlog.")
    go("Delete Calm weeks", "Sprint Calm weeks deleted.")
    jira = held(place)
    assert set(jira["sprints"]) == {"11", "12", "13"} and jira["issues"]["SHOP-5"]["sprint"] == 0
    window.close()
