"""How a flow ends by what is pressed, and by time: only *Allow* stores a token (mission row A5)."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine

from portal import clock
from portal.store.tables import Flow
from tests.support.office import GET_TOKEN, is_clean
from tests.support.sandbox import JiraBrowser, callback_values

pytestmark = pytest.mark.on_both(
    "test_the_ten_minutes_are_the_clocks",
    "test_a_flow_that_was_cut_off_says_so",
)


def sentence(person):
    """Heading and title of the page, and what the problem says."""
    assert is_clean(person)
    return f"{person.page.title} | {person.page.h1} | {person.page.text}"


def test_allow_connects_and_says_as_whom(office, member):
    member.get(office.allow(member, "grace"))
    assert member.path == office.mine
    assert "You act as Grace Okafor , grace@example.com" in sentence(member)
    [kept] = office.credentials()
    assert (kept.user_id, kept.state, kept.jira_name) == (office.tenant.member.user_id, "active", "grace")
    assert office.exchanges == 1
    assert office.flows()[0].outcome == "connected"


def test_deny_stores_nothing_and_asks_jira_nothing(office, member):
    member.get(JiraBrowser(office.sandbox, "ada").deny(office.begin(member)))
    assert member.page.h1 == "Not connected"
    assert "You pressed Deny" in sentence(member)
    assert office.credentials() == []
    assert office.exchanges == 0


def test_from_the_result_page_a_new_flow_works(office, member):
    member.get(JiraBrowser(office.sandbox, "ada").deny(office.begin(member)))
    member.submit("Start again")
    assert member.page.h1.startswith("Taking you to localhost")
    [link] = [a["href"] for a in member.page.soup.select("main a[href*=oauth_token]")]
    member.get(JiraBrowser(office.sandbox, "ada").allow(link))
    assert office.credential_of(member).jira_name == "ada"


def test_request_token_that_jira_let_expire(office, member):
    back = office.allow(member)
    office.sandbox.state(expire_request_tokens=True)
    member.get(back)
    assert "The token has expired" in sentence(member)
    assert office.credentials() == []


def test_more_than_ten_minutes_at_jira(office, member):
    back = office.allow(member)
    office.edit(Flow, expires_at=clock.now())
    member.get(back)
    assert "That took longer than ten minutes" in sentence(member)
    assert office.credentials() == []
    assert office.exchanges == 0


def test_the_ten_minutes_are_the_clocks(office, member):
    back = office.allow(member)
    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=1)):
        member.get(back)
    assert "That took longer than ten minutes" in sentence(member)
    assert office.exchanges == 0


def test_a_day_later_it_is_still_told(office, member):
    back = office.allow(member)
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=11)):
        member.sign_in()
        member.get(office.mine)
        member.submit(GET_TOKEN)  # forgets callbacks older than a day
        member.get(back)
        assert "This connection is not known here" in sentence(member)
    assert office.credentials() == []
    assert office.exchanges == 0


def test_again_later_shows_the_same_result(office, member):
    back = office.allow(member)
    member.get(back)
    [kept] = office.credentials()
    with time_machine.travel(clock.now() + timedelta(minutes=30)):
        member.get(back)
    assert member.path == office.mine
    assert [row.id for row in office.credentials()] == [kept.id]
    assert office.exchanges == 1


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"oauth_token": ""},
        {"oauth_token": "never-given-out", "oauth_verifier": "abc123"},
        {"oauth_token": "x" * 5000, "oauth_verifier": "y"},
        {"oauth_verifier": "abc123"},
        {"oauth_problem": "user_refused"},
    ],
)
def test_callbacks_that_name_no_flow(office, member, query):
    member.get(f"{office.callback}?{urlencode(query)}")
    assert member.page.h1 == "This connection is not known here"
    assert member.path == "/oauth/ended/unknown"


def test_bytes_that_are_no_text(office, member):
    member.get(f"{office.callback}?oauth_token=%ff%00%c3&oauth_verifier=%00")
    assert member.path == "/oauth/ended/unknown"


def test_without_verifier_nothing_is_used_up(office, member):
    back = office.allow(member)
    member.get(back.partition("&oauth_verifier")[0])
    assert member.path == "/oauth/ended/unknown"
    assert office.exchanges == 0
    member.get(back)
    assert office.credential_of(member).state == "active"


@pytest.mark.parametrize("verifier", ["wrong1", "ü\N{SNOWMAN}", "a b&c=d%", "x" * 4000])
def test_a_wrong_verifier_is_jiras_to_refuse(office, member, verifier):
    token = callback_values(office.allow(member))["oauth_token"]
    member.get(f"{office.callback}?{urlencode({'oauth_token': token, 'oauth_verifier': verifier})}")
    assert "Jira does not accept the token" in sentence(member)
    assert office.credentials() == []


def test_an_unknown_ending_is_not_found(office, member):
    member.get("/oauth/ended/whatever")
    assert member.status == 404


def test_unanswered_flow_says_so_and_leads_on(office, member):
    office.begin(member)
    [flow] = office.flows()
    member.get(office.tenant.path(f"flows/{flow.id}"))
    assert member.page.h1 == "Waiting for Jira"
    assert member.page.link("Go to Jira again").endswith("/leave")


def test_a_flow_that_was_cut_off_says_so(office, member):
    office.begin(member)
    office.edit(Flow, used_at=clock.now() - timedelta(minutes=4))
    [flow] = office.flows()
    member.get(office.tenant.path(f"flows/{flow.id}"))
    assert member.page.h1 == "This connection did not end"
    member.submit("Start again")
    assert "Taking you to" in member.page.h1


def test_request_tokens_stay_on_the_server(office, member):
    back = office.allow(member)
    token = callback_values(back)["oauth_token"]
    assert all(token not in str(cookie.value) for cookie in member.session.cookies)
    assert office.flows()[0].request_token is not None
    member.get(back)
    [flow] = office.flows()
    assert flow.request_token is None and flow.request_secret is None
