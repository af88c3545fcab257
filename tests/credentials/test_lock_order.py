"""Two at once on the same rows, in the orders people cause: nobody waits in a ring, the chain stays whole."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.alm_accounts import leaving
from portal.audit.log import verify
from portal.credentials import access_tokens, keeping
from portal.errors import PortalError
from portal.jira.answers import JiraTrouble
from tests.credentials.rotation import expire
from tests.support.cloud import cloud_office

ROUNDS = 6


@pytest.fixture
def office(portal, sandbox, tenant):
    return cloud_office(portal, sandbox, tenant)


def quietly(act):
    """What may be refused in a race, and nothing else: a deadlock is no refusal."""
    try:
        return act()
    except (PortalError, JiraTrouble):
        return None


def both(*acts):
    with ThreadPoolExecutor(len(acts)) as threads:
        for done in [threads.submit(quietly, act) for act in acts]:
            done.result(60)


def is_whole(office):
    with office.work.read() as session:
        return verify(session)[1] is None


def test_one_connects_in_a_tab_and_disconnects_in_another(office):
    member = office.tenant.member
    for _ in range(ROUNDS):
        office.connect(member, "grace")
        both(
            lambda: office.consent(member, "person", "grace"),
            lambda: keeping.disconnect(office.work, office.account_id, member.user_id, "disconnected"),
        )
    assert is_whole(office)


def test_a_grant_is_renewed_while_its_person_leaves(office):
    member = office.tenant.member
    grant = office.grant_of(office.connect(member, "grace"))
    expire(office, grant.id)
    both(
        lambda: access_tokens.access_token(office.work, office.registry, grant.id),
        lambda: leaving.leave(office.work, member.user_id, "removed"),
    )
    assert [row.id for row in office.grants()] != [grant.id]
    assert is_whole(office)


def test_the_account_and_a_person_connect_at_once_on_one_grant(office):
    member = office.tenant.member
    for _ in range(ROUNDS):
        both(
            lambda: office.consent(office.tenant.admin, "account", "grace"),
            lambda: office.consent(member, "person", "grace"),
            lambda: keeping.disconnect(office.work, office.account_id, None, "erased", only_pending=True),
        )
    assert is_whole(office)
    resting = {view.grant_id for view in (office.account.own, office.account.pending) if view}
    assert resting <= {row.id for row in office.grants()}
