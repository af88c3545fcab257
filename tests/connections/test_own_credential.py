"""Profile → ALM credentials: consent only, one's own only, and the way out (rows B2, B3, B7; A11)."""

from datetime import timedelta

import pytest

from portal import clock
from portal.store.tables import AlmAccount, Credential
from portal.store.vault import get_secret
from tests.support import samples
from tests.support.office import consent_link
from tests.support.sandbox import JiraBrowser

pytestmark = pytest.mark.on_both(
    "test_an_expired_token_is_not_tried",
    "test_no_page_asks_for_a_secret",
    "test_disconnecting_leaves_the_others_alone",
    "test_a_draft_is_not_for_members",
    "test_a_swapped_token_does_not_open",
    "test_columns_do_not_trade_places",
)

INPUTS = (
    "input[type=password], input[name*=token]:not([name=csrf_token]), input[name*=password], main textarea"
)


def test_from_the_profile_in_four_actions(office, member):
    member.get(office.tenant.path())
    member.get(office.tenant.path("profile/alm-credentials/"))
    member.submit("Connect " + office.account.name)
    member.get(JiraBrowser(office.sandbox, "ada").allow(consent_link(member)))
    assert "You act as Ada Lindqvist" in member.page.text
    member.submit("Test connection")
    assert member.page.text.count("Passed") == 3
    assert "Ada Lindqvist, ada@example.com (ada)" in member.page.text


def test_the_list_says_the_state_of_each(office, member):
    path = office.tenant.path("profile/alm-credentials/")
    assert "Not connected" in member.get(path).text
    office.connect(member)
    page = member.get(path)
    assert "Connected Ada Lindqvist" in page.text.replace("You act as ", "")
    assert page.has(f"Edit {office.account.name}")


def test_lifetimes_are_what_jira_said(office, member):
    office.connect(member)
    [kept] = office.credentials()
    assert abs(kept.expires_at - clock.now() - timedelta(seconds=157_680_000)) < timedelta(minutes=1)
    assert kept.authorization_expires_at > kept.expires_at
    assert kept.session_handle is not None
    assert str(kept.expires_at.year) in member.page.text


@pytest.mark.parametrize(
    ("left", "chip"), [(timedelta(days=40), "Connected"), (timedelta(days=10), "Ending soon")]
)
def test_an_end_that_is_near_is_told(office, member, left, chip):
    office.connect(member)
    office.edit(Credential, expires_at=clock.now() + left)
    assert chip in member.get(office.mine).text


def test_an_expired_token_is_not_tried(office, member):
    office.connect(member)
    office.edit(Credential, expires_at=clock.now())
    office.sandbox.clear_requests()
    member.get(office.mine)
    assert "The token has expired" in member.page.text
    member.submit("Test connection")
    assert "The token has expired" in member.page.text
    assert office.calls("GET rest_api.myself") == 0


@pytest.mark.parametrize("name", ["password", "token", "oauth_token", "access_token", "private_key", "user"])
def test_a_forged_secret_is_refused_and_not_kept(office, member, name):
    member.get(office.mine)
    member.post(f"{office.mine}/connect", **{name: "cnry-forged-secret-value"})
    assert member.status == 409
    assert "takes no password or token" in member.page.text
    assert office.flows() == [] and office.credentials() == []


def test_a_forged_file_or_query_is_refused_too(office, member):
    member.get(office.mine)
    data = {"csrf_token": member.csrf_token()}
    member._go("POST", f"{office.mine}/connect", data=data, files={"token": ("t", b"x")})
    assert member.status == 409
    member.get(office.mine)
    member.post(f"{office.mine}/connect?password=x")
    assert member.status == 409
    assert office.flows() == []


def test_the_account_itself_takes_no_password_either(office, admin):
    admin.get(office.path())
    admin.post(office.path("authorise"), password="cnry-forged-secret-value")
    assert admin.status == 409
    assert office.flows() == []


def test_no_page_asks_for_a_secret(office, member):
    pages = [office.tenant.path("profile/alm-credentials/"), office.mine, f"{office.mine}/disconnect"]
    for path in pages:
        assert not member.get(path).soup.select(INPUTS)
    office.connect(member)
    for path in pages:
        assert not member.get(path).soup.select(INPUTS)


def test_without_own_credential_nobodys_is_used(office, member, admin):
    """Neither the account's own nor another person's token is sent for somebody without (row B7)."""
    office.connect(admin, "admin")
    samples.credential(office.tenant, office.account_id)
    office.sandbox.clear_requests()
    for path in (office.mine, office.tenant.path("profile/alm-credentials/")):
        assert "Avery Admin" not in member.get(path).text
    member.get(office.mine)
    member.post(f"{office.mine}/test")
    assert "You are not connected" in member.page.text
    assert office.sandbox.requests() == []


def test_a_test_says_whom_jira_takes_me_for(office, member, admin):
    office.connect(admin, "admin")
    office.connect(member, "grace")
    office.sandbox.clear_requests()
    member.submit("Test connection")
    assert "Grace Okafor" in member.page.text
    assert {entry["token_user"] for entry in office.sandbox.requests()} <= {"grace", None}


def test_disconnect_erases_and_says_how_to_revoke(office, member):
    office.connect(member)
    member.click("Disconnect")
    assert "Authorized applications" in member.page.text
    member.submit("Disconnect")
    assert "Your token is erased here." in member.response.text
    assert office.credentials() == []
    assert office.audit("credential.ended")[-1]["why"] == "disconnected"


def test_disconnecting_leaves_the_others_alone(office, member, admin):
    office.connect(admin, "admin")
    office.connect(member)
    member.get(f"{office.mine}/disconnect")
    member.submit("Disconnect")
    assert [row.user_id for row in office.credentials()] == [office.tenant.admin.user_id]
    member.get(f"{office.mine}/disconnect")
    member.submit("Disconnect")
    assert "You were not connected." in member.response.text


def test_a_draft_is_not_for_members(office, member):
    office.edit(AlmAccount, saved_at=None)
    page = member.get(office.tenant.path("profile/alm-credentials/"))
    assert "There is nothing to connect to yet" in page.text
    for path in (office.mine, f"{office.mine}/disconnect"):
        member.get(path)
        assert member.status == 404


def test_a_refused_token_is_told_until_jira_takes_it_again(office, member):
    office.connect(member)
    office.sandbox.state(user_disabled=["ada"])
    member.submit("Test connection")
    assert "The Jira user is gone" in member.page.text
    assert "Refused" in member.get(office.mine).text
    office.sandbox.state(user_disabled=[])
    member.submit("Test connection")
    assert "Refused" not in member.get(office.mine).text


@pytest.mark.parametrize("switches", [{"down": True}, {"drop_connection": True}, {"rate_limited": 5}])
def test_a_jira_that_is_away_refuses_nobody(office, member, switches):
    """A passing fault is told where it was seen and leaves the credential's state as it was."""
    office.connect(member)
    office.sandbox.state(**switches)
    member.submit("Test connection")
    assert "What to do:" in member.page.text
    page = member.get(office.mine)
    assert "Connected" in page.text and "Refused" not in page.text


def test_revoked_in_jira(office, member):
    office.connect(member)
    browser = JiraBrowser(office.sandbox, "ada")
    browser.submit(browser.open("/plugins/servlet/oauth/users/access-tokens"), "token")
    member.submit("Test connection")
    assert "Jira does not accept the token" in member.page.text
    assert member.page.has("Connect again")


def test_a_swapped_token_does_not_open(office, member, admin):
    """Sealed for its row and column: a copy in another row is unreadable, and Jira is not called (T34)."""
    office.connect(admin, "admin")
    office.connect(member)
    stolen = office.credential_of(admin)
    with office.work.write() as session:
        row = session.get(Credential, (office.tenant.id, office.credential_of(member).id))
        row.access_token, row.token_secret = stolen.access_token, stolen.token_secret
    office.sandbox.clear_requests()
    member.get(office.mine)
    member.submit("Test connection")
    assert member.status == 503
    assert office.sandbox.requests() == []


def test_columns_do_not_trade_places(office, member):
    office.connect(member)
    kept = office.credential_of(member)
    office.edit(Credential, access_token=kept.token_secret, token_secret=kept.access_token)
    member.get(office.mine)
    member.submit("Test connection")
    assert member.status == 503


def test_tokens_stand_sealed_in_the_row(office, member):
    office.connect(member)
    kept = office.credential_of(member)
    for column in ("access_token", "token_secret", "session_handle"):
        with office.work.read() as session:
            opened = get_secret(session, kept, column).reveal().encode()
        assert opened not in getattr(kept, column)
