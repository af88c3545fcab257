"""Whether a Jira of one's own knows this portal: what the rows say of each way it may not.

What differs in nothing a database sees is left to one of them (tests/support/variants.py).
"""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from portal import clock
from portal.audit.log import record
from portal.checklist import runs
from portal.checklist.checks import consumer
from portal.credentials import flows
from portal.jira.answers import Code, JiraTrouble
from portal.store.tables import OauthApp
from tests.checklist.fault import forget_the_account
from tests.support.accounts import at_browser
from tests.support.checklist import Sheet
from tests.support.server_oauth2 import server_oauth2_draft, server_oauth2_office

REQUEST_TOKEN = "POST oauth.request_token"
DAY = 24 * 3600


@pytest.fixture
def office(portal, sandbox, tenant):
    """A saved account by an incoming link."""
    return server_oauth2_office(portal, sandbox, tenant)


def sheet_of(office):
    return Sheet(office.portal, office.sandbox, office.tenant, office.account_id)


def _seconds(text):
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def said(row):
    return (row.state, row.trouble and row.trouble.code)


def test_a_key_of_somebody_elses_is_read_mended_and_tried_again(sheet, admin, sandbox):
    sandbox.state(key_mismatch=True)
    admin.get(sheet.path())
    admin.submit("Run the checklist")
    sheet.wait(admin)
    assert "The public key in Jira is not ours" in admin.page.text
    assert "Copy the public key from the set-up page again" in admin.page.text
    sandbox.state(key_mismatch=False)
    admin.submit("Try again", within_="#row-signature")
    sheet.wait(admin)
    assert {sheet.rows[name].state for name in ("client", "signature", "callback", "consent")} == {"proved"}


@pytest.mark.variant
def test_a_wrong_address_is_told_from_a_wrong_key_by_both_addresses(sheet, sandbox):
    """Jira sends back the text it signed itself; a token never comes to be shown."""
    sandbox.state(seen_base_url="http://inside.example.com:8080")
    row = sheet.run()["signature"]
    path = "/plugins/servlet/oauth/request-token"
    assert said(row) == ("failed", "signature_invalid_url")
    assert row.said == (
        f"We signed POST {sandbox.url}{path}; Jira signed POST http://inside.example.com:8080{path}."
    )
    shown = f"{row.said} {row.tried} {row.trouble.cause} {row.evidence}"
    assert not re.search(r"oauth_(token|nonce|signature|timestamp)", shown)


@pytest.mark.variant
def test_jira_is_asked_once_however_many_rows_look(sheet, sandbox):
    sandbox.clear_requests()
    rows = sheet.run()
    assert sandbox.state()["counters"]["requests"][REQUEST_TOKEN] == 1
    assert {rows[name].state for name in ("clocks", "client", "signature", "callback")} == {"proved"}


@pytest.mark.variant
@pytest.mark.parametrize("seconds", [600, -600])
def test_a_clock_that_is_off_is_told_by_the_times_jira_takes(sheet, sandbox, seconds):
    sandbox.state(clock_offset_seconds=seconds)
    rows = sheet.run()
    assert said(rows["clocks"]) == ("warning", "clock_off")
    assert abs(int(rows["clocks"].evidence["seconds"]) - 600) < 10
    first, last, ours = (_seconds(text) for text in re.findall(r"\d\d:\d\d:\d\d", rows["clocks"].said))
    assert (last - first) % DAY == 600
    assert abs((first + 300 - ours - seconds + DAY // 2) % DAY - DAY // 2) < 10
    assert rows["signature"].state == rows["identity"].state == "proved", "signed by Jira's clock"


@pytest.mark.variant
def test_a_clock_too_far_off_is_the_one_red_row(sheet, sandbox):
    sandbox.state(clock_offset_seconds=2 * 3600)
    rows = sheet.run()
    assert said(rows["clocks"]) == ("failed", "timestamp_refused")
    assert rows["client"].state == "proved", "Jira looks at the consumer key first"
    assert rows["signature"].waits_for == rows["callback"].waits_for == rows["clocks"].title
    assert [row.name for row in rows.values() if row.state == "failed"] == ["clocks"]


@pytest.mark.variant
def test_what_stops_serverinfo_too_is_no_matter_of_the_client(sheet, sandbox):
    sandbox.state(status_5xx=500)
    rows = sheet.run()
    assert [row.name for row in rows.values() if row.state == "failed"] == ["jira"]
    assert rows["client"].waits_for == rows["jira"].title


def met(trouble, is_jira="proved"):
    """A run in which asking for a request token met this."""
    asked = consumer.TokenRequest(trouble, None)
    key = SimpleNamespace(consumer_key="almoner-acme", fingerprint="SHA256:x")
    scene = SimpleNamespace(account=SimpleNamespace(key=key), base_url="https://jira.example.com")
    info = SimpleNamespace(state=is_jira)
    return SimpleNamespace(once=lambda name, make: asked, scene=scene, info=info)


def test_an_address_alike_and_another_text_is_a_changed_part():
    same = {
        "signed_by_us": "POST https://jira.example.com/x",
        "seen_by_jira": "POST https://jira.example.com/x",
    }
    trouble = JiraTrouble(Code.SIGNATURE_INVALID_URL, parameters="oauth_callback", **same)
    found = consumer.signature(met(trouble))
    assert (found.state, found.code) == ("failed", "signature_invalid_parameters")
    assert found.evidence["parameters"] == "oauth_callback"


@pytest.mark.parametrize("code", [Code.NOT_JIRA, Code.NOT_FOUND])
def test_a_jira_without_oauth_1_is_named(monkeypatch, code):
    proved = SimpleNamespace(state=consumer.State.PROVED)
    monkeypatch.setattr(consumer, "is_jira", lambda calls: proved)
    assert consumer.client(met(JiraTrouble(code))).code == "oauth1_missing"


@pytest.mark.parametrize(
    ("code", "parameters", "state"),
    [
        (Code.PARAMETER_ABSENT, "oauth_consumer_key&oauth_signature", "failed"),
        (Code.PARAMETER_ABSENT, "oauth_nonce", "unknown"),
        (Code.OAUTH_OTHER, "", "unknown"),
    ],
)
def test_what_jira_did_not_come_to_look_at_proves_no_consumer(monkeypatch, code, parameters, state):
    """A proxy that takes the Authorization header away leaves Jira with nothing to know."""
    monkeypatch.setattr(consumer, "is_jira", lambda calls: SimpleNamespace(state=consumer.State.PROVED))
    found = consumer.client(met(JiraTrouble(code, parameters=parameters)))
    assert (found.state, found.code) == (state, code)


@pytest.mark.parametrize(
    ("parameters", "signature", "callback"),
    [("oauth_callback", "proved", "failed"), ("oauth_nonce", "failed", "waiting"), ("", "failed", "waiting")],
)
def test_a_part_that_is_refused_is_the_callbacks_or_the_signatures(
    parameters, signature, callback, monkeypatch
):
    monkeypatch.setattr(consumer, "callback_url", lambda calls: "https://portal.example.com/callback")
    calls = met(JiraTrouble(Code.PARAMETER_REJECTED, parameters=parameters))
    assert consumer.client(calls).state == "proved"
    assert (consumer.signature(calls).state, consumer.callback(calls).state) == (signature, callback)


def test_a_person_renews_once_and_the_night_does_not(office):
    sheet, before = sheet_of(office), office.exchanges
    rows = sheet.run(why=runs.NIGHT)
    assert office.exchanges == before and rows["signature"].state == "proved"
    assert "last took" in rows["signature"].tried
    rows = sheet.run()
    assert office.exchanges == before + 1
    assert rows["signature"].said == "Jira took the client secret just now."
    assert rows["identity"].state == "proved", "the token that the renewal gave"


@pytest.mark.variant
def test_nobody_elses_connection_is_renewed_for_the_account_and_nothing_that_is_no_jira_is_asked(
    office, sandbox
):
    """A refresh token whose answer is lost is gone, and with it that person's connection."""
    sheet = sheet_of(office)
    office.connect(office.tenant.member)
    before = office.exchanges
    rows = look_without_jira(sheet, sandbox)
    assert rows["client"].waits_for == rows["jira"].title
    forget_the_account(sheet)
    assert sheet.run()["client"].state == "proved"
    assert office.exchanges == before


def look_without_jira(sheet, sandbox):
    """While serverInfo answers with an error."""
    sandbox.state(status_5xx=500)
    rows = sheet.run()
    sandbox.state(status_5xx=0)
    return rows


def test_a_secret_that_nothing_proved_since_it_was_entered(office, sandbox):
    """Entered anew, it is another one until a renewal or a consent says that it is right."""
    with office.work.write() as session:
        session.execute(update(OauthApp).values(secret_set_at=clock.now() + timedelta(seconds=1)))
    rows = sheet_of(office).run(why=runs.NIGHT)
    assert said(rows["signature"]) == ("unknown", "link_secret_unproved")
    with office.work.write() as session:
        session.execute(update(OauthApp).values(secret_set_at=clock.now()))
    assert sheet_of(office).run()["signature"].state == "proved"


def test_a_wrong_secret_spoils_nothing(office, sandbox):
    """No refresh token is used up, and whoever mended it need not wait for the next try."""
    sheet = sheet_of(office)
    sandbox.state(client_secret_wrong=True)
    rows = sheet.run()
    assert said(rows["signature"]) == ("failed", "client_refused")
    assert said(rows["client"]) == ("unknown", "client_untold"), "Jira's answer is the same for both"
    assert [row.name for row in rows.values() if row.state == "failed"] == ["signature"]
    assert said(sheet.run(why=runs.NIGHT)["signature"]) == ("failed", "client_refused")
    sandbox.state(client_secret_wrong=False)
    rows = sheet.run()
    assert {rows[name].state for name in ("client", "signature", "consent", "identity")} == {"proved"}


def test_a_refresh_token_that_ended_says_that_the_secret_is_right(office, sandbox):
    sandbox.state(server_refresh_spent=True)
    rows = sheet_of(office).run()
    assert rows["client"].state == rows["signature"].state == "proved"
    assert said(rows["consent"]) == ("failed", "grant_refused")


def test_who_went_to_jira_and_did_not_come_back_leaves_the_callback_unknown(office):
    sheet = sheet_of(office)
    work = at_browser(office.tenant, office.tenant.admin)
    path = office.account.callback_path
    flows.start(work, office.registry, flows.FlowRequest(office.account_id, "account", path))
    row = sheet.run(why=runs.NIGHT)["callback"]
    assert said(row) == ("unknown", "link_callback_astray")
    assert "not seen again: 1." in row.trouble.cause and office.portal.base_url + path in row.trouble.fix
    office.connect(office.tenant.member)
    assert sheet.run(why=runs.NIGHT)["callback"].state == "proved"


@pytest.mark.variant
def test_before_anybody_consented_nothing_of_the_link_can_be_known(portal, sandbox, tenant):
    sheet = sheet_of(server_oauth2_draft(portal, sandbox, tenant))
    rows = sheet.run()
    assert {
        name: said(rows[name]) for name in ("client", "signature", "callback", "portal_url", "consent")
    } == {
        "client": ("unknown", "link_unproved"),
        "signature": ("unknown", "link_secret_unproved"),
        "callback": ("unknown", "link_callback_unproved"),
        "portal_url": ("unknown", "portal_url_untold"),
        "consent": ("failed", "not_connected"),
    }


@pytest.mark.variant
def test_who_came_back_from_the_former_jira_proves_nothing_of_the_one_now(office):
    sheet = sheet_of(office)
    assert sheet.run(why=runs.NIGHT)["callback"].state == "proved"
    with office.work.write() as session:
        about = {"account_id": office.account_id, "changed": ["base_url"], "values": {}}
        record(session, office.work, "account.changed", **about)
    rows = sheet.run(why=runs.NIGHT)
    assert said(rows["client"]) == ("unknown", "link_unproved")
    assert said(rows["callback"]) == ("unknown", "link_callback_unproved")
