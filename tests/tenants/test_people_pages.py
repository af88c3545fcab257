"""The people of a tenant, over HTTP."""

from uuid import uuid4

import pytest

from portal.people import invitations
from tests.people.helpers import GOOD
from tests.support.person import Person


def people(tenant, rest: str = "") -> str:
    return tenant.path(f"people/{rest}")


def test_invite_story(sign_in, portal, tenant):
    admin = sign_in(tenant.admin)
    admin.get(people(tenant))
    admin.click("Invite somebody", "main .page-actions")
    page = admin.submit("Make the link", email="nia@example.org", role="admin")
    link = page.value("#invitation-link")
    assert link.startswith(portal.base_url + "/invitation/")
    assert admin.response.headers["Cache-Control"] == "no-store"
    admin.get(people(tenant))
    assert "nia@example.org" in admin.page.text
    assert link.rpartition("/")[2] not in admin.page.html
    admin.submit("Withdraw the invitation of nia@example.org")
    assert "No open invitations" in admin.page.text
    assert "does not work" in Person(portal).get(link).text


@pytest.mark.parametrize("email, sentence", [("", "Enter the e-mail"), ("nia", "name@example.org")])
def test_bad_address(sign_in, tenant, email, sentence):
    admin = sign_in(tenant.admin)
    admin.get(people(tenant, "invite"))
    page = admin.submit("Make the link", email=email)
    assert admin.status == 422
    assert sentence in page.errors()[0]


def test_inviting_a_member(sign_in, tenant):
    admin = sign_in(tenant.admin)
    admin.get(people(tenant, "invite"))
    page = admin.submit("Make the link", email=tenant.member.email.upper())
    assert admin.status == 422
    assert "already" in page.text


def test_roles(sign_in, tenant):
    admin, member = sign_in(tenant.admin), sign_in(tenant.member)
    admin.get(people(tenant, tenant.member.user_id))
    admin.submit("Save role", role="admin")
    member.get(people(tenant, "invite"))
    assert member.status == 200
    admin.get(people(tenant, tenant.member.user_id))
    admin.submit("Save role", role="member")
    member.get(people(tenant, "invite"))
    assert member.status == 403


def test_made_up_role(sign_in, tenant):
    """T04."""
    admin = sign_in(tenant.admin)
    admin.get(people(tenant, tenant.member.user_id))
    page = admin.post(people(tenant, f"{tenant.member.user_id}/role"), role="owner")
    assert admin.status == 422
    assert "Choose a role" in page.errors()[0]


def test_remove_story(sign_in, tenant):
    admin, member = sign_in(tenant.admin), sign_in(tenant.member)
    admin.get(people(tenant, tenant.member.user_id))
    admin.click(f"Remove {tenant.member.name} …")
    assert "disconnected" in admin.page.text
    admin.submit(f"Remove {tenant.member.name}")
    assert tenant.member.email not in admin.page.text
    member.get(people(tenant))
    assert member.status == 404


def test_leave_story(sign_in, tenant):
    member = sign_in(tenant.member)
    member.get(people(tenant))
    member.click("Leave this organisation")
    member.submit(f"Leave {tenant.name}")
    assert member.path == "/"
    assert "You have left" in member.page.text
    member.get(people(tenant))
    assert member.status == 404


def test_last_admin_is_told(sign_in, tenant):
    admin = sign_in(tenant.admin)
    admin.get(people(tenant, "leave"))
    page = admin.submit(f"Leave {tenant.name}")
    assert admin.status == 409
    assert "only admin" in page.text
    admin.get(people(tenant, tenant.admin.user_id))
    admin.submit("Save role", role="member")
    assert admin.status == 409


def test_removing_oneself_is_leaving(sign_in, tenant):
    admin = sign_in(tenant.admin)
    admin.get(people(tenant, f"{tenant.admin.user_id}/remove"))
    assert admin.path == people(tenant, "leave")


def test_reset_link(sign_in, portal, tenant):
    admin = sign_in(tenant.admin)
    admin.get(people(tenant, tenant.member.user_id))
    link = admin.submit("Make a reset link").value("#reset-link")
    member = Person(portal)
    member.get(link)
    member.submit("Set password", password=GOOD, repeat=GOOD)
    member.submit("Sign in", email=tenant.member.email, password=GOOD)
    assert member.path == f"/t/{tenant.slug}/"


def test_reset_link_of_somebody_in_two_tenants(sign_in, world, tenant):
    world.join(tenant.member, tenant.other.id)
    admin = sign_in(tenant.admin)
    admin.get(people(tenant, tenant.member.user_id))
    page = admin.submit("Make a reset link")
    assert admin.status == 409
    assert "Ask the operator" in page.text


def paths(tenant) -> list[tuple[str, str]]:
    user, invitation = tenant.member.user_id, uuid4()
    return [
        ("GET", "invite"), ("POST", "invite"), ("POST", f"invitations/{invitation}/withdraw"),
        ("GET", f"{user}"),
        ("POST", f"{user}/role"), ("POST", f"{user}/reset-link"), ("GET", f"{user}/remove"),
        ("POST", f"{user}/remove"),
    ]  # fmt: skip


def ask(person, method: str, path: str):
    if method == "GET":
        person.get(path)
    else:
        person.get("/profile/")
        person.post(path, role="admin", email="x@example.org")
    return person.status


def test_members_see_the_list_and_change_nothing(sign_in, tenant):
    """T04."""
    member = sign_in(tenant.second)
    member.get(people(tenant))
    assert member.status == 200
    assert not member.page.has("Invite somebody")
    for method, rest in paths(tenant):
        assert ask(member, method, people(tenant, rest)) == 403, rest
    assert invitations.list_open(tenant.work()) == []


def test_strangers_find_nothing(sign_in, tenant):
    """T01, T07: the same answer as for a tenant that never existed."""
    stranger = sign_in(tenant.stranger)
    for method, rest in [("GET", ""), ("GET", "leave"), ("POST", "leave"), *paths(tenant)]:
        assert ask(stranger, method, people(tenant, rest)) == 404, rest
        here = stranger.told
        assert ask(stranger, method, f"/t/never-existed/people/{rest}") == 404
        assert stranger.told == here


def test_people_of_elsewhere(sign_in, tenant):
    """T01: an admin names somebody of another tenant, or somebody who never existed."""
    admin = sign_in(tenant.admin)
    for method, rest in (
        ("GET", ""),
        ("POST", "/role"),
        ("POST", "/reset-link"),
        ("GET", "/remove"),
        ("POST", "/remove"),
    ):
        answers = set()
        for user_id in (tenant.stranger.user_id, uuid4()):
            assert ask(admin, method, people(tenant, f"{user_id}{rest}")) == 404
            answers.add(admin.told)
        assert len(answers) == 1


def test_invitation_of_elsewhere(sign_in, tenant):
    """T01."""
    _, made = invitations.make(tenant.other.work(tenant.stranger), "nia@example.org", "member")
    admin = sign_in(tenant.admin)
    assert ask(admin, "POST", people(tenant, f"invitations/{made.id}/withdraw")) == 404
    assert len(invitations.list_open(tenant.other.work())) == 1


def test_names_are_text(sign_in, world, tenant):
    """T16."""
    world.join(world.person("<b>Bob</b> <script>alert(1)</script>"), tenant.id)
    page = sign_in(tenant.admin).get(people(tenant))
    assert "<script>alert" not in page.html
    assert "<b>Bob</b> <script>" in page.text
