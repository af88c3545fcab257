"""Whether the account's own credential at Atlassian stands, and for whom.

What Atlassian answers alike is told apart as far as it can be.
"""

import pytest
from sqlalchemy import update

from portal import clock
from portal.checklist import runs
from portal.jira.answers import Code, JiraTrouble
from portal.jira.atlassian import Atlassian
from portal.jira.client import JiraClient
from portal.kinds.methods import API_TOKEN, SCOPED_TOKEN
from portal.sandbox.people import USERS
from portal.store.tables import Credential
from tests.support.api_tokens import ApiTokenOffice, api_token_office, in_days
from tests.support.cloud import CloudOffice, cloud_draft, cloud_office
from tests.support.cloud_sheets import looked, red, sheet_of, told
from tests.support.variants import variants

pytestmark = pytest.mark.on_both("test_the_day_typed_at_paste_is_told_before_and_after")

EXPECTED = {
    "app": {"second_person": "second_person_unshared"},
    "scoped": {"second_person": "second_person"},
    "classic": {"second_person": "second_person", "superfluous": "classic_token_wide"},
}
OF_PRACTICE = {"address": "plain_http", "fields": "fields_none"}
"""The practice Jira speaks plain http, and these accounts map no field."""


@pytest.fixture
def office(portal, sandbox, tenant) -> CloudOffice:
    """A saved account by an app of its own."""
    return cloud_office(portal, sandbox, tenant)


@pytest.fixture
def token(portal, sandbox, tenant) -> ApiTokenOffice:
    """A saved account by an API token with scopes."""
    return api_token_office(portal, sandbox, tenant)


def made(way, portal, sandbox, tenant):
    if way == "app":
        return cloud_office(portal, sandbox, tenant)
    return api_token_office(portal, sandbox, tenant, SCOPED_TOKEN if way == "scoped" else API_TOKEN)


@pytest.mark.parametrize("way", variants(EXPECTED))
def test_a_healthy_account_alarms_nobody(portal, sandbox, tenant, way):
    """By day and by night, when nothing is sent that has to be refused."""
    sheet = sheet_of(made(way, portal, sandbox, tenant))
    for why, control in ((runs.NIGHT, "never"), (runs.PERSON, "proved")):
        rows = sheet.run(why=why)
        warned = {name: row.trouble.code for name, row in rows.items() if row.state == "warning"}
        assert (red(rows), warned) == ({}, EXPECTED[way] | OF_PRACTICE)
        assert "Avery Admin, admin@example.com" in rows["identity"].said
        assert rows["control"].state == control


def test_an_access_token_that_ended_is_told_from_a_consent_that_did(office):
    """The gateway answers both alike; renewing tells."""
    sheet = sheet_of(office)
    office.sandbox.end_access_tokens()
    rows = sheet.run(why=runs.NIGHT)
    assert {rows[name].state for name in ("consent", "identity", "site")} == {"proved"}
    office.sandbox.end_grant(office.app, "admin")
    rows = sheet.run(why=runs.NIGHT)
    assert red(rows) == {"consent": "grant_refused"}
    assert "given" in rows["consent"].said and rows["identity"].waits_for == "Consent given and valid"
    assert red(sheet.run()) == {"consent": "grant_refused"}


def refused(*_: object) -> None:
    raise JiraTrouble(Code.UNAUTHORIZED, status=401)


@pytest.mark.variant
def test_a_fresh_token_that_is_refused_is_tried_elsewhere(office, monkeypatch):
    sheet = sheet_of(office)
    monkeypatch.setattr(JiraClient, "myself", refused)
    rows = sheet.run(why=runs.NIGHT)
    assert red(rows) == {"identity": "refused_by_site"}
    assert (rows["consent"].state, rows["site"].state) == ("proved", "proved")
    assert "asked Atlassian which sites" in rows["identity"].tried
    monkeypatch.setattr(Atlassian, "sites", refused)
    rows = sheet.run(why=runs.NIGHT)
    assert red(rows) == {"consent": "consent_revoked"}
    assert rows["site"].waits_for == "Consent given and valid"


@pytest.mark.variant
def test_a_list_of_sites_proves_no_identity(office, monkeypatch):
    """Whatever Atlassian lists, Jira has to say who it is."""
    monkeypatch.setattr(JiraClient, "myself", lambda _: (_ for _ in ()).throw(JiraTrouble(Code.ANONYMOUS)))
    rows = sheet_of(office).run()
    assert red(rows) == {"identity": "anonymous"} and told(rows["consent"]) == ("unknown", "consent_untold")
    assert rows["site"].state == "proved"


TOKEN_FAULTS = (
    ({"api_tokens_expired": True}, "consent", "token_refused"),
    ({"user_disabled": ["admin"]}, "consent", "token_refused"),
    ({"scopes_missing": ["read:jira-user"]}, "identity", "token_lacks_identity"),
    ({"not_on_site": ["admin:acme"]}, "identity", "no_jira_access"),
    ({"rate_limited": 90}, "jira", "rate_limited"),
    ({"in_front": "allow_list"}, "jira", "ip_not_allowed"),
)


def test_what_a_token_meets_turns_one_row_red_until_it_is_over(token):
    sheet = sheet_of(token)
    for switches, name, code in TOKEN_FAULTS:
        rows = looked(sheet, **switches)
        assert red(rows) == {name: code}, switches
        shown = f"{rows[name].trouble.cause} {rows[name].trouble.fix}"
        assert "{" not in shown and ("rate_limited" not in switches or "90 seconds" in shown)
    assert red(sheet.run()) == {}


@pytest.mark.variant
def test_a_captcha_stands_before_a_token_without_scopes(portal, sandbox, tenant):
    office = api_token_office(portal, sandbox, tenant, API_TOKEN)
    assert red(looked(sheet_of(office), cloud_captcha=["admin"])) == {"consent": "captcha"}


def ends(office: ApiTokenOffice, days: int) -> None:
    """The day that was typed when the token was pasted."""
    with office.work.write() as session:
        mine = update(Credential).where(Credential.account_id == office.account_id)
        session.execute(mine.values(expires_at=clock.now() + (in_days(days) - in_days(0))))


def test_the_day_typed_at_paste_is_told_before_and_after(token):
    sheet = sheet_of(token)
    ends(token, 9)
    rows = sheet.run()
    assert red(rows) == {} and "in 8 days" in rows["consent"].said
    assert told(rows["ends"]) == ("warning", "something_ends")
    ends(token, -1)
    token.sandbox.clear_requests()
    rows = sheet.run()
    assert red(rows)["consent"] == "token_ended"
    sent = [one for one in token.sandbox.requests() if one["path"].endswith("/myself")]
    assert sent == []


@pytest.mark.variant
def test_the_wall_before_a_token_is_its_own_and_not_the_credentials(token, monkeypatch):
    """Others hold what the call needs: that says nothing of the connection."""

    def busy(_: object) -> None:
        raise JiraTrouble(Code.CONCURRENCY_CEILING, ceiling=1)

    monkeypatch.setattr(JiraClient, "myself", busy)
    rows = sheet_of(token).run()
    assert red(rows) == {}
    assert told(rows["consent"]) == told(rows["identity"]) == ("unknown", "concurrency_ceiling")


@pytest.mark.variant
def test_an_account_of_a_deactivated_user_is_red_once(office):
    rows = looked(sheet_of(office), user_disabled=["admin"])
    assert red(rows) == {"consent": "grant_refused"}
    assert USERS["admin"].email not in str(rows["consent"])


@pytest.mark.variant
def test_no_secret_stands_in_what_rows_say(portal, sandbox, tenant):
    """Neither in evidence nor in what was tried; the pages are searched for all of them besides."""
    office = cloud_draft(portal, sandbox, tenant)
    office.authorise()
    shown = str(looked(sheet_of(office), client_secret_wrong=True))
    assert office.app.client_secret not in shown and "Bearer" not in shown
