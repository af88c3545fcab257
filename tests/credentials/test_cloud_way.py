"""Jira Cloud by consent: the account and a person connect, and grants are shared, kept and ended."""

from portal.credentials.acting_as import acting_as
from tests.support.cloud import cloud_office


def test_account_and_person_connect(portal, sandbox, tenant):
    office = cloud_office(portal, sandbox, tenant)
    assert office.account.state == "connected"
    office.connect(tenant.member, "grace")
    work = tenant.work(tenant.member)
    with acting_as(work, office.registry, office.account_id, tenant.member.user_id) as acting:
        assert acting.jira.myself().display_name == "Grace Okafor"
    assert len(office.grants()) == 2
