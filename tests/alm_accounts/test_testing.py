"""Test connection proves who, which Jira, and that a spoiled signature is refused (mission row A7)."""

import pytest

from portal.alm_accounts import accounts
from portal.alm_accounts.testing import run_test
from portal.jira.answers import Code, JiraTrouble
from portal.jira.client import JiraClient
from portal.jira.private_keys import make_key
from tests.support.accounts import connected_account
from tests.support.checklist import Sheet
from tests.support.hostile import INFO, MYSELF, as_json, odd_jira
from tests.support.office import Office, consent_link

pytestmark = pytest.mark.on_both(
    "test_a_new_name_in_jira_is_taken_over",
    "test_another_address_of_its_own_is_told",
    "test_a_proof_of_a_former_address_is_none_of_the_next",
)

YES = "Yes, use this identity and test it"


@pytest.fixture
def office(portal, sandbox, tenant):
    """An account with an identity of its own."""
    return Office(portal, sandbox, tenant, connected_account(portal, sandbox, tenant))


def test_identity_server_and_control(office, admin):
    admin.get(office.path())
    office.sandbox.clear_requests()
    page = admin.submit("Test connection")
    assert page.text.count("Passed") == 3
    assert "Avery Admin, admin@example.com (admin)" in page.text
    assert "9.12.15 at " + office.sandbox.url in page.text
    assert "Refused: signature_invalid" in page.text
    asked = [(entry["endpoint"], entry["signature_verified"]) for entry in office.sandbox.requests()]
    assert [a for a in asked if "myself" in a[0]] == [("rest_api.myself", True), ("rest_api.myself", False)]


@pytest.mark.parametrize(
    ("switches", "title"),
    [
        ({"user_disabled": ["admin"]}, "The Jira user is gone"),
        ({"down": True}, "Jira is down for maintenance"),
        ({"drop_connection": True}, "The connection to localhost was refused or cut"),
        ({"seen_base_url": "https://other.example.org"}, "Jira believes it was called at GET https://other"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_came_back_is_named(office, admin, switches, title):
    admin.get(office.path())
    office.sandbox.state(**switches)
    admin.submit("Test connection")
    assert admin.status == 409
    assert title in admin.page.text
    assert "No identity" in admin.page.text


def test_another_public_key_in_jira(office, admin):
    key = office.account.key
    office.sandbox.reset()
    office.sandbox.make_link(key.consumer_key, make_key(2048).public_pem)
    admin.get(office.path())
    admin.submit("Test connection")
    assert "Jira does not accept the token" in admin.page.text


def test_a_consumer_that_was_removed(office, admin):
    office.sandbox.reset()
    admin.get(office.path())
    admin.submit("Test connection")
    assert admin.status == 409
    assert "Refused" in admin.get(office.path()).text


def test_what_stops_the_spoiled_call_is_told_and_proves_nothing(office, monkeypatch):
    def stopped(jira):
        raise JiraTrouble(Code.RATE_LIMITED, retry_after=7)

    monkeypatch.setattr(JiraClient, "forgery_refused", stopped)
    result = run_test(office.work, office.registry, office.account_id, None)
    assert result.code == "rate_limited"
    assert result.identity is not None
    row = Sheet(office.portal, office.sandbox, office.tenant, office.account_id).run({"control"})["control"]
    assert (row.state, row.trouble.code) == ("unknown", "rate_limited")


def test_the_outcome_is_in_the_audit(office):
    run_test(office.work, office.registry, office.account_id, None)
    assert office.audit("credential.tested")[-1] == {"outcome": "ok", "code": "passed"}


def test_a_new_name_in_jira_is_taken_over(office, admin):
    office.edit(accounts.Credential, jira_display_name="Former Name")
    admin.get(office.path())
    assert "Former Name" in admin.page.text
    admin.submit("Test connection")
    assert "Acts as Avery Admin" in admin.get(office.path()).text


@pytest.fixture
def odd(office, admin):
    """The account leads to a Jira of ours, which takes whatever signature comes."""
    with odd_jira() as jira:
        wanted = {"base_url": jira.url}
        accounts.change(office.work, office.registry.outbound.wire, office.account_id, wanted)
        admin.get(office.path())
        admin.submit("Reauthorise")
        token = consent_link(admin).partition("oauth_token=")[2]
        admin.get(f"{office.callback}?oauth_token={token}&oauth_verifier=abc123")
        yield jira


def test_a_jira_that_checks_no_signature_fails_the_control(office, admin, odd):
    admin.submit(YES)
    assert admin.status == 409
    assert "That Jira does not check who calls" in admin.page.text
    assert "Mal Ory" in admin.page.text and "Jira answered it" in admin.page.text
    assert office.account.tested_at is None


def test_a_200_to_nobody_is_no_success(office, admin, odd):
    odd.answers["/rest/api/2/myself"] = as_json(MYSELF, X_AUSERNAME="anonymous")
    admin.submit(YES)
    assert "Jira answered, but to nobody" in admin.page.text


def test_a_server_that_is_no_jira(office, admin, odd):
    odd.answers["/rest/api/2/serverInfo"] = as_json({"hello": 1})
    admin.submit(YES)
    assert "That is not a Jira" in admin.page.text


def test_another_address_of_its_own_is_told(office, admin, odd):
    office.edit(accounts.AlmAccount, server_info={"base_url": INFO["baseUrl"], "version": "9"})
    assert "Jira calls itself by another address" in admin.get(office.path()).text


def test_the_former_jiras_token_is_not_sent_to_the_next(office, member):
    """Another host is another Jira: what the one before gave has ended (T11)."""
    token = office.secret(office.credentials()[0])
    with odd_jira() as jira:
        wanted = {"base_url": jira.url}
        accounts.change(office.work, office.registry.outbound.wire, office.account_id, wanted)
        assert run_test(office.work, office.registry, office.account_id, None).code == "address_changed"
        member.get(office.mine)
        member.submit("Get OAuth token")
        assert jira.requests
        assert not any(token.encode() in request for request in jira.requests)


def test_a_proof_of_a_former_address_is_none_of_the_next(office, monkeypatch):
    """Somebody typed another address while the test ran."""
    office.edit(accounts.AlmAccount, tested_at=None, server_info=None)
    asked = JiraClient.server_info

    def late(client):
        found = asked(client)
        office.edit(accounts.AlmAccount, version=accounts.AlmAccount.version + 1)
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(JiraClient, "server_info", late)
        run_test(office.work, office.registry, office.account_id, None)
    assert (office.account.tested_at, office.account.server_info) == (None, {})
    assert run_test(office.work, office.registry, office.account_id, None).passed
    assert office.account.tested_at


def test_disconnecting_the_account(office, admin):
    connected = office.credentials()
    admin.get(office.path())
    admin.click("Disconnect")
    assert "Authorized applications" in admin.page.text
    admin.submit("Disconnect")
    assert "erased here" in admin.response.text
    assert "The account has no token of its own" in admin.page.text
    assert len(connected) == 1 and office.credentials() == []
    assert office.account.state == "not_connected"


def test_not_connected_is_told_with_the_way_on(office, admin):
    admin.get(office.path("disconnect"))
    admin.submit("Disconnect")
    admin.submit("Test connection")
    assert "Not connected yet" in admin.page.text and "press Get auth token" in admin.page.text
