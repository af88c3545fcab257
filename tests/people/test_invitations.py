from dataclasses import replace
from datetime import timedelta
from secrets import token_hex
from uuid import uuid4

import pytest
import time_machine

from portal import clock
from portal.alm_accounts.leaving import leave
from portal.errors import FieldErrors, NotHere, Refused
from portal.people import invitations, joining, memberships, resets, sign_ins, tenants
from portal.secret import Secret
from portal.store.tables import Invitation, Tenant
from tests.people.helpers import GOOD, at_once, events, set_user


@pytest.fixture
def email():
    return f"new-{token_hex(4)}@example.org"


def invite(tenant, email, role="member"):
    return invitations.make(tenant.work(tenant.admin), email, role)[0]


def as_person(nobody, someone):
    return replace(nobody, actor=someone.actor)


def role_of(nobody, tenant, user_id):
    found = tenants.membership_by_slug(nobody, tenant.slug, user_id)
    return found.role if found else None


def test_somebody_new_joins(nobody, tenant, email):
    token = invite(tenant, email)
    shown = joining.show(nobody, token)
    assert (shown.tenant.slug, shown.email, shown.has_account, shown.is_mine) == (
        tenant.slug,
        email,
        False,
        False,
    )
    user_id, joined = joining.accept_as_new(nobody, token, "Nia New", GOOD)
    assert joined.id == tenant.id
    assert role_of(nobody, tenant, user_id) == "member"
    assert sign_ins.start(nobody, email.upper(), GOOD, "", "")
    assert events(tenant.work()) == ["invitation.made", "member.joined"]
    assert events(nobody, user_id)[:1] == ["person.made"]


def test_somebody_known_joins_another_tenant(nobody, tenant):
    someone = tenant.stranger
    token = invite(tenant, someone.email.upper(), "admin")
    assert joining.show(nobody, token).has_account
    work = as_person(nobody, someone)
    assert joining.show(work, token).is_mine
    assert joining.accept(work, token).slug == tenant.slug
    assert role_of(nobody, tenant, someone.user_id) == "admin"
    assert role_of(nobody, tenant.other, someone.user_id) == "admin"


def test_only_the_hash_is_kept(tenant, email):
    token = invite(tenant, email)
    with tenant.work().read() as session:
        [row] = [one for one in session.query(Invitation) if one.email == email]
        kept = repr([getattr(row, column.key) for column in Invitation.__table__.columns])
    assert token.reveal().partition(".")[2] not in kept


def test_used_once(nobody, tenant, email, world):
    token = invite(tenant, email)
    joining.accept_as_new(nobody, token, "Nia New", GOOD)
    for call in (
        lambda: joining.show(nobody, token),
        lambda: joining.accept_as_new(nobody, token, "Nia Again", GOOD),
        lambda: joining.accept(as_person(nobody, world.person()), token),
    ):
        with pytest.raises(Refused, match="does not work"):
            call()


def test_looking_uses_nothing(nobody, tenant, email):
    """T22: a link scanner opens links before people do."""
    token = invite(tenant, email)
    for _ in range(5):
        joining.show(nobody, token)
    joining.accept_as_new(nobody, token, "Nia New", GOOD)


def test_ten_at_once_are_one(nobody, tenant, world):
    """T22."""
    someone = world.person()
    token = invite(tenant, someone.email)
    work = as_person(nobody, someone)
    ends = at_once([lambda: joining.accept(work, token)] * 10)
    assert ends == {"ok": 1, "Refused": 9}
    assert events(tenant.work(), someone.user_id) == ["member.joined"]


def test_ten_new_at_once_are_one_person(nobody, tenant, email):
    """T22."""
    token = invite(tenant, email)
    ends = at_once([lambda: joining.accept_as_new(nobody, token, "Nia New", GOOD)] * 10)
    assert ends == {"ok": 1, "Refused": 9}
    assert [one.email for one in memberships.list_members(tenant.work())].count(email) == 1


def test_another_person_does_not_use_it_up(nobody, tenant, world):
    someone, other = world.person(), world.person()
    token = invite(tenant, someone.email)
    shown = joining.show(as_person(nobody, other), token)
    assert not shown.is_mine
    with pytest.raises(Refused, match="another e-mail address"):
        joining.accept(as_person(nobody, other), token)
    joining.accept(as_person(nobody, someone), token)


def test_a_known_address_is_not_made_again(nobody, tenant, world):
    """Whoever holds the link must not set a second password for somebody known."""
    someone = world.person()
    token = invite(tenant, someone.email)
    with pytest.raises(Refused, match="already"):
        joining.accept_as_new(nobody, token, "Mallory", GOOD)
    joining.accept(as_person(nobody, someone), token)


def test_seven_days(nobody, tenant, email):
    token = invite(tenant, email)
    with time_machine.travel(clock.now() + timedelta(days=6, hours=23)):
        joining.show(nobody, token)
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        for call in (
            lambda: joining.show(nobody, token),
            lambda: joining.accept_as_new(nobody, token, "Nia New", GOOD),
        ):
            with pytest.raises(Refused):
                call()
        [listed] = invitations.list_open(tenant.work())
        assert listed.is_expired


def test_withdrawn(nobody, tenant, email):
    token = invite(tenant, email)
    [listed] = invitations.list_open(tenant.work())
    invitations.withdraw(tenant.work(tenant.admin), listed.id)
    with pytest.raises(Refused):
        joining.show(nobody, token)
    with pytest.raises(NotHere):
        invitations.withdraw(tenant.work(tenant.admin), listed.id)
    assert events(tenant.work(), listed.id) == ["invitation.made", "invitation.withdrawn"]


def test_another_tenants_invitation_does_not_exist(tenant, email):
    """T01."""
    _, made = invitations.make(tenant.work(tenant.admin), email, "member")
    with pytest.raises(NotHere):
        invitations.withdraw(tenant.other.work(tenant.stranger), made.id)
    assert invitations.list_open(tenant.other.work()) == []


def test_a_newer_invitation_replaces_the_older(nobody, tenant, email):
    older, newer = invite(tenant, email, "admin"), invite(tenant, email.upper(), "member")
    with pytest.raises(Refused):
        joining.show(nobody, older)
    assert joining.show(nobody, newer).role == "member"


def test_a_token_names_its_tenant_and_no_other(nobody, tenant, email):
    secret = invite(tenant, email).reveal().partition(".")[2]
    with pytest.raises(Refused):
        joining.show(nobody, Secret(f"{tenant.other.id.hex}.{secret}"))


@pytest.mark.parametrize(
    "token", ["", ".", "x", "\0", "nonsense.nonsense", f"{'0a' * 16}.{'x' * 43}", "0a" * 16]
)
def test_made_up_tokens(nobody, token):
    for call in (
        lambda: joining.show(nobody, Secret(token)),
        lambda: joining.accept_as_new(nobody, Secret(token), "Nia New", GOOD),
    ):
        with pytest.raises(Refused, match="does not work"):
            call()


def test_members_are_not_invited_again(tenant):
    with pytest.raises(Refused, match="already"):
        invite(tenant, tenant.member.email)


@pytest.mark.parametrize("email, role, field", [("x", "member", "email"), ("a@example.org", "owner", "role")])
def test_bad_input(tenant, email, role, field):
    with pytest.raises(FieldErrors) as caught:
        invite(tenant, email, role)
    assert set(caught.value.errors) == {field}


@pytest.mark.parametrize("name, password, field", [("", GOOD, "name"), ("Nia", "password123", "password")])
def test_bad_input_uses_nothing_up(nobody, tenant, email, name, password, field):
    token = invite(tenant, email)
    with pytest.raises(FieldErrors) as caught:
        joining.accept_as_new(nobody, token, name, password)
    assert set(caught.value.errors) == {field}
    joining.accept_as_new(nobody, token, "Nia New", GOOD)


def test_support_belongs_to_no_tenant(nobody, tenant, world):
    support = world.support()
    token = invite(tenant, support.email)
    with pytest.raises(Refused, match="Support"):
        joining.accept(as_person(nobody, support), token)


def test_suspended_tenant_takes_nobody(nobody, tenant, email):
    token = invite(tenant, email)
    with nobody.write() as session:
        session.get(Tenant, tenant.id).suspended_at = clock.now()
    with pytest.raises(Refused):
        joining.show(nobody, token)
    with pytest.raises(Refused):
        joining.accept_as_new(nobody, token, "Nia New", GOOD)


def test_an_old_link_brings_nobody_back(nobody, tenant, world):
    """T06: who was removed needs a new invitation."""
    someone = world.person()
    joining.accept(as_person(nobody, someone), invite(tenant, someone.email))
    with tenant.work().write() as session:
        session.add(
            Invitation(
                id=uuid4(), email=someone.email, email_key=someone.email, role="admin", token_hash=b"x" * 32,
                created_at=clock.now(), expires_at=clock.now() + timedelta(days=7),
            )
        )  # fmt: skip
    leave(tenant.work(tenant.admin), someone.user_id, "removed")
    assert invitations.list_open(tenant.work()) == []


def test_joining_ends_a_reset_link(nobody, tenant, world):
    """An admin of one tenant must not hold a link to somebody who is in another one by now."""
    reset = resets.make_for_member(tenant.work(tenant.admin), tenant.member.user_id)
    token = invitations.make(tenant.other.work(tenant.stranger), tenant.member.email, "admin")[0]
    joining.accept(as_person(nobody, tenant.member), token)
    with pytest.raises(Refused):
        resets.use(nobody, reset, GOOD)


def test_disabled_person_does_not_join(nobody, tenant, world):
    someone = world.person()
    token = invite(tenant, someone.email)
    set_user(nobody, someone.user_id, disabled_at=clock.now())
    with pytest.raises(Refused):
        joining.accept(as_person(nobody, someone), token)
