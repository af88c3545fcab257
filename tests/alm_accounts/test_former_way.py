"""The days after an account was changed: one remedy for what breaks of the former way, and who is left."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock
from portal.alm_accounts import old_way, reminding
from portal.alm_accounts.former_ways import mended_by
from portal.credentials.problems import problem
from portal.mail.outbox import KIND
from portal.store.tables import Credential, Reminder
from tests.alm_accounts.test_connected_people import names, path, row
from tests.alm_accounts.test_ending_warnings import work_off
from tests.mail.conftest import mail_settings
from tests.support.conversions import PAIRS, changing
from tests.support.person import Person
from tests.support.portals import serve
from tests.support.post import post_office
from tests.support.tokens import TokenOffice

[TO_OAUTH2] = [pair for pair in PAIRS if pair.name == "token-to-oauth2"]


@pytest.fixture
def change(portal, sandbox, tenant):
    return changing(portal, sandbox, tenant, TO_OAUTH2)


def test_a_revoked_token_of_the_former_way_has_one_remedy(change, sandbox, sign_in):
    tenant = change.tenant
    office = TokenOffice(change.portal, sandbox, tenant, change.account_id)
    token = office.typed("ada", ends_at=clock.now() + timedelta(days=60))
    office.try_typed(tenant.member, token)
    change.connect_old(tenant.second, "grace")
    board = change.add_board()
    admin, member = sign_in(tenant.admin), sign_in(tenant.member)
    change.switch(admin)
    sandbox.end_pat(token.secret.reveal())
    pages = [member.get(board), member.get(change.mine), member.submit("Test connection")]
    for page, text in enumerate(page.text for page in pages):
        assert "Jira does not accept the personal access token" in text, page
        assert "Reconnect: this account connects by Jira Data Center OAuth 2.0 now" in text, page
        wrong = ("Make a new token", "enter it here", "goes on serving", "Press Change", "Get OAuth token")
        assert [words for words in wrong if words in text] == [], page
    member.get(change.tenant.path("profile/alm-credentials/"))
    assert member.page.has(f"Reconnect {change.account.name}")
    admin.get(tenant.path())
    assert "Jira Data Center OAuth 2.0" in admin.page.text
    people = {td["data-label"]: td.get_text(strip=True) for td in admin.page.soup.select("td[data-label]")}
    assert people["People connected"] == "1"
    admin.get(change.path())
    assert "0 of 2 people are connected the new way; 1 older connection serves" in admin.page.text
    assert "1 older connection works no longer" in admin.page.text
    change.reconnect(member, "ada")
    assert "Connected" in member.page.text


@pytest.mark.parametrize(
    ("code", "is_mended_anew"),
    [
        ("pat_refused", True),
        ("token_ended", True),
        ("token_revoked", True),
        ("consumer_key_unknown", True),
        ("user_disabled", False),
        ("unreachable", False),
        ("tls_expired", False),
        ("rate_limited", False),
        ("client_refused", False),
    ],
)
def test_what_is_the_matter_with_the_road_or_the_user_stays_as_it_is(code, is_mended_anew):
    known = problem(code, is_cloud=False)
    mended = mended_by(known, "Jira Data Center OAuth 2.0")
    assert (mended != known) is is_mended_anew
    assert (mended.title, mended.cause) == (known.title, known.cause)


def test_a_broken_token_of_the_account_waits_for_the_end_of_the_change(change, sign_in):
    """Nothing is offered that cannot be pressed, and the way out is."""
    admin = sign_in(change.tenant.admin)
    change.begin(admin)
    own = (Credential.account_id == change.account_id) & Credential.user_id.is_(None)
    with change.work.write() as session:
        session.execute(update(Credential).where(own).values(expires_at=clock.now()))
    page = admin.get(change.path())
    assert "The token has reached its end date" in page.text
    assert "takes no other token for the way that serves now" in page.text
    assert "Reauthorise" not in page.text and not page.has("Paste a new token")
    admin.click("cancel it")
    admin.submit("Cancel the change")
    assert admin.page.has("Paste a new token")


def test_who_is_left_is_found_and_reminded_once(empty_database, sandbox):
    with post_office() as letters, serve(empty_database, **mail_settings(letters)) as portal:
        change = changing(portal, sandbox, portal.world.tenant(), TO_OAUTH2)
        tenant = change.tenant
        early = change.connect_old(tenant.member, "ada")
        change.connect_old(tenant.second, "grace")
        with change.work.write() as session:  # of something else, before
            reminder = {"account_id": change.account_id, "user_id": tenant.second.user_id}
            session.add(Reminder(**reminder, sent_at=clock.now()))
        admin = Person.of(portal, tenant.admin)
        change.switch(admin)
        ends = clock.now() + timedelta(days=5)
        with change.work.write() as session:
            session.execute(update(Credential).where(Credential.id == early).values(expires_at=ends))
        page = admin.get(path(tenant, change.account_id))
        assert "2 people connected the former way and have to reconnect" in page.text
        assert sorted(names(admin.click("Former way (2)"))) == sorted(
            [tenant.member.name, tenant.second.name]
        )
        assert f"ends {ends.day} {ends:%b %Y}" in row(admin.page, tenant.member)["Connected by"]
        assert "former way" not in row(admin.page, tenant.member)["Connected by"]
        assert "with the former way" in row(admin.page, tenant.second)["Connected by"]
        admin.submit("Remind all 3 who have to connect")
        assert row(admin.page, tenant.second)["Reminder"].startswith("Reminded")
        assert reminding.remind(change.work, change.account).sent == 0
        work_off(portal, KIND)
        [text] = letters.texts(tenant.second.email)
        last = old_way.preset_day()
        assert f"what you have serves until the end of {last.day} {last:%B %Y} (UTC)" in text
