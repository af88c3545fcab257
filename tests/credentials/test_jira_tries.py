"""A wrong password is not sent to Jira until Jira asks for a captcha."""

from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.alm_accounts.testing import run_test
from portal.credentials.token_drafts import Typed
from portal.kinds.methods import PASSWORD, PAT
from portal.sandbox.people import USERS
from portal.secret import Secret
from portal.store.work import Work
from tests.support import canaries
from tests.support.accounts import at_browser
from tests.support.tokens import TokenOffice, token_office

pytestmark = pytest.mark.on_both(
    "test_nobody_uses_up_what_somebody_else_may_try",
)

TEST = "Test connection"


@pytest.fixture
def office(portal, sandbox, tenant) -> TokenOffice:
    """An account with its own credential, to which people may connect by what they paste."""
    made = token_office(portal, sandbox, tenant)
    made.sandbox.clear_requests()
    return made


def sent(office: TokenOffice) -> int:
    """How many calls reached Jira since last asked."""
    count = len(office.sandbox.requests())
    office.sandbox.clear_requests()
    return count


def wrong(jira_user: str, secret: str = "not the password") -> Typed:
    return Typed(PASSWORD, jira_user, Secret(secret), None)


def test_story(office, sign_in, tenant):
    """Mel forgot the password of Ada's Jira user; Jira would ask for a captcha after three wrong ones."""
    mel = sign_in(tenant.member)
    mel.get(f"{office.mine}/token")
    typed = {"method": PASSWORD, "login": "ada", "secret": canaries.new("typed")}
    for _ in range(2):
        mel.submit(TEST, **typed)
        assert "does not accept the user name and password" in mel.page.text and sent(office)
    mel.submit(TEST, **typed)
    assert mel.status == 409 and not sent(office)
    assert "Nothing was sent to Jira" in mel.page.text and "Wait 15 minutes" in mel.page.text
    assert mel.page.value("#login") == "ada" and typed["secret"] not in mel.page.html
    mel.submit(TEST, **typed | {"secret": USERS["ada"].password})
    assert mel.status == 409 and not sent(office), "nothing is sent, so nobody knows which one is right"
    mel.submit(TEST, **typed | {"login": "grace", "secret": USERS["grace"].password})
    assert mel.page.h1 == "Connected as Grace Okafor", "another Jira user has not been tried"
    mel.get(f"{office.mine}/token")
    with time_machine.travel(clock.now() + timedelta(minutes=15)):
        mel.submit(TEST, **typed | {"secret": USERS["ada"].password})
    assert mel.page.h1 == "Connected as Ada Lindqvist", "no captcha stood in the way"


def test_nobody_uses_up_what_somebody_else_may_try(office, tenant):
    for _ in range(3):
        outcome = office.try_typed(tenant.member, wrong("ada"))
    assert outcome.code == "tried_too_often"
    assert office.try_typed(tenant.second, office.typed("ada", PASSWORD)).credential_id
    assert office.try_typed(None, office.typed("ada", PASSWORD)).credential_id


def test_whoever_goes_through_users_comes_to_an_end_as_well(office, tenant):
    codes = [office.try_typed(tenant.member, wrong(f"user-{number}")).code for number in range(7)]
    assert codes == ["password_refused"] * 6 + ["tried_too_often"]


def test_only_wrong_ones_count(office, tenant):
    """A Jira that is away, and what is right, are tried as often as anybody likes."""
    office.sandbox.state(status_5xx=502)
    codes = {office.try_typed(tenant.member, office.typed("ada", PASSWORD)).code for _ in range(4)}
    assert len(codes) == 1 and "tried_too_often" not in codes
    office.sandbox.state(status_5xx=0)
    for _ in range(4):
        assert office.try_typed(tenant.member, office.typed("ada", PASSWORD)).credential_id
    for _ in range(6):
        assert office.try_typed(tenant.member, office.typed("ada", PAT)).credential_id


def test_testing_what_is_stored_sends_no_third_either(office, tenant):
    office.connect(tenant.member, "ada", PASSWORD)
    office.sandbox.set_password("ada", "changed meanwhile")
    work: Work = at_browser(tenant, tenant.member)
    ends = [run_test(work, office.registry, office.account_id, tenant.member.user_id) for _ in range(3)]
    assert [end.code for end in ends] == ["password_refused"] * 2 + ["tried_too_often"]
    sent(office)
    assert not run_test(work, office.registry, office.account_id, tenant.member.user_id).passed
    assert not sent(office)


def test_one_that_works_is_tested_as_often_as_anybody_likes(office, tenant):
    office.connect(tenant.member, "ada", PASSWORD)
    work = at_browser(tenant, tenant.member)
    for _ in range(4):
        assert run_test(work, office.registry, office.account_id, tenant.member.user_id).passed
