"""The site a person picks at a consent, where it is another than the one that was typed."""

import pytest
from sqlalchemy import update

from portal.alm_accounts import sites
from portal.store.tables import Credential, Grant
from tests.support.cloud import CloudOffice, cloud_office


@pytest.fixture
def moving(portal, sandbox, tenant) -> CloudOffice:
    """An account in use whose site was typed anew, which a member has connected to since."""
    sandbox.state(account_level_grants=True)
    office = cloud_office(portal, sandbox, tenant)
    office.consent(tenant.admin, "account", "admin", "globex")
    sites.set_site(office.work, office.registry, office.account_id, sandbox.sites["globex"])
    office.consent(tenant.member, "person", "grace", "globex")
    assert office.account.people == 1
    return office


def pick(office: CloudOffice, site: str) -> None:
    """Authorise the account anew at both sites, and pick one."""
    office.consent(office.tenant.admin, "account", "admin", "acme")
    flow = office.consent(office.tenant.admin, "account", "admin", "globex")
    assert flow.credential_id is not None, flow.outcome
    sites.pin_site(
        office.work, office.registry, office.account_id, flow.credential_id, office.sandbox.cloud_ids[site]
    )


def mine(office: CloudOffice):  # type: ignore[no-untyped-def]
    with office.work.read() as session:
        rows = session.query(Credential).where(Credential.user_id == office.tenant.member.user_id)
        return [(row.state, row.ended_why) for row in rows]


def test_another_site_than_the_typed_one_ends_what_people_connected(moving: CloudOffice) -> None:
    before = moving.account
    pick(moving, "acme")
    after = moving.account
    assert mine(moving) == [("ended", "address_changed")]
    assert after.version > before.version and after.tested_at is None
    assert (after.base_url, after.site.is_pinned) == (moving.sandbox.sites["acme"], True)
    assert after.pending is not None, "what was just consented to goes on"


def test_the_typed_site_ends_nothing(moving: CloudOffice) -> None:
    before = moving.account
    pick(moving, "globex")
    assert mine(moving) == [("active", None)]
    assert moving.account.version == before.version


def test_a_site_told_by_an_odd_address_keeps_the_typed_one(portal, sandbox, tenant) -> None:
    """Atlassian may tell a site by an address that is not at atlassian.net; nothing is asked of it."""
    office = cloud_office(portal, sandbox, tenant)
    sites.set_site(office.work, office.registry, office.account_id, sandbox.sites["globex"])
    sites.set_site(office.work, office.registry, office.account_id, sandbox.sites["acme"])
    flow = office.consent(tenant.admin, "account", "admin")
    told = {"id": sandbox.cloud_ids["acme"], "name": "acme", "url": sandbox.url}
    with office.work.write() as session:
        session.execute(update(Grant).values(sites=[told]))
    sandbox.clear_requests()
    sites.pin_site(office.work, office.registry, office.account_id, flow.credential_id, told["id"])
    assert (office.account.base_url, office.account.site.is_pinned) == (sandbox.sites["acme"], True)
    assert sandbox.requests() == []
