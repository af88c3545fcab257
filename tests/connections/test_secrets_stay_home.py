"""A password or token goes nowhere but where its owner meant it to go, and no oftener than it helps."""

import pytest
from sqlalchemy import select

from portal.alm_accounts import accounts, testing
from portal.alm_accounts.testing import run_test
from portal.credentials import erasing
from portal.credentials.acting_as import NotConnected, acting_as
from portal.jira.answers import JiraTrouble
from portal.kinds.methods import PASSWORD, PAT
from portal.sandbox.people import USERS
from portal.store.tables import Credential
from tests.support import canaries
from tests.support.accounts import at_browser
from tests.support.cloud import cloud_office
from tests.support.tokens import token_office

TEST = "Test connection"


def test_a_password_that_was_changed_is_tried_once_not_with_every_page(portal, sandbox, tenant, sign_in):
    """Jira asks for a captcha after a few wrong ones, and the person could not even sign in there."""
    office = token_office(portal, sandbox, tenant)
    office.connect(tenant.member, "ada", PASSWORD)
    sandbox.set_password("ada", canaries.new("password"))
    work = at_browser(tenant, tenant.member)
    met = []
    for _ in range(5):
        with pytest.raises((JiraTrouble, NotConnected)) as refused:  # noqa: SIM117 - one use each
            with acting_as(work, office.registry, office.account_id, tenant.member.user_id) as acting:
                acting.jira.myself()
        met.append(type(refused.value))
    assert met == [JiraTrouble] + [NotConnected] * 4
    sandbox.set_password("ada", USERS["ada"].password)
    assert run_test(work, office.registry, office.account_id, tenant.member.user_id).passed
    with acting_as(work, office.registry, office.account_id, tenant.member.user_id) as acting:
        assert acting.jira.myself().name == "ada"


def test_a_token_that_was_held_is_never_sent_as_a_password(portal, sandbox, tenant, sign_in):
    office = token_office(portal, sandbox, tenant)
    member = sign_in(tenant.member)
    member.get(f"{office.mine}/token")
    member.submit(TEST, method=PAT, secret=canaries.new("wrongTokenThatNobodyHas"))
    assert member.status == 409
    sandbox.clear_requests()
    for _ in range(2):
        member.submit(TEST, method=PASSWORD, login="ada", secret="")
        assert member.status == 422 and "Enter the password" in member.page.text
    assert sandbox.requests() == []


def test_nobody_gives_a_password_to_an_address_they_did_not_see(portal, sandbox, tenant, sign_in):
    office = token_office(portal, sandbox, tenant)
    member = sign_in(tenant.member)
    member.get(f"{office.mine}/token")
    elsewhere = sandbox.url + "/jira"
    accounts.change(office.work, office.registry.outbound.wire, office.account_id, {"base_url": elsewhere})
    sandbox.clear_requests()
    member.submit(TEST, method=PASSWORD, login="ada", secret=USERS["ada"].password)
    assert member.status == 422 and f"changed the address of this account to {elsewhere}" in member.page.text
    assert sandbox.requests() == []


def test_what_was_erased_while_a_test_ran_stays_erased(portal, sandbox, tenant):
    office = cloud_office(portal, sandbox, tenant)
    credential_id = office.connect(tenant.member, "grace")
    work = at_browser(tenant, tenant.member)
    with acting_as(work, office.registry, office.account_id, tenant.member.user_id) as acting:
        result = testing._try(acting)
        erasing.erase_closed(work, credential_id)
    with work.write() as session:
        testing._note(session, work, office.account_id, tenant.member.user_id, acting, result)
    with work.read() as session:
        row = session.scalars(select(Credential).where(Credential.id == credential_id)).one()
    assert (row.state, row.jira_display_name, row.jira_email) == ("ended", "Closed account", "")
