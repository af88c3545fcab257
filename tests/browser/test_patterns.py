"""The page of all parts: sound itself, and nowhere but in a practice installation."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.browser.looking import look_at
from tests.support.browsers import axe

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def practice(portal, monkeypatch):
    """The portal as a practice installation."""
    services = portal.app.extensions["almoner"]
    shown = replace(services, settings=services.settings.model_copy(update={"demo": True}))
    monkeypatch.setitem(portal.app.extensions, "almoner", shown)


def test_every_part(practice, new_window):
    page = new_window().page
    page.goto("/patterns")
    wrong = look_at(page, "patterns")
    page.locator("#forms ~ .panel button", has_text="Save").first.click()
    wrong += look_at(page, "patterns with errors")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert not wrong, "\n".join(wrong)


def test_what_is_not_sound_is_found_on_a_page_that_was_looked_at_before(practice, new_window):
    page = new_window().page
    page.goto("/patterns")
    axe(page)
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


def test_not_where_the_portal_is_for_real(new_window):
    answer = new_window().page.goto("/patterns")
    assert answer.status == 404
