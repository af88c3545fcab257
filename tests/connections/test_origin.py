"""A flow ends with the person, browser, tenant and account it began with (T09, T10, T11)."""

from uuid import uuid4

import pytest

from tests.support import samples
from tests.support.person import Person

ELSEWHERE = "/oauth/ended/elsewhere"


def refused(office, person, back, path=ELSEWHERE):
    """The callback is not taken: no token asked for or kept, and it stays open for its owner."""
    person.get(back)
    assert person.path == path
    assert office.exchanges == 0
    assert office.credentials() == []
    assert office.flows()[0].used_at is None
    return person.page


def test_somebody_else_of_the_tenant(office, member, sign_in):
    back = office.allow(member)
    page = refused(office, sign_in(office.tenant.second), back)
    assert page.h1 == "This was begun somewhere else"
    assert office.audit("flow.rejected") == [{"outcome": "failed", "code": "elsewhere"}]


def test_the_tenants_own_admin(office, member, admin):
    refused(office, admin, office.allow(member))


def test_a_stranger_of_another_tenant(office, member, sign_in):
    back = office.allow(member)
    refused(office, sign_in(office.tenant.stranger), back)
    member.get(back)
    assert office.credential_of(member).jira_name == "ada"


def test_nobody_signed_in(office, member):
    page = refused(office, Person(office.portal), office.allow(member), "/oauth/ended/signed-out")
    assert page.h1 == "You are not signed in here"


def test_the_same_person_in_another_browser(office, member, sign_in):
    refused(office, sign_in(office.tenant.member), office.allow(member))


def test_the_same_browser_after_signing_in_anew(office, member):
    back = office.allow(member)
    member.session.cookies.clear()
    refused(office, member.sign_in(), back)


def test_another_browser_cannot_leave_with_it(office, member, sign_in):
    office.begin(member)
    other = sign_in(office.tenant.member)
    other.get(office.tenant.path(f"flows/{office.flows()[0].id}/leave"))
    assert other.page.h1 == "Waiting for Jira"
    assert "oauth_token" not in other.response.text


@pytest.mark.parametrize("whose", ["own tenant", "other tenant", "nobody's"])
def test_the_path_of_another_account(office, member, whose):
    back = office.allow(member)
    other = {"own tenant": office.tenant, "other tenant": office.tenant.other}.get(whose)
    account_id = samples.account(other) if other else uuid4()
    refused(office, member, back.replace(str(office.account_id), str(account_id)))


def test_only_a_post_begins_a_flow(office, member):
    member.get(f"{office.mine}/connect")
    assert member.status == 405
    member.get(office.path("authorise"))
    assert member.status == 405
    assert office.flows() == []


def test_a_post_without_the_forms_token_begins_nothing(office, member):
    member.session.post(office.portal.base_url + f"{office.mine}/connect", data={}, timeout=30)
    assert office.flows() == []


def test_flows_of_others_are_not_found(office, member, sign_in):
    office.begin(member)
    path = office.tenant.path(f"flows/{office.flows()[0].id}")
    for someone in (office.tenant.admin, office.tenant.second, office.tenant.stranger):
        other = sign_in(someone)
        for page in (path, f"{path}/leave"):
            other.get(page)
            assert other.status == 404


def test_a_member_does_not_authorise_the_account(office, member):
    member.get(office.mine)
    member.post(office.path("authorise"))
    assert member.status == 403
    assert office.flows() == []
