"""Permissions needed, granted and superfluous, by name and id; and whether what is kept can be reported."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.alm_accounts import apps
from portal.alm_accounts.confirming import confirm
from portal.alm_accounts.testing import run_test
from portal.audit.log import record
from portal.checklist import runs
from portal.checklist.checks import accepted
from portal.credentials.reporting import EVENT
from portal.kinds.methods import API_TOKEN, SCOPED_TOKEN
from portal.kinds.scopes import PRESET, REPORT
from portal.store.tables import AlmAccount, Grant, OauthApp
from tests.support.api_tokens import ApiTokenOffice, api_token_office
from tests.support.cloud import ALL_SCOPES, CloudOffice, cloud_draft, cloud_office
from tests.support.cloud_sheets import looked, red, sheet_of, told

ROWS = ("consent", "scopes", "superfluous")
EPICS = "View epics and related issues (read:epic:jira-software)"


@pytest.fixture
def office(portal, sandbox, tenant) -> CloudOffice:
    """A saved account by an app of its own, with every permission."""
    return cloud_office(portal, sandbox, tenant)


def test_what_was_not_saved_and_what_nobody_uses_are_named(office):
    sheet = sheet_of(office)
    rows = looked(sheet, scopes_missing=["read:epic:jira-software"])
    assert red(rows) == {"scopes": "scopes_unsaved"}
    said = rows["scopes"]
    assert EPICS in said.trouble.cause and "Off without them: Epics." in said.trouble.cause
    assert said.said == f"Asked for {len(ALL_SCOPES)}, granted {len(ALL_SCOPES) - 1} of them."
    rows = looked(sheet, scopes_extra=["manage:jira-project"])
    assert red(rows) == {} and told(rows["superfluous"]) == ("warning", "scopes_superfluous")
    assert "manage:jira-project" in rows["superfluous"].trouble.cause
    rows = looked(sheet, scopes_missing=["read:jira-user"])  # nobody says who it is without it
    assert red(rows) == {"scopes": "scopes_unsaved"}
    assert rows["identity"].waits_for == "All permissions saved before testing"
    assert told(rows["consent"]) == ("warning", "sign_in_scopes_missing")
    rows = looked(sheet, scopes_missing=["read:me"])  # only who connects anew meets it
    assert told(rows["consent"]) == ("warning", "sign_in_scopes_missing")
    assert "View active user profile (read:me)" in rows["consent"].trouble.cause
    assert rows["identity"].state == "proved"
    rows = sheet.run()
    assert {rows[name].state for name in (*ROWS, "identity")} == {"proved"}


@pytest.mark.variant
def test_nothing_that_writes_is_needed_where_nothing_is_changed(office):
    with office.work.write() as session:
        session.execute(update(AlmAccount).where(AlmAccount.id == office.account_id).values(read_only=True))
    cause = sheet_of(office).run(ROWS)["superfluous"].trouble.cause
    assert "Update sprints (write:sprint:jira-software)" in cause and "delete:sprint" in cause
    assert "read:" not in cause and REPORT not in cause


@pytest.mark.variant
def test_what_was_unticked_since_is_superfluous_until_a_consent_without_it(office):
    without = [one for one in ALL_SCOPES if one != "read:epic:jira-software"]
    apps.set_scopes(office.work, office.account_id, without)
    rows = sheet_of(office).run(ROWS)
    assert told(rows["superfluous"]) == ("warning", "scopes_superfluous")
    assert EPICS in rows["superfluous"].trouble.cause
    assert rows["scopes"].state == "proved" and "Off by choice: Epics." in rows["scopes"].said


def test_what_is_off_by_choice_is_no_failure(portal, sandbox, tenant):
    office = cloud_draft(portal, sandbox, tenant, PRESET)
    office.authorise()
    rows = sheet_of(office).run(ROWS)
    assert {rows[name].state for name in ROWS} == {"proved"}
    assert (
        "Off by choice: Backlog, Columns, Issues of sprints, Mapping fields, Moving " in rows["scopes"].said
    )


@pytest.fixture
def token(portal, sandbox, tenant) -> ApiTokenOffice:
    """A saved account by an API token with every scope."""
    return api_token_office(portal, sandbox, tenant, SCOPED_TOKEN)


@pytest.mark.variant
def test_of_a_token_each_feature_is_tried(token):
    sheet = sheet_of(token)
    rows = looked(sheet, scopes_missing=["read:epic:jira-software"])
    assert red(rows) == {"scopes": "token_scopes_missing"}
    assert (
        "Off without them: Epics." in rows["scopes"].trouble.cause and EPICS in rows["scopes"].trouble.cause
    )
    assert "Works: Boards, Backlog, Columns, Sprints" in rows["scopes"].said
    assert told(rows["superfluous"]) == ("unknown", "token_scopes_untold")
    assert "read:epic:jira-software" in rows["superfluous"].trouble.fix
    rows = looked(sheet, scopes_missing=["read:board-scope:jira-software"])
    assert "Backlog" not in rows["scopes"].said and "read:board-scope" in rows["scopes"].trouble.cause
    assert told(sheet.run()["scopes"]) == ("proved", None)


@pytest.mark.variant
def test_a_token_that_is_refused_is_not_tried_further(token):
    """Each try more would count against its owner."""
    token.sandbox.clear_requests()
    rows = looked(sheet_of(token), api_tokens_expired=True)
    assert rows["scopes"].waits_for == "Consent given and valid"
    refused = [one for one in token.sandbox.requests() if one["status"] == 401]
    assert len(refused) == 1


@pytest.mark.variant
def test_a_token_without_scopes_says_so(portal, sandbox, tenant):
    rows = sheet_of(api_token_office(portal, sandbox, tenant, API_TOKEN)).run((*ROWS, "reporting"))
    assert "has no scopes" in rows["scopes"].said and rows["scopes"].state == "proved"
    assert told(rows["superfluous"]) == ("warning", "classic_token_wide")
    assert told(rows["reporting"]) == ("unknown", "report_no_app")


def test_reporting_says_what_is_in_its_way(office):
    sheet = sheet_of(office)
    row = sheet.run(["reporting"], runs.NIGHT)["reporting"]
    assert row.state == "proved" and "1 Atlassian account to report: not reported yet" in row.said
    with office.work.write() as session:
        scopes = [one for one in office.account.app.scopes if one != REPORT]
        mine = update(OauthApp).where(OauthApp.id == office.account.app.id)
        session.execute(mine.values(scopes=scopes))
    assert told(sheet.run(["reporting"])["reporting"]) == ("warning", "report_not_allowed")
    with office.work.write() as session:
        session.execute(mine.values(scopes=[*scopes, REPORT]))
        session.execute(update(Grant).values(scopes=scopes))
    assert told(sheet.run(why=runs.NIGHT)["reporting"]) == ("warning", "report_no_consent")
    office.sandbox.end_grant(office.app, "admin")
    assert sheet.run()["reporting"].waits_for == "Consent given and valid"


def test_a_report_that_failed_is_told_with_its_reason(office):
    with office.work.write() as session:
        told_of = {"subject_id": office.account.app.id, "outcome": "failed"}
        record(session, office.work, EVENT, **told_of, code="rate_limited")
    row = sheet_of(office).run(["reporting"], runs.NIGHT)["reporting"]
    assert told(row) == ("warning", "report_failed") and "Atlassian asks for a pause" in row.trouble.cause


def test_an_account_by_an_app_may_rest_on_a_token(portal, sandbox, tenant, monkeypatch):
    """Then no consent proves the secret until a person gives one; what was unticked is off by choice."""
    office = cloud_draft(portal, sandbox, tenant, PRESET)
    office.authorise()
    by_token = ApiTokenOffice(portal, sandbox, tenant, office.account_id)
    kept = by_token.try_typed(None, replace(by_token.typed("admin"), method=SCOPED_TOKEN))
    assert run_test(office.work, office.registry, office.account_id, None, pending=True).passed
    confirm(office.work, office.account_id, kept.credential_id)
    rows = sheet_of(office).run()
    assert red(rows) == {} and "points" not in rows
    assert rows["consent"].said.startswith("API token with scopes of Avery Admin")
    assert (rows["client"].state, told(rows["signature"])) == ("proved", ("unknown", "secret_unproved"))
    assert rows["scopes"].said == "Works: Boards, Sprints, Epics."
    wanted = rows["superfluous"].trouble.fix
    assert "read:jira-user" in wanted and "read:me" not in wanted and "read:field:jira" not in wanted
    office.connect(tenant.member, "ada")
    names = ["client", "signature"]
    assert told(sheet_of(office).run(names)["signature"]) == ("unknown", "secret_untried")
    monkeypatch.setattr(accepted, "FRESH_FOR", timedelta(minutes=10))
    assert sheet_of(office).run(names)["signature"].state == "proved", "a moment ago by theirs"
