"""Is this the account you meant? Until an admin says so, the former token serves (T14; row A7)."""

from uuid import uuid4

import pytest

from portal.alm_accounts import accounts
from portal.alm_accounts.testing import run_test
from portal.credentials.acting_as import NotConnected, acting_as
from portal.store.tables import AlmAccount
from tests.support import samples
from tests.support.sandbox import JiraBrowser

pytestmark = pytest.mark.on_both(
    "test_another_admin_may_answer",
    "test_only_what_waits_can_be_confirmed",
    "test_a_member_does_not_confirm",
)

YES = "Yes, use this identity and test it"
TOO_LATE = "waits for your word no longer"


@pytest.fixture
def waiting(office, admin):
    """The admin before the question, Jira's token waiting."""
    admin.get(office.allow(admin, "admin", own=True))
    assert admin.page.h1 == "Is this the account you meant?"
    return admin


def states(office):
    return [(row.state, row.jira_name) for row in office.credentials()]


def test_before_the_answer_nothing_serves(office, waiting):
    assert states(office) == [("pending", "admin")]
    with pytest.raises(NotConnected), acting_as(office.work, office.registry, office.account_id, None):
        pass
    assert run_test(office.work, office.registry, office.account_id, None).code == "not_connected"


def test_yes_makes_it_the_accounts_own_and_tests_it(office, waiting):
    waiting.submit(YES)
    assert "Test passed: identity proved, Jira 9.12.15" in waiting.response.text
    assert states(office) == [("active", "admin")]
    assert office.account.tested_at is not None


def test_no_erases_it(office, waiting):
    waiting.submit("No, erase it")
    assert "That token is erased" in waiting.response.text
    assert states(office) == []
    assert office.audit("credential.ended")[-1]["why"] == "not_the_one_meant"


def test_after_no_the_old_result_page_leads_on(office, waiting):
    page = waiting.path
    office.edit(AlmAccount, saved_at=None)
    waiting.submit("No, erase it")
    waiting.get(page)
    assert waiting.path == office.path("set-up")


def test_reauthorising_keeps_the_old_token_until_yes(office, waiting):
    waiting.submit(YES)
    former = office.secret(office.credentials()[0])
    waiting.get(office.path())
    waiting.submit("Reauthorise")
    [link] = [a["href"] for a in waiting.page.soup.select("main a[href*=oauth_token]")]
    waiting.get(JiraBrowser(office.sandbox, "grace").allow(link))
    assert sorted(states(office)) == [("active", "admin"), ("pending", "grace")]
    with acting_as(office.work, office.registry, office.account_id, None) as acting:
        assert acting.jira.myself().name == "admin"
    waiting.submit(YES)
    assert states(office) == [("active", "grace")]
    assert office.secret(office.credentials()[0]) != former


def test_no_to_the_new_one_keeps_the_old_one(office, waiting):
    waiting.submit(YES)
    waiting.get(office.allow(waiting, "grace", own=True))
    waiting.submit("No, erase it")
    assert states(office) == [("active", "admin")]


def test_another_admin_may_answer(office, waiting, sign_in):
    other = office.portal.world.person("Otto Other")
    office.portal.world.join(other, office.tenant.id, "admin")
    second = sign_in(other)
    second.get(office.path("set-up"))
    assert "A token waits for your word" in second.page.text
    second.submit("Yes, act as Avery Admin")
    assert states(office) == [("active", "admin")]
    second.get(office.path())
    assert "Authorised by Ada Admin" in second.page.text


def test_yes_twice_leads_back_to_the_account(office, waiting):
    form, _ = waiting.page.button(YES)
    waiting.submit(YES)
    waiting.get(office.path())
    waiting.post(form["action"])
    assert TOO_LATE in waiting.page.text
    assert states(office) == [("active", "admin")]


def test_only_what_waits_can_be_confirmed(office, waiting, sign_in):
    """Neither a stranger's, nor another tenant's, nor a person's own credential becomes the account's."""
    credential_id = office.credentials()[0].id
    elsewhere = samples.credential(office.tenant.other, samples.account(office.tenant.other))
    personal = samples.credential(office.tenant, office.account_id, office.tenant.second.user_id)
    waiting.get(office.path("set-up"))
    for other in (elsewhere, personal, uuid4()):
        waiting.post(office.path(f"identity/{other}/confirm"))
        assert TOO_LATE in waiting.page.text
        waiting.get(office.path("set-up"))
    stranger = sign_in(office.tenant.stranger)
    stranger.get("/profile/sign-ins")
    stranger.post(office.path(f"identity/{credential_id}/confirm"))
    assert stranger.status == 404
    assert ("pending", "admin") in states(office)


def test_a_member_does_not_confirm(office, waiting, member):
    member.get(office.mine)
    member.post(office.path(f"identity/{office.credentials()[0].id}/confirm"))
    assert member.status == 403


def test_confirmed_under_another_account_it_goes_on_waiting(office, waiting):
    other = samples.account(office.tenant)
    waiting.post(office.tenant.path(f"alm-accounts/{other}/identity/{office.credentials()[0].id}/confirm"))
    assert states(office) == [("pending", "admin")]


def test_a_token_that_waits_never_goes_to_another_jira(office, waiting):
    """The address changes while the question stands: a late yes must not send the token there (T11)."""
    there = {"base_url": office.sandbox.url.replace("localhost", "127.0.0.1")}
    accounts.change(office.work, office.registry.outbound.wire, office.account_id, there)
    waiting.submit(YES)
    assert TOO_LATE in waiting.page.text
    assert states(office) == []


def test_a_jira_that_went_away_after_the_question(office, waiting):
    office.sandbox.state(down=True)
    waiting.submit(YES)
    assert waiting.status == 409
    assert "Jira is down for maintenance" in waiting.page.text
    assert office.account.tested_at is None
    assert office.account.own is None, "what was never proved serves nobody"
    office.sandbox.state(down=False)
    waiting.submit("Test again and use it")
    assert "Test passed" in waiting.page.text
    assert office.account.own
