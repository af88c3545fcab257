"""The way of an admin and a member to a Jira by personal access tokens or passwords (rows B4, B5)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from portal import clock
from portal.alm_accounts import accounts
from portal.sandbox.people import USERS
from portal.store.tables import Credential
from tests.support import canaries
from tests.support.tokens import token_draft, token_office

pytestmark = pytest.mark.on_both(
    "test_from_add_to_saved",
    "test_member_and_stranger_come_nowhere_near",
)


@pytest.fixture
def draft(portal, sandbox, tenant):
    return token_draft(portal, sandbox, tenant)


def new_pat(sandbox, user="admin", **more):
    return canaries.add(sandbox.make_pat(user, **more))


def fill(office, person, button="Connect", **fields):
    person.get(office.path("set-up"))
    person.submit(button, **fields)
    return person.page


def test_from_add_to_saved(sandbox, tenant, admin):
    admin.get(tenant.path("alm-accounts/new"))
    admin.submit("Set up Jira Server token")
    pat = new_pat(sandbox)
    admin.submit("Connect", base_url=sandbox.url, secret=pat)
    assert admin.path.endswith("/identity"), admin.page.text[:400]
    assert "Avery Admin" in admin.page.text and "admin@example.com" in admin.page.text
    admin.submit("Yes, use this identity and test it")
    assert "identity proved, Jira 9.12.15, and a made-up token was refused" in admin.page.text
    admin.submit("Save")
    assert "is saved" in admin.page.text and "Connected" in admin.page.text
    assert "A personal access token, which can do all that its user can do" in admin.page.text
    [account] = accounts.accounts(tenant.work(tenant.admin))
    told = account.own.expires_at - clock.now()
    assert timedelta(days=89) < told <= timedelta(days=90), "Jira told when the token ends"
    assert pat not in admin.response.text


def test_by_user_name_and_password(draft, admin):
    user = USERS["admin"]
    fill(draft, admin, method="password", login=user.name, secret=user.password)
    assert admin.path == draft.path("identity"), admin.page.text[:400]
    admin.submit("Yes, use this identity and test it")
    assert "and a call without a credential was refused" in admin.page.text
    admin.submit("Save")
    assert "The password of admin" in admin.page.text
    own = draft.account.own
    assert (own.method, own.login, own.expires_at) == ("password", "admin", None)


def test_the_end_that_jira_tells_wins_over_the_one_typed(draft, sandbox, admin):
    typed = (clock.now() + timedelta(days=10)).date()
    fill(draft, admin, secret=new_pat(sandbox), ends_on=typed.isoformat())
    assert draft.account.pending.expires_at.date() > typed


@pytest.mark.parametrize("said", ["not_found", "forbidden"])
def test_where_jira_tells_no_end_the_one_typed_counts(draft, sandbox, admin, said):
    sandbox.state(pat_interface=said)
    typed = (clock.now() + timedelta(days=10)).date()
    fill(draft, admin, secret=new_pat(sandbox), ends_on=typed.isoformat())
    assert draft.account.pending.expires_at.astimezone(UTC).date() == typed


def test_the_guide_stands_beside_the_form(draft, sandbox, admin):
    page = admin.get(draft.path("set-up"))
    link = page.link("Open your Jira profile (opens a new tab)")
    assert link == f"{sandbox.url}/secure/ViewProfile.jspa"
    assert "Personal Access Tokens" in page.text and page.value("#token-name") == "Almoner"
    assert "can do all that its user can do" in page.text


def test_a_member_connects_with_a_token_of_their_own(portal, sandbox, tenant, sign_in):
    office = token_office(portal, sandbox, tenant)
    member = sign_in(tenant.member)
    member.get(office.mine)
    assert not member.page.has("Get OAuth token")
    office.connect(tenant.member, "grace")
    member.get(office.mine)
    assert "Grace Okafor" in member.page.text
    member.submit("Test connection")
    assert "The connection works" in member.page.text


def test_member_and_stranger_come_nowhere_near(portal, sandbox, tenant, sign_in):
    office = token_office(portal, sandbox, tenant)
    for someone, status in ((tenant.member, 403), (tenant.stranger, 404)):
        person = sign_in(someone)
        for page in ("", "set-up", "identity", "fields", "settings"):
            person.get(office.path(page))
            assert person.status == status, page


def test_a_new_token_for_the_account_waits_until_it_is_confirmed(portal, sandbox, tenant, admin):
    office = token_office(portal, sandbox, tenant)
    before = office.account.own.id
    fill(office, admin, secret=new_pat(sandbox, "linus"))
    assert (office.account.own.id, office.account.pending.display_name[:5]) == (before, "Linus")
    admin.submit("No, erase it")
    account = office.account
    assert (account.own.id, account.pending) == (before, None)


def test_another_address_ends_every_token_and_sends_none_there(portal, sandbox, tenant, admin):
    office = token_office(portal, sandbox, tenant)
    office.connect(tenant.member)
    admin.get(office.path("settings"))
    admin.submit("Save settings", base_url=sandbox.url.replace("localhost", "127.0.0.1"))
    account = office.account
    assert (account.own.state, account.own.code, account.people) == ("ended", "address_changed", 0)
    assert all(row.access_token is None for row in office.credentials())


def test_a_token_that_ended_says_so(portal, sandbox, tenant, admin):
    office = token_office(portal, sandbox, tenant)

    with office.work.write() as session:
        ended = update(Credential).where(Credential.account_id == office.account_id)
        session.execute(ended.values(expires_at=datetime(2020, 1, 1, tzinfo=UTC)))
    admin.get(office.path())
    assert "The token has reached its end date" in admin.page.text
    fill(office, admin, secret=new_pat(sandbox))
    admin.submit("Yes, use this identity and test it")
    assert office.account.own.state == "connected"
