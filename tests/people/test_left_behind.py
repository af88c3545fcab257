"""Who goes, or is no admin any more: what ends by it, and what the others are told of."""

from datetime import timedelta

import pytest

from portal import clock
from portal.alm_accounts.leaving import leave, left_behind
from portal.errors import Refused
from portal.people import invitations, joining, memberships, resets
from tests.people.helpers import events
from tests.support.delivery_rows import delivering_account
from tests.support.person import Person
from tests.support.programs import program_key


@pytest.fixture
def chief(tenant, world):
    """Another admin."""
    someone = world.person("Chris Chief")
    world.join(someone, tenant.id, "admin")
    return someone


@pytest.mark.parametrize("how", ["left", "removed", "made a member"])
def test_invitations_go_with_the_admin_who_made_them(nobody, tenant, chief, how):
    """T06: nobody comes in by the word of somebody who may not invite any more."""
    theirs, made = invitations.make(tenant.work(chief), "one@example.org", "admin")
    others, _ = invitations.make(tenant.work(tenant.admin), "two@example.org", "member")
    if how == "made a member":
        memberships.change_role(tenant.work(tenant.admin), chief.user_id, "member")
    else:
        leave(tenant.work(tenant.admin if how == "removed" else chief), chief.user_id, how)
    with pytest.raises(Refused):
        joining.show(nobody, theirs)
    assert joining.show(nobody, others).email == "two@example.org"
    assert events(tenant.work(), made.id) == ["invitation.made", "invitation.withdrawn"]


def test_made_an_admin_loses_no_invitation(nobody, tenant, chief):
    token, _ = invitations.make(tenant.work(chief), "one@example.org", "member")
    memberships.change_role(tenant.work(tenant.admin), chief.user_id, "admin")
    assert joining.show(nobody, token)


@pytest.mark.parametrize("how", ["left", "removed"])
def test_a_reset_link_an_admin_made_ends_with_the_membership(nobody, tenant, how):
    """An admin may make one for a person who is nowhere else; now the person is not even here."""
    token = resets.make_for_member(tenant.work(tenant.admin), tenant.member.user_id)
    assert resets.show(nobody, token)
    leave(tenant.work(tenant.admin), tenant.member.user_id, how)
    with pytest.raises(Refused):
        resets.show(nobody, token)


def test_what_is_told_before(tenant, chief, portal):
    """On both pages: open invitations, and keys that work, whose text the person has seen."""
    account_id, now = delivering_account(tenant), clock.now()
    for email in ("one@example.org", "two@example.org"):
        invitations.make(tenant.work(chief), email, "member")
    live = program_key(tenant, [account_id], made_by=chief.user_id, name="Nightly builds")
    program_key(tenant, [account_id], made_by=chief.user_id, revoked_at=now)
    program_key(tenant, [account_id], made_by=chief.user_id, ends_at=now - timedelta(days=1))
    program_key(tenant, [account_id])
    found = left_behind(tenant.work(tenant.admin), chief.user_id)
    assert (found.invitations, found.keys) == (2, [(live.id, "Nightly builds")])
    assert left_behind(tenant.other.work(tenant.stranger), chief.user_id).keys == []
    assert left_behind(tenant.work(chief), tenant.member.user_id).invitations == 0

    admin = Person.of(portal, tenant.admin)
    admin.get(tenant.path(f"people/{chief.user_id}/remove"))
    assert "Chris Chief has seen 1 program key" in admin.page.text
    assert "2 invitations they made" in admin.page.text
    assert admin.click("Nightly builds").h1 == "Nightly builds"
    leaving = Person.of(portal, chief)
    leaving.get(tenant.path("people/leave"))
    assert "Nightly builds" in leaving.page.text and "2 invitations you made" in leaving.page.text
    leaving.submit(f"Leave {tenant.name}")
    assert leaving.path == "/"
    admin.get(tenant.path("programs/"))
    assert "Chris Chief (has left)" in admin.page.text
    assert invitations.list_open(tenant.work(tenant.admin)) == []
