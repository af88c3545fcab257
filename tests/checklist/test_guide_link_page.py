"""The page of a guide link in a browser: it turns green by itself, and can be read by everybody."""

import pytest

from portal.checklist import guide_links
from tests.browser.looking import look_at
from tests.checklist.guides import GuideDesk, draft_desk

ONE_ROUND = 5100  # milliseconds between two times the page asks
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def desk(portal, sandbox, tenant) -> GuideDesk:
    """An account by application link that Jira knows nothing of."""
    return draft_desk(portal, sandbox, tenant)


def test_it_turns_green_while_it_is_open(desk, new_window, sandbox):
    window = new_window("phone")
    page = window.page
    page.clock.install()
    page.goto(desk.make())
    page.get_by_text("Not done yet", exact=True).wait_for()
    page.evaluate("window.kept = true")
    sandbox.make_link(page.locator("#consumer-key").input_value(), page.locator("#public-key").input_value())
    desk.look()
    page.clock.run_for(ONE_ROUND)
    page.get_by_text("Done: the link works", exact=True).wait_for()
    assert page.evaluate("window.kept"), "without loading it again"
    said = page.locator("#announcements")
    page.clock.run_for(ONE_ROUND)
    page.wait_for_function("document.getElementById('announcements').textContent.includes('Done')")
    assert said.get_attribute("aria-live") == "polite"
    chips = page.locator(".found-row .chip")
    assert chips.count() == 5 and all("Proved" in text for text in chips.all_inner_texts())
    assert chips.locator("svg").count() == 5, "told by word and icon"


def test_one_that_is_ended_while_it_is_open_says_so(desk, new_window):
    page = new_window().page
    page.clock.install()
    page.goto(desk.make())
    guide_links.end(desk.work, desk.account_id, desk.links()[0].id)
    page.clock.run_for(ONE_ROUND)
    page.get_by_role("heading", name="This link does not work").wait_for()


def test_the_longest_guide_is_sound_on_a_desk_and_on_a_phone(portal, sandbox, tenant, new_window):
    page = new_window().page
    page.goto(draft_desk(portal, sandbox, tenant, "cloud_oauth").make())
    assert look_at(page, "guide cloud_oauth") == []


def test_the_link_is_shown_once_with_a_copy_button(desk, new_window):
    page = new_window().sign_in(desk.tenant.admin)
    page.goto(desk.pages)
    page.get_by_role("button", name="Make a guide link").click()
    page.get_by_role("button", name="Copy Guide link").wait_for()
    assert look_at(page, "guide link made") == []


def test_of_an_account_that_needs_no_guide_any_more_nothing_is_shown(portal, sandbox, tenant, monkeypatch):
    """As when its way of connecting was changed after the link had been sent."""
    path, client = draft_desk(portal, sandbox, tenant).make(), portal.client()
    assert client.get(path).status_code == 200
    monkeypatch.setattr(guide_links, "has_guide", lambda account: False)
    assert client.get(path).status_code == 404
