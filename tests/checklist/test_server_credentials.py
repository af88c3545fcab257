"""Consents, tokens and passwords at a Jira of one's own, and what this portal keeps: what their rows say."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from portal import clock
from portal.alm_accounts import accounts
from portal.checklist import runs
from portal.checklist.checks import here
from portal.checklist.rows import around
from portal.credentials import keeping
from portal.kinds.methods import PASSWORD, PAT
from portal.store.tables import AlmAccount, Credential
from portal.store.vault import get_secret
from tests.support.accounts import connect
from tests.support.checklist import Sheet
from tests.support.tokens import token_draft, token_office
from tests.support.variants import variants

ASKS = "GET rest_api.myself"


def sheet_of(office):
    return Sheet(office.portal, office.sandbox, office.tenant, office.account_id)


def red(rows):
    return {name: row.trouble.code for name, row in rows.items() if row.state == "failed"}


@pytest.mark.parametrize(
    ("method", "fault", "code"),
    variants(
        [
            (PASSWORD, {"captcha": ["admin"]}, "captcha"),
            (PASSWORD, {"basic_off": True}, "basic_off"),
            (PASSWORD, {"user_disabled": ["admin"]}, "password_refused"),
            (PAT, {"server_tokens": "revoked"}, "pat_refused"),
            (PAT, {"server_tokens": "revoked", "anonymous_myself": True}, "pat_refused"),
        ],
        ["captcha", "passwords off", "user off", "revoked", "answered as nobody"],
    ),
)
def test_a_refusal_is_told_by_what_was_sent(portal, sandbox, tenant, method, fault, code):
    sheet = sheet_of(token_office(portal, sandbox, tenant, method))
    sandbox.state(**fault)
    rows = sheet.run()
    assert red(rows) == {"consent": code}
    assert rows["identity"].waits_for == rows["consent"].title
    assert "of Avery Admin, entered" in rows["consent"].said


def test_a_refused_password_is_sent_again_only_where_a_person_asks(portal, sandbox, tenant):
    """Each wrong one counts: a night that tried would end in a captcha for the right one too."""
    sheet = sheet_of(token_office(portal, sandbox, tenant, PASSWORD))
    sandbox.set_password("admin", "another one")
    assert red(sheet.run()) == {"consent": "password_refused"}
    sandbox.clear_requests()
    for why in (runs.NIGHT, runs.USE, runs.GUIDE):
        assert red(sheet.run(why=why)) == {"consent": "password_refused"}
    assert ASKS not in sandbox.state()["counters"]["requests"]
    account = accounts.account(sheet.work, sheet.account_id)
    for row in ("boards", "fields", "permissions"):
        assert red(sheet.run(around(row, account))) == {"consent": "password_refused"}
    assert ASKS not in sandbox.state()["counters"]["requests"], "asked for at a row that only waits"
    sheet.run(around("consent", account))
    assert sandbox.state()["counters"]["requests"][ASKS] == 1
    sheet.run()
    assert sandbox.state()["counters"]["requests"][ASKS] == 2


@pytest.mark.variant
def test_the_end_of_a_token_stands_with_it(portal, sandbox, tenant):
    office = token_office(portal, sandbox, tenant)
    ends_at = clock.now() + timedelta(days=60)
    with office.work.write() as session:
        session.execute(update(Credential).values(expires_at=ends_at))
    row = sheet_of(office).run({"jira", "consent"})["consent"]
    assert row.state == "proved" and f"until {ends_at.day} {ends_at:%b %Y}" in row.said
    with office.work.write() as session:
        session.execute(update(Credential).values(expires_at=clock.now()))
    assert red(sheet_of(office).run({"consent"})) == {"consent": "token_ended"}


def test_an_identity_that_nobody_confirmed_is_said(portal, sandbox, tenant):
    office = token_draft(portal, sandbox, tenant)
    office.try_typed(None, office.typed("admin"))
    assert red(sheet_of(office).run({"consent"})) == {"consent": "waits_for_confirmation"}


def test_what_ended_the_consent_is_named(sheet):
    with sheet.work.write() as session:
        session.execute(update(Credential).values(state="ended", ended_why="consumer_replaced"))
    assert red(sheet.run({"consent"})) == {"consent": "consumer_replaced"}


@pytest.mark.variant
def test_a_jira_user_that_is_gone_leaves_the_consent_as_it_is(sheet, sandbox):
    sandbox.state(user_disabled=["admin"])
    rows = sheet.run()
    assert red(rows) == {"identity": "user_unknown"} and rows["consent"].state == "proved"


def test_another_address_of_this_portal_is_seen_until_a_consent_comes_back(portal, sandbox, sheet):
    with sheet.work.write() as session:
        session.execute(update(AlmAccount).values(portal_url="https://old.example.com"))
    row = sheet.run({"portal_url"})["portal_url"]
    assert (row.state, row.trouble.code) == ("warning", "portal_url_changed")
    path = accounts.account(sheet.work, sheet.account_id).callback_path
    assert f"Put {portal.base_url}{path} in the place of https://old.example.com{path}" in row.trouble.fix
    connect(portal, sandbox, sheet.tenant, sheet.tenant.member, sheet.account_id, "ada")
    assert sheet.run({"portal_url"})["portal_url"].state == "proved"


@pytest.mark.parametrize(
    ("is_cloud", "is_shared", "code"),
    [
        (False, False, "portal_url_changed"),
        (True, False, "app_portal_url_changed"),
        (True, True, "shared_portal_url_changed"),
    ],
)
def test_a_new_address_is_told_to_whoever_can_enter_it(is_cloud, is_shared, code):
    kind = SimpleNamespace(is_cloud=is_cloud)
    account = SimpleNamespace(kind=kind, is_by_shared_app=is_shared, callback_path="/callback")
    scene = SimpleNamespace(account=account, portal_url="https://new", portal_url_then="https://old")
    found = here.portal_url(SimpleNamespace(scene=scene))
    assert (found.state, found.code) == ("warning", code)
    assert dict(found.evidence) == {"former": "https://old/callback", "callback": "https://new/callback"}


@pytest.mark.variant
def test_a_key_made_here_is_private_and_a_pasted_one_may_be_elsewhere(sheet):
    account = accounts.account(sheet.work, sheet.account_id)
    assert _private(account).state == "proved"
    pasted = replace(account, current_key=replace(account.key, origin="pasted"))
    assert _private(pasted).code == "secret_elsewhere"


@pytest.mark.parametrize(
    ("portal_url", "code"),
    [
        ("https://portal.example.com", "secret_elsewhere"),
        ("http://localhost:8000", "secret_elsewhere"),
        ("http://[::1]:8000", "secret_elsewhere"),
        ("http://portal.example.com", "secret_in_clear"),
        ("http://10.0.0.5", "secret_in_clear"),
    ],
)
def test_a_secret_that_was_typed_came_by_a_private_way_or_not(portal_url, code):
    app = SimpleNamespace(secret_set_at=clock.now())
    kind = SimpleNamespace(consent="oauth2")
    account = SimpleNamespace(kind=kind, current_key=None, is_by_shared_app=False, own=None, app=app)
    assert _private(account, portal_url).code == code


def _private(account, portal_url="https://portal.example.com"):
    scene = SimpleNamespace(account=account, portal_url=portal_url)
    return here.secret_private(SimpleNamespace(scene=scene))


@pytest.mark.variant
def test_before_anything_was_entered_no_secret_can_be_public(portal, sandbox, tenant):
    rows = sheet_of(token_draft(portal, sandbox, tenant)).run({"consent", "secret_private"})
    assert (rows["secret_private"].state, rows["secret_private"].waits_for) == (
        "waiting",
        rows["consent"].title,
    )


def test_no_secret_stands_in_any_row(portal, sandbox, tenant):
    """Nor in what is stored of it; the suite searches databases, logs and pages for what is made here."""
    office = token_office(portal, sandbox, tenant)
    with office.work.read() as session:
        secret = get_secret(session, session.scalars(select(Credential)).one(), "access_token").reveal()
    sheet = sheet_of(office)
    sandbox.state(server_tokens="revoked")
    assert secret not in str(sheet.run())
    keeping.disconnect(sheet.work, sheet.account_id, None, "disconnected")
    assert red(sheet.run({"consent"})) == {"consent": "not_connected"}
