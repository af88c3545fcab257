"""Profile → ALM credentials → Edit → Change: one's own token or password, pasted and tried (row B4)."""

from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.boards import boards
from portal.kinds.methods import API_TOKEN, PASSWORD, SCOPED_TOKEN
from portal.sandbox.people import USERS
from tests.support import accounts, canaries
from tests.support.api_tokens import EVERY_SCOPE, api_token_office, in_days
from tests.support.cloud import cloud_office
from tests.support.cloud_people import consent_link
from tests.support.tokens import token_office

pytestmark = pytest.mark.on_both(
    "test_an_api_token_by_the_way_of_the_profile",
    "test_mistakes_and_refusals_lose_nothing",
    "test_nobody_else_gets_there",
    "test_from_a_board_and_back_to_it",
    "test_an_end_that_jira_does_not_tell_is_told_so_and_can_be_entered",
)

TEST = "Test connection"
DAY = in_days().isoformat()


@pytest.fixture
def server(portal, sandbox, tenant):
    return token_office(portal, sandbox, tenant)


@pytest.fixture
def cloud(portal, sandbox, tenant):
    return api_token_office(portal, sandbox, tenant)


def mine(office):
    return next(one for one in office.credentials() if one.user_id)


def paste(office, member, jira_user="ada", wanted=EVERY_SCOPE, **other):
    """From the page of one's own credential to what came of it."""
    email, token = office.made(jira_user, wanted)
    member.get(f"{office.mine}/token")
    member.submit(TEST, **{"login": email, "secret": token, "ends_on": DAY, **other})
    return token


def test_a_personal_access_token_by_the_way_of_the_profile(server, member, tenant):
    member.get(tenant.path("profile/alm-credentials/"))
    member.click(f"Connect {server.account.name}")
    assert "Press Create token" in member.page.text
    member.submit(TEST, secret=canaries.add(server.sandbox.make_pat("ada")))
    assert member.page.h1 == "Connected as Ada Lindqvist"
    assert "Not you?" in member.page.text and member.page.text.count("Passed") == 3
    member.get(tenant.path("profile/alm-credentials/"))
    member.click(f"Edit {server.account.name}")
    assert "Password/API token Held, not shown" in member.page.text
    assert "Using Scope API" not in member.page.text
    member.click("Change password or API token")
    member.submit(TEST, method=PASSWORD, login="grace", secret=USERS["grace"].password)
    assert member.page.h1 == "Connected as Grace Okafor"


def test_an_api_token_by_the_way_of_the_profile(cloud, member, tenant):
    member.get(tenant.path("profile/alm-credentials/"))
    member.click(f"Connect {cloud.account.name}")
    assert member.page.value("#login") == tenant.member.email, "most have one address for both"
    assert "read:board-scope:jira-software" in member.page.text
    email, token = cloud.made("ada")
    member.submit(TEST, login=email, secret=token)
    assert member.status == 422 and "Enter the day the token ends" in member.page.text, "nothing is guessed"
    member.submit(TEST, ends_on=DAY)
    assert member.path == f"{cloud.mine}/token/connected"
    cloud.sandbox.clear_requests()
    member.get(member.path)
    assert not cloud.sandbox.requests(), "reloading pastes and tries nothing again"
    assert member.page.h1 == "Connected as Ada Lindqvist"
    assert member.page.text.count("Atlassian answered") == 7
    assert mine(cloud).method == SCOPED_TOKEN and mine(cloud).login == email
    page = member.get(cloud.mine)
    assert "Using Scope API On" in page.text and f"Login e-mail {email}" in page.text
    member.click("Change password or API token")
    assert member.page.value("#login") == email
    paste(cloud, member, "grace", None)
    assert member.page.h1 == "Connected as Grace Okafor" and mine(cloud).method == API_TOKEN
    assert "Using Scope API Off" in member.get(cloud.mine).text


def test_what_a_token_cannot_do_is_told_by_feature_and_scope(cloud, member):
    without = tuple(
        id
        for id in EVERY_SCOPE
        if id not in ("read:sprint:jira-software", "read:audit-log:jira", "read:jira-work")
    )
    paste(cloud, member, wanted=without)
    assert member.page.h1 == "Connected as Ada Lindqvist"
    assert "Sprints Off" in member.page.text and "read:sprint:jira-software" in member.page.text
    assert "Issues of sprints Off" in member.page.text and "Boards On" in member.page.text
    assert "make a new one with these scopes" in member.page.text


def test_mistakes_and_refusals_lose_nothing(cloud, member):
    paste(cloud, member, login="no at", ends_on="")
    assert member.status == 422 and "Held, not shown" in member.page.text
    assert member.page.value("#login") == "no at"
    member.submit(TEST, login="grace@example.com", ends_on=in_days(30).isoformat())
    assert member.status == 409 and "another person's token" in member.page.text
    assert member.page.value("#login") == "grace@example.com"
    member.get(f"{cloud.mine}/token")
    member.submit(TEST, login="ada@example.com")
    assert member.page.h1 == "Connected as Ada Lindqvist"
    assert mine(cloud).expires_at.date() == in_days(30)


def test_a_failed_try_leaves_what_one_has(cloud, member):
    paste(cloud, member)
    before = mine(cloud).id
    paste(cloud, member, secret="ATATT3xFfGF0nobodyhasthisone1234")
    assert member.status == 409 and mine(cloud).id == before
    member.get(cloud.mine)
    member.submit(TEST)
    assert member.page.text.count("Passed") == 3


def test_beside_a_consent_a_token_with_scopes_may_be_pasted(portal, sandbox, tenant, member):
    office = cloud_office(portal, sandbox, tenant)
    page = tenant.path(f"profile/alm-credentials/{office.account_id}")
    member.get(page)
    member.click("paste an API token with scopes")
    for wanted, status in ((None, 409), (EVERY_SCOPE, 200)):
        token = canaries.add(sandbox.make_api_token("ada@example.com", scopes=wanted))
        member.submit(TEST, login="ada@example.com", secret=token, ends_on=DAY)
        assert member.status == status
    assert member.page.h1 == "Connected as Ada Lindqvist"
    member.get(page)
    assert "Get OAuth token puts a consent in the place of your API token" in member.page.text
    member.submit("Get OAuth token")
    assert consent_link(member)


def test_a_kind_by_consent_only_has_no_such_page(portal, sandbox, tenant, member):
    account_id = accounts.connected_account(portal, sandbox, tenant)
    page = tenant.path(f"profile/alm-credentials/{account_id}")
    assert member.get(f"{page}/token") and member.status == 404
    member.get(page)
    member.post(f"{page}/token", login="ada", secret="cnry-forged-secret-value")
    assert member.status == 404
    assert "Password/API token" not in member.get(page).text


def test_a_forged_secret_beside_a_press_of_the_button_is_refused(cloud, member):
    member.get(f"{cloud.mine}/token")
    member.post(f"{cloud.mine}/connect", secret="cnry-forged-secret-value")
    assert member.status == 409


def test_nobody_else_gets_there(cloud, sign_in, tenant):
    stranger = sign_in(tenant.stranger)
    stranger.get(f"{cloud.mine}/token")
    assert stranger.status == 404
    stranger.get("/profile/")
    stranger.post(f"{cloud.mine}/token", login="ada@example.com", secret="x" * 40)
    assert stranger.status == 404


def test_from_a_board_and_back_to_it(cloud, member, tenant):
    board_id = boards.add_board(cloud.work, cloud.registry, cloud.account_id, 1, "Web shop")
    board = tenant.path(f"boards/{board_id}")
    member.get(board)
    assert "You paste an API token of your own" in member.page.text
    member.submit(f"Connect to {cloud.account.name}")
    email, token = cloud.made("ada")
    member.submit(TEST, login="no at", secret=token, ends_on=DAY)
    member.submit(TEST, login=email)
    assert member.path == board and "Connected as Ada Lindqvist. Not you?" in member.page.text
    assert "Acting as Ada Lindqvist" in member.page.text
    links = [str(link["href"]) for link in member.page.soup.select("main a.external")]
    assert any(link.startswith(cloud.sandbox.sites["acme"]) for link in links)
    assert not any("/ex/jira/" in link for link in links)


@pytest.mark.parametrize("place", ["", "/ideas"])
def test_the_page_that_is_sent_says_where_it_goes_on(cloud, member, tenant, place):
    """Opening one, by whatever link, changes nothing of that."""
    board_id = boards.add_board(cloud.work, cloud.registry, cloud.account_id, 1, "Web shop")
    board = tenant.path(f"boards/{board_id}")
    member.get(board)
    member.get(f"{cloud.mine}/token?board_id={board_id}&back={board}/connect")
    member.get(f"{cloud.mine}/token?board_id={board_id}" + (f"&back={board}{place}" if place else ""))
    email, token = cloud.made("ada")
    member.submit(TEST, login=email, secret=token, ends_on=DAY)
    assert member.path == board + place


def test_a_board_of_nobody_knows_no_way_back(cloud, member):
    member.get(f"{cloud.mine}/token?board_id={cloud.account_id}")
    assert member.status == 404


def test_a_token_comes_to_its_end_and_is_replaced(cloud, member, sandbox, tenant, sign_in):
    """Warned while it is near, told when it has come, mended by pasting another."""
    paste(cloud, member, ends_on=in_days(40).isoformat())
    other = token_office(cloud.portal, sandbox, tenant)
    assert "Connected" in member.get(cloud.mine).text and "Ending soon" not in member.page.text
    with time_machine.travel(clock.now() + timedelta(days=12), tick=True):
        member = sign_in(tenant.member)
        assert "Ending soon" in member.get(cloud.mine).text
        member.get(tenant.path("profile/alm-credentials/"))
        assert member.page.has(f"Paste a new token for {cloud.account.name}")
    with time_machine.travel(clock.now() + timedelta(days=41), tick=True):
        member = sign_in(tenant.member)
        sandbox.clear_requests()
        assert "The token has reached its end date" in member.get(cloud.mine).text
        member.submit(TEST)
        assert member.status == 409 and not calls(sandbox), "what has ended is not tried"
        member.get(tenant.path("profile/alm-credentials/"))
        member.click(f"Paste a new token for {cloud.account.name}")
        email, token = cloud.made("ada")
        assert member.page.value("#login") == email
        member.submit(TEST, secret=token, ends_on=in_days().isoformat())
        assert member.page.h1 == "Connected as Ada Lindqvist"
        assert "Expired" not in member.get(cloud.mine).text
        assert other.account.own.state == "connected" and cloud.account.own.state == "connected"


def calls(sandbox):
    return [one for one in sandbox.requests() if "myself" in one["path"]]


def test_one_that_was_revoked_is_told_when_it_is_next_used(cloud, member, sandbox):
    token = paste(cloud, member)
    sandbox.end_api_token(token)
    member.get(cloud.mine)
    member.submit(TEST)
    assert member.status == 409 and "does not accept the e-mail and API token" in member.page.text
    assert "Refused" in member.get(cloud.mine).text
    member.click("Change password or API token")
    paste(cloud, member)
    assert member.page.h1 == "Connected as Ada Lindqvist"


def test_no_page_shows_what_was_pasted(cloud, member, sign_in, tenant):
    token = paste(cloud, member, login="no at")
    assert token not in member.response.text
    member.submit(TEST, login="ada@example.com")
    admin = sign_in(tenant.admin)
    for path in ("activity/", f"alm-accounts/{cloud.account_id}", f"alm-accounts/{cloud.account_id}/set-up"):
        assert token not in admin.get(tenant.path(path)).text
    for path in (cloud.mine, f"{cloud.mine}/token"):
        member.get(path)
        assert token not in member.response.text
    canaries.assert_none_in_rows(tenant.store.engine)


def test_an_end_that_jira_does_not_tell_is_told_so_and_can_be_entered(server, member, sign_in, tenant):
    """Of two tokens with different ends nothing tells which one was pasted."""
    server.sandbox.make_pat("ada", days=30)
    token = canaries.add(server.sandbox.make_pat("ada", days=60))
    member.get(f"{server.mine}/token")
    member.submit(TEST, secret=token)
    assert "Nobody knows when this token ends" in member.page.text and "did not say" not in member.page.text
    member.click("Enter the day")
    member.submit("Save", ends_on="")
    assert member.status == 422 and "Enter the day" in member.page.text
    member.submit("Save", ends_on=in_days(20).isoformat())
    assert member.path == server.mine and "Ending soon" in member.page.text
    assert mine(server).expires_at.date() == in_days(20)
    member.get(f"{server.mine}/token/end")
    assert member.status == 404, "what is known is not asked"
    server.sandbox.make_pat("admin", days=30)
    assert server.try_typed(None, server.typed("admin")).credential_id
    admin = sign_in(tenant.admin)
    admin.get(server.path("identity"))
    assert "Not known: Jira does not tell it" in admin.page.text
    admin.click("Enter the day")
    admin.submit("Save", ends_on=in_days(40).isoformat())
    assert admin.path == server.path("identity")
    assert server.account.pending.expires_at.date() == in_days(40)
    assert server.account.own.expires_at.date() != in_days(40)


def test_a_password_has_no_end(server, member):
    member.get(f"{server.mine}/token")
    member.submit(TEST, method=PASSWORD, login="grace", secret=USERS["grace"].password)
    assert member.page.h1 == "Connected as Grace Okafor" and "Nobody knows" not in member.page.text
    assert "Token ends" not in member.get(server.mine).text


def test_a_pause_is_told_as_long_as_atlassian_asks_for(cloud, member, sandbox):
    paste(cloud, member)
    sandbox.state(rate_limited=7)
    member.get(cloud.mine)
    member.submit(TEST)
    assert "Wait 7 seconds, then try again." in member.page.text and "Jira admin" not in member.page.text
    assert "Connected" in member.get(cloud.mine).text
