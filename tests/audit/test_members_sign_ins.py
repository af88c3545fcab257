"""A tenant's admins see how its members came in, from the day each joined, and of nobody else."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal import clock
from portal.audit.log import record
from portal.audit.members_sign_ins import WantedSignIns, read_sign_ins
from portal.store.tables import Membership
from portal.store.work import Actor, Work
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.world import Someone, TenantWorld

SignIn = Callable[[Someone], Person]


def failed(tenant: TenantWorld, someone: Someone, request_id: str) -> None:
    """Somebody typed a wrong password for this person."""
    work = Work(tenant.store, None, Actor("portal", request_id=request_id))
    with work.write() as session:
        record(session, work, "sign_in.failed", outcome="failed", subject_id=someone.user_id)


@pytest.fixture
def told(tenant: TenantWorld) -> TenantWorld:
    """The member joined a day ago; wrong passwords were typed before and since, and for a stranger."""
    with tenant.work().write() as session:
        joined = session.get_one(Membership, (tenant.id, tenant.member.user_id))
        joined.joined_at = clock.now() - timedelta(days=1)
    failed(tenant, tenant.member, "since")
    failed(tenant, tenant.stranger, "a-stranger")
    return tenant


def test_an_admin_follows_one_person(portal: Portal, told: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(told.admin)
    admin.get(told.path("activity/"))
    admin.click("Sign-ins of members")
    lines = [" ".join(one.get_text(" ").split()) for one in admin.page.soup.select(".timeline li")]
    assert any("Mel Member Sign-in failed request since" in line and "Failed" in line for line in lines)
    assert any("Ada Admin Signed in" in line for line in lines)
    assert "a-stranger" not in admin.page.text
    admin.get(told.path(f"activity/sign-ins?person={told.member.user_id}"))
    assert "Ada Admin" not in " ".join(one.get_text() for one in admin.page.soup.select(".timeline li"))
    assert len(admin.page.soup.select(".timeline li")) == 1
    admin.get(told.path(f"activity/sign-ins?person={told.stranger.user_id}"))
    assert (admin.status, admin.page.soup.select(".timeline li")) == (422, [])


def test_what_was_before_joining_is_not_the_tenants_to_see(told: TenantWorld) -> None:
    assert [line.request_id for line in read_sign_ins(told.work(), WantedSignIns()).shown] == ["since"]
    with told.work().write() as session:
        joined = session.get_one(Membership, (told.id, told.member.user_id))
        joined.joined_at = clock.now() + timedelta(seconds=1)
    assert read_sign_ins(told.work(), WantedSignIns()).shown == []


def test_who_left_is_not_shown_and_another_tenant_sees_nothing(told: TenantWorld) -> None:
    assert read_sign_ins(told.other.work(), WantedSignIns(person=told.member.user_id)).shown == []
    with told.work().write() as session:
        session.delete(session.get_one(Membership, (told.id, told.member.user_id)))
    assert read_sign_ins(told.work(), WantedSignIns()).shown == []


def test_it_goes_on_page_by_page(told: TenantWorld, sign_in: SignIn) -> None:
    for number in range(55):
        failed(told, told.member, f"n{number}")
    first = read_sign_ins(told.work(), WantedSignIns())
    assert len(first.shown) == 50
    rest = read_sign_ins(told.work(), WantedSignIns(before=first.older))
    assert [line.request_id for line in rest.shown][-1] == "since"
    assert (len(rest.shown), rest.older) == (6, None)
    admin = sign_in(told.admin)
    admin.get(told.path("activity/sign-ins"))
    admin.click("Older lines")
    admin.click("Back to the newest")
    for odd in (2**80, -(10**30), "x"):
        admin.get(told.path(f"activity/sign-ins?before={odd}"))
        assert admin.status == 200


@pytest.mark.parametrize(("who", "status"), [("member", 403), ("stranger", 404)])
def test_only_admins_read_it(who: str, status: int, told: TenantWorld, sign_in: SignIn) -> None:
    person = sign_in(getattr(told, who))
    person.get(told.path("activity/sign-ins"))
    assert person.status == status
