"""How a consent at a Jira Data Center ends by OAuth 2.0: once, as the same person, told in Jira's words."""

from datetime import timedelta

import pytest

from portal import clock
from portal.alm_accounts import accounts, lifecycle
from portal.alm_accounts.leaving import leave
from portal.kinds.server_scopes import READ
from portal.store.tables import Flow
from tests.connections.test_cloud_ends import elsewhere, nobody_new
from tests.support.cloud_people import GET_TOKEN
from tests.support.sandbox import JiraBrowser, callback_values, with_query
from tests.support.server_oauth2 import new_link_desk, server_oauth2_office
from tests.support.variants import variants

pytestmark = pytest.mark.on_both(
    "test_allow_connects_and_leaves_a_clean_address",
    "test_deny",
    "test_the_callback_twice_is_one_exchange",
    "test_after_ten_minutes",
    "test_in_another_browser",
    "test_by_another_person",
    "test_by_a_stranger",
    "test_at_the_path_of_another_account",
    "test_a_code_of_somebody_elses_flow",
    "test_account_changed_meanwhile",
    "test_another_address_meanwhile_gets_no_code",
    "test_account_deleted_meanwhile",
    "test_member_removed_meanwhile",
    "test_revoked_in_jira_is_told_in_jiras_words",
    "test_a_link_made_anew_is_the_admins_to_mend",
)


@pytest.fixture
def desk(portal, sandbox, tenant):
    return server_oauth2_office(portal, sandbox, tenant)


def in_jiras_words(person, sentence):
    """The page says it, and takes no name in vain."""
    text = person.page.text
    assert sentence in text, text[:600]
    assert "Atlassian" not in text and "developer console" not in text
    return True


def test_allow_connects_and_leaves_a_clean_address(desk, member):
    member.get(desk.allow(member, "grace"))
    assert member.path == desk.mine
    assert "You act as Grace Okafor" in member.page.text
    assert "code=" not in member.response.url and "state=" not in member.response.url


def test_deny(desk, member):
    before = desk.exchanges
    member.get(JiraBrowser(desk.sandbox, "grace").deny(desk.begin(member)))
    assert in_jiras_words(member, "You pressed Deny")
    assert nobody_new(desk) and desk.exchanges == before
    member.submit("Start again")
    assert member.page.h1.startswith("Taking you to localhost")


def test_a_code_that_came_too_late_is_told_as_late(desk, member):
    """Ten seconds, unless Jira's administrators changed that."""
    desk.sandbox.set_code_lifetime(0)
    member.get(desk.allow(member, "grace"))
    assert in_jiras_words(member, "came too late") and "ten seconds" in member.page.text
    assert nobody_new(desk)
    desk.sandbox.set_code_lifetime(10)
    member.submit("Start again")
    [link] = {one["href"] for one in member.page.soup.select("main a[href*='/authorize?']")}
    member.get(JiraBrowser(desk.sandbox, "grace").allow(link))
    assert "You act as Grace Okafor" in member.page.text


def test_the_callback_twice_is_one_exchange(desk, member):
    back = desk.allow(member, "grace")
    before = desk.exchanges
    for _ in range(2):
        member.get(back)
        assert member.path == desk.mine
    assert desk.exchanges == before + 1 and len(desk.credentials()) == 2


def test_back_and_again(desk, member):
    """The consent page opened once more from the history: the flow is over, and says how it ended."""
    link = desk.begin(member)
    browser = JiraBrowser(desk.sandbox, "grace")
    member.get(browser.allow(link))
    member.get(browser.allow(link))
    assert member.path == desk.mine and len(desk.credentials()) == 2


def test_after_ten_minutes(desk, member):
    back = desk.allow(member, "grace")
    before = desk.exchanges
    desk.edit(Flow, expires_at=clock.now() - timedelta(seconds=1))
    member.get(back)
    assert in_jiras_words(member, "longer than ten minutes")
    assert nobody_new(desk) and desk.exchanges == before


ERRORS = {
    "invalid_scope": "the incoming link gives less than the set-up page asks for",
    "unauthorized_client": "does not let this portal ask for consent",
    "server_error": "an error of its own",
    "temporarily_unavailable": "an error of its own",
    "something_else": "a reason of its own",
}


@pytest.mark.parametrize("error", variants(ERRORS))
def test_refusals_of_the_consent_page(desk, member, error):
    back = desk.allow(member, "grace")
    member.get(with_query(back, code=None, error=error, error_description="<b>text</b>"))
    assert in_jiras_words(member, ERRORS[error])
    assert nobody_new(desk)


def test_more_than_the_link_allows_is_refused_by_jira_itself(portal, sandbox, tenant, admin):
    """The link gives READ, the set-up page asks for Write."""
    desk = new_link_desk(portal, sandbox, tenant, admin, READ)
    desk.fill(admin)
    [link] = {one["href"] for one in admin.page.soup.select("main a[href*='/authorize?']")}
    browser = JiraBrowser(sandbox, "admin")
    back = browser.open(link)
    assert back.is_redirect
    admin.get(back.headers["Location"])
    assert in_jiras_words(admin, ERRORS["invalid_scope"])


def test_in_another_browser(desk, member, sign_in, tenant):
    elsewhere(desk, sign_in(tenant.member), desk.allow(member, "grace"))


def test_by_another_person(desk, member, sign_in, tenant):
    elsewhere(desk, sign_in(tenant.second), desk.allow(member, "grace"))


def test_by_a_stranger(desk, member, sign_in, tenant):
    elsewhere(desk, sign_in(tenant.stranger), desk.allow(member, "grace"))


def test_at_the_path_of_another_account(desk, portal, sandbox, tenant, admin, member):
    other = new_link_desk(portal, sandbox, tenant, admin)
    back = desk.allow(member, "grace").replace(str(desk.account_id), str(other.account_id))
    elsewhere(desk, member, back)


def test_as_another_issuer(desk, member):
    elsewhere(desk, member, with_query(desk.allow(member, "grace"), iss="https://evil.example.org"))


@pytest.mark.parametrize("name", ["state", "code"])
def test_cut_off_on_the_way(desk, member, name):
    member.get(with_query(desk.allow(member, "grace"), **{name: None}))
    assert "not known here" in member.page.text and nobody_new(desk)


def test_a_code_of_somebody_elses_flow(desk, member, sign_in, tenant):
    """The state is the member's, the code another person's: the verifier does not fit (T09, T13)."""
    code = callback_values(desk.allow(sign_in(tenant.second), "linus"))["code"]
    member.get(with_query(desk.allow(member, "grace"), code=code))
    assert "came too late" in member.page.text and nobody_new(desk)


def test_what_is_sent_to_the_consent_page(desk, member):
    first, second = (callback_values(desk.begin(member)) for _ in range(2))
    assert first["state"] != second["state"] and first["code_challenge"] != second["code_challenge"]
    assert first["code_challenge_method"] == "S256" and first["scope"] == "WRITE"
    assert first["redirect_uri"] == desk.portal.base_url + desk.account.callback_path
    assert not {"audience", "prompt"} & set(first), "those are Atlassian's"


def test_another_jira_user_on_reconnect_is_told(desk, member):
    member.get(desk.allow(member, "grace"))
    member.get(desk.allow(member, "linus"))
    assert "You acted as Grace Okafor until now, and act as Linus" in member.page.text
    assert len(desk.grants()) == 2, "the grant of the former one is forgotten"


def test_account_changed_meanwhile(desk, member, admin):
    back = desk.allow(member, "grace")
    before = desk.exchanges
    desk.fill(admin, "Save", permission=READ)
    member.get(back)
    assert in_jiras_words(member, "changed in the meantime")
    assert nobody_new(desk) and desk.exchanges == before


def test_another_address_meanwhile_gets_no_code(desk, member, tenant):
    """The code is for the Jira that gave it (T11)."""
    back = desk.allow(member, "grace")
    before = desk.exchanges
    elsewhere_url = desk.sandbox.url.replace("localhost", "127.0.0.1")
    wire = desk.registry.outbound.wire
    accounts.change(tenant.work(tenant.admin), wire, desk.account_id, {"base_url": elsewhere_url})
    member.get(back)
    assert "changed in the meantime" in member.page.text and desk.exchanges == before


def test_account_deleted_meanwhile(desk, member, tenant):
    back = desk.allow(member, "grace")
    lifecycle.delete(tenant.work(tenant.admin), desk.account_id, desk.account.name)
    member.get(back)
    assert "deleted in the meantime" in member.page.text and desk.grants() == []


def test_member_removed_meanwhile(desk, member, tenant):
    back = desk.allow(member, "grace")
    before = desk.exchanges
    leave(tenant.work(tenant.admin), tenant.member.user_id, "removed")
    member.get(back)
    assert desk.exchanges == before and nobody_new(desk)


@pytest.mark.parametrize(
    ("switch", "sentence"),
    variants(
        [
            ({"token_status": 500}, "Jira has an error of its own"),
            ({"token_status": 503}, "Jira is down for maintenance"),
            ({"token_status": 429}, "Jira asks for a pause"),
            ({"token_drop_answer": True}, "Jira could not be reached"),
        ],
        ["500", "503", "429", "no answer"],
    ),
)
def test_no_answer_of_the_token_endpoint(desk, member, switch, sentence):
    back = desk.allow(member, "grace")
    desk.sandbox.state(side="server", **switch)
    member.get(back)
    assert in_jiras_words(member, sentence) and nobody_new(desk)


def test_a_jira_before_8_22_has_no_such_page(desk, member):
    desk.sandbox.state(jira_version="8.21.0")
    assert JiraBrowser(desk.sandbox, "grace").open(desk.begin(member)).status_code == 404
    member.get(desk.mine)
    assert "that Jira is older than 8.22" in member.page.text


def test_revoked_in_jira_is_told_in_jiras_words(desk, member):
    member.get(desk.allow(member, "grace"))
    desk.sandbox.end_server_grant("grace")
    member.submit("Test connection")
    assert in_jiras_words(member, "Jira does not renew this connection any more")
    member.get(desk.mine)
    assert in_jiras_words(member, "Jira does not accept the consent any more")
    member.get(desk.allow(member, "grace"))
    assert "Connected" in member.page.text and "does not accept" not in member.page.text


def test_a_link_made_anew_is_the_admins_to_mend(desk, member, admin):
    """The client secret is not that of the link any more: nobody is sent through a consent in vain."""
    member.get(desk.allow(member, "grace"))
    with_wrong = desk.app.client_secret[::-1]
    desk.fill(admin, "Save", client_secret=with_wrong)
    desk.sandbox.end_access_tokens_of_server()
    member.get(desk.mine)
    member.submit("Test connection")
    assert in_jiras_words(member, "Jira does not accept the client secret")
    assert "an admin of your organisation" in member.page.text
    member.get(desk.mine)
    assert GET_TOKEN not in member.page.text
    desk.fill(admin, "Save")
    member.submit("Test connection")
    assert "The connection works" in member.page.text
