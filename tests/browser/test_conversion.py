"""An account changes the way it connects, in a browser: admin, who reconnects, who does not, and the day."""

from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import expect

from portal import clock
from tests.browser.cloud_ways import Atlassian
from tests.browser.looking import look_at
from tests.browser.ways import Hands, Jira, Keys
from tests.support.conversions import PAIRS, changing

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
YES = "Yes, use this identity and test it"
MOST_ACTIONS = 9


# One at Atlassian and one at a Jira of one's own; tests/alm_accounts/test_conversion.py goes through all
# pairs over HTTP, and the consents of each kind are walked in a browser where it is connected.
STORIES = [pair for pair in PAIRS if pair.name in ("own-app", "oauth1-to-oauth2")]


@pytest.fixture(params=STORIES, ids=[pair.name for pair in STORIES])
def change(portal, sandbox, tenant, request):
    made = changing(portal, sandbox, tenant, request.param)
    made.connect_old(tenant.member, "ada")
    made.connect_old(tenant.second, "grace")
    return made


def consent(change, page, jira_user):
    """Sign in and allow it there; back at the portal after."""
    if change.pair.to_kind == "cloud_oauth":
        atlassian = Atlassian(page, jira_user)
        atlassian.sign_in()
        atlassian.accept()
    else:
        jira = Jira(page, jira_user)
        jira.sign_in()
        jira.answer("Allow")


def begin(change, hands):
    """From the overview to the set-up page of the new way."""
    hands.page.goto(change.path())
    hands.click("Change the way this account connects")
    hands.click(change.pair.button)
    expect(hands.page.get_by_text("This account is changing the way it connects")).to_be_visible()


def switch(change, hands, look=lambda name: None):
    """The admin's whole way; what Jira or Atlassian needs is made there meanwhile."""
    begin(change, hands)
    look("set-up")
    labels = {"client_id": "Client ID", "client_secret": "Client secret"}
    for name, value in change.values().items():
        hands.fill(labels[name], value)
    hands.click("Get auth token")
    consent(change, hands.page, "admin")
    expect(hands.page.get_by_text("2 people have connected the former way")).to_be_visible()
    look("identity")
    hands.click(YES)
    expect(hands.page.get_by_text("0 of 2 people are connected the new way")).to_be_visible()


def test_the_whole_story(change, new_window):
    board = change.add_board()
    admin, member = Hands(new_window().sign_in(change.tenant.admin)), new_window()
    switch(change, admin)
    assert len(admin.done) <= MOST_ACTIONS, admin.done
    hers = Hands(member.sign_in(change.tenant.member))
    hers.page.goto(board)
    expect(hers.page.get_by_text("Acting as Ada Lindqvist")).to_be_visible()
    hers.click("Reconnect")
    consent(change, hers.page, "ada")
    expect(hers.page.get_by_text("Acting as Ada Lindqvist")).to_be_visible()
    expect(hers.page.get_by_text("has changed")).to_have_count(0)
    assert hers.done == ["Click Reconnect"]
    admin.page.reload()
    expect(admin.page.get_by_text("1 of 2 people are connected the new way")).to_be_visible()
    with time_machine.travel(clock.now() + timedelta(days=15)):
        change.end_due()
        late = Hands(new_window("phone").sign_in(change.tenant.second))
        late.page.goto(board)
        expect(late.page.get_by_text("The former way of connecting has ended")).to_be_visible()
    now = Hands(new_window("phone").sign_in(change.tenant.second))
    now.page.goto(board)
    now.click(f"Connect to {change.account.name}")
    consent(change, now.page, "grace")
    expect(now.page.get_by_text("Acting as Grace Okafor")).to_be_visible()
    assert change.conversion == []


# The pages are the same for all pairs.
@pytest.mark.parametrize("change", PAIRS[:1], ids=[PAIRS[0].name], indirect=True)
def test_its_pages_are_sound(change, new_window, seen):
    admin = Hands(new_window().sign_in(change.tenant.admin))

    def look(name):
        seen.extend(look_at(admin.page, f"conversion {change.pair.name} {name}"))

    admin.page.goto(change.path("conversion"))
    look("choose")
    switch(change, admin, look)
    look("overview")
    for name in ("conversion", "conversion/end"):
        admin.page.goto(change.path(name))
        look(name)
    admin.page.get_by_role("link", name="Cancel", exact=True).click()
    admin.page.get_by_label("Last day on which older connections serve").fill("2020-01-01")
    admin.click("Change the day")
    look("wrong day")
    member = new_window().sign_in(change.tenant.member)
    member.goto(change.mine)
    seen.extend(look_at(member, f"conversion {change.pair.name} mine"))
    member.goto(change.add_board())
    seen.extend(look_at(member, f"conversion {change.pair.name} board"))


@pytest.mark.parametrize("change", PAIRS[:1], ids=[PAIRS[0].name], indirect=True)
def test_cancelled_by_keyboard(change, new_window, seen):
    keys = Keys(new_window().sign_in(change.tenant.admin))
    begin(change, keys)
    keys.click("Cancel the change")
    expect(keys.page.get_by_role("button", name="Cancel the change")).to_be_visible()
    seen.extend(look_at(keys.page, f"conversion {change.pair.name} cancel"))
    keys.page.set_viewport_size({"width": 1280, "height": 900})
    keys.click("Cancel the change")
    expect(keys.page.get_by_text("The change is cancelled.")).to_be_visible()
    assert change.conversion == []
