import pytest

from portal import clock
from portal.alm_accounts.leaving import leave
from portal.errors import FieldErrors, NotHere, Refused
from portal.people import memberships, resets, tenants
from tests.people.helpers import at_once, events, set_user


def roles(tenant) -> dict:
    return {one.user_id: one.role for one in memberships.list_members(tenant.work())}


def test_story(tenant):
    work = tenant.work(tenant.admin)
    memberships.change_role(work, tenant.member.user_id, "admin")
    memberships.change_role(work, tenant.admin.user_id, "member")
    assert roles(tenant)[tenant.member.user_id] == "admin"
    assert roles(tenant)[tenant.admin.user_id] == "member"
    assert events(tenant.work()) == ["member.role_changed"] * 2


def test_list_is_of_this_tenant_only(tenant):
    here = {tenant.admin.user_id, tenant.member.user_id, tenant.second.user_id}
    assert set(roles(tenant)) == here


def test_same_role_again_is_no_event(tenant):
    memberships.change_role(tenant.work(tenant.admin), tenant.member.user_id, "member")
    assert events(tenant.work()) == []


@pytest.mark.parametrize("role", ["", "owner", "Admin", "support", "admin "])
def test_made_up_role(tenant, role):
    """T04."""
    with pytest.raises(FieldErrors):
        memberships.change_role(tenant.work(tenant.admin), tenant.member.user_id, role)


def test_people_of_elsewhere_do_not_exist(tenant):
    work = tenant.work(tenant.admin)
    for call in (
        lambda: memberships.change_role(work, tenant.stranger.user_id, "member"),
        lambda: memberships.member(work, tenant.stranger.user_id),
        lambda: leave(work, tenant.stranger.user_id, "removed"),
        lambda: resets.make_for_member(work, tenant.stranger.user_id),
    ):
        with pytest.raises(NotHere):
            call()
    assert roles(tenant.other)[tenant.stranger.user_id] == "admin"


@pytest.mark.parametrize("how", ["demoted", "left", "removed"])
def test_last_admin_cannot_go(tenant, how):
    """T04."""
    work = tenant.work(tenant.admin)
    with pytest.raises(Refused, match="only admin"):
        if how == "demoted":
            memberships.change_role(work, tenant.admin.user_id, "member")
        else:
            leave(work, tenant.admin.user_id, how)
    assert roles(tenant)[tenant.admin.user_id] == "admin"


def test_a_disabled_admin_does_not_count(tenant):
    work = tenant.work(tenant.admin)
    memberships.change_role(work, tenant.member.user_id, "admin")
    set_user(work, tenant.member.user_id, disabled_at=clock.now())
    with pytest.raises(Refused, match="only admin"):
        leave(work, tenant.admin.user_id, "left")
    leave(work, tenant.member.user_id, "removed")


@pytest.mark.parametrize("ways", [("demote", "demote"), ("leave", "leave"), ("demote", "leave")])
def test_two_admins_going_at_once(tenant, ways):
    """T04: one of them stays."""
    memberships.change_role(tenant.work(), tenant.member.user_id, "admin")
    work = tenant.work()

    def go(way, someone):
        if way == "demote":
            memberships.change_role(work, someone.user_id, "member")
        else:
            leave(work, someone.user_id, "left")

    ends = at_once([lambda: go(ways[0], tenant.admin), lambda: go(ways[1], tenant.member)])
    assert ends == {"ok": 1, "Refused": 1}
    assert list(roles(tenant).values()).count("admin") == 1


def test_who_has_left_enters_no_more(nobody, tenant):
    leave(tenant.work(tenant.member), tenant.member.user_id, "left")
    assert tenants.membership_by_slug(nobody, tenant.slug, tenant.member.user_id) is None
    with pytest.raises(NotHere):
        leave(tenant.work(tenant.member), tenant.member.user_id, "left")
    assert events(tenant.work(), tenant.member.user_id) == ["member.left"]
