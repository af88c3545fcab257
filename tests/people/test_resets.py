from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.errors import FieldErrors, Refused
from portal.people import memberships, resets, sign_ins, users
from portal.secret import Secret
from portal.store.tables import User
from portal.store.work import OPERATOR
from tests.people.helpers import GOOD, LIMITS, at_once, enter, events, set_user


@pytest.fixture
def operator(nobody):
    return replace(nobody, actor=OPERATOR)


def signs_in(nobody, email, password) -> bool:
    return sign_ins.start(nobody, email, password, "", "") is not None


def test_story(nobody, tenant):
    visitor, _ = enter(nobody, tenant.member)
    token = resets.make_for_member(tenant.work(tenant.admin), tenant.member.user_id)
    assert resets.show(nobody, token).email == tenant.member.email
    resets.use(nobody, token, GOOD)
    assert sign_ins.find(nobody, visitor.token, LIMITS) is None
    assert not signs_in(nobody, tenant.member.email, tenant.member.password)
    assert signs_in(nobody, tenant.member.email, GOOD)
    assert events(tenant.work(), tenant.member.user_id) == ["password.reset_made"]
    told = [name for name in events(nobody, tenant.member.user_id) if name.startswith("password")]
    assert told == ["password.reset_made", "password.changed"]


def test_operator_for_anybody(nobody, operator, tenant):
    token = resets.make_for(operator, tenant.admin.email.upper())
    resets.use(nobody, token, GOOD)
    assert signs_in(nobody, tenant.admin.email, GOOD)
    with pytest.raises(Refused):
        resets.make_for(operator, "nobody-at-all@example.org")


def test_only_the_hash_is_kept(nobody, operator, tenant):
    token = resets.make_for(operator, tenant.member.email)
    with nobody.read() as session:
        row = session.get(User, tenant.member.user_id)
        assert token.reveal() not in repr([getattr(row, column.key) for column in User.__table__.columns])


@pytest.mark.parametrize("who", ["admin", "in two tenants", "support", "disabled"])
def test_whom_an_admin_may_not_reset(nobody, tenant, world, who):
    """Through such a person one tenant's admin would get into another tenant, or the portal."""
    someone = tenant.member
    if who == "admin":
        memberships.change_role(tenant.work(), someone.user_id, "admin")
    if who == "in two tenants":
        world.join(someone, tenant.other.id)
    if who in ("support", "disabled"):
        changes = {"support": {"is_support": True}, "disabled": {"disabled_at": clock.now()}}
        set_user(nobody, someone.user_id, **changes[who])
    with pytest.raises(Refused, match="Ask the operator"):
        resets.make_for_member(tenant.work(tenant.admin), someone.user_id)
    with nobody.read() as session:
        assert session.get(User, someone.user_id).reset_hash is None


def test_once(nobody, operator, tenant):
    token = resets.make_for(operator, tenant.member.email)
    resets.use(nobody, token, GOOD)
    with pytest.raises(Refused, match="does not work"):
        resets.show(nobody, token)
    with pytest.raises(Refused, match="does not work"):
        resets.use(nobody, token, GOOD + "!")
    assert signs_in(nobody, tenant.member.email, GOOD)


def test_ten_at_once_are_one(nobody, operator, tenant):
    """T22."""
    token = resets.make_for(operator, tenant.member.email)
    ends = at_once(
        [lambda number=number: resets.use(nobody, token, f"{GOOD} {number}") for number in range(10)]
    )
    assert ends == {"ok": 1, "Refused": 9}


def test_thirty_minutes(nobody, operator, tenant):
    token = resets.make_for(operator, tenant.member.email)
    with time_machine.travel(clock.now() + timedelta(minutes=29)):
        resets.show(nobody, token)
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        with pytest.raises(Refused):
            resets.show(nobody, token)
        with pytest.raises(Refused):
            resets.use(nobody, token, GOOD)


def test_newer_replaces_older(nobody, operator, tenant):
    older, newer = (resets.make_for(operator, tenant.member.email) for _ in range(2))
    with pytest.raises(Refused):
        resets.show(nobody, older)
    resets.show(nobody, newer)


@pytest.mark.parametrize("what", ["signing in", "changing the password", "another role", "disabling"])
def test_what_ends_a_link(nobody, operator, tenant, what):
    """T22."""
    _, work = enter(nobody, tenant.member)
    token = resets.make_for(operator, tenant.member.email)
    if what == "signing in":
        enter(nobody, tenant.member)
    if what == "changing the password":
        users.change_password(work, tenant.member.password, GOOD)
    if what == "another role":
        memberships.change_role(tenant.work(tenant.admin), tenant.member.user_id, "admin")
    if what == "disabling":
        set_user(nobody, tenant.member.user_id, disabled_at=clock.now())
    for call in (lambda: resets.show(nobody, token), lambda: resets.use(nobody, token, GOOD + "!")):
        with pytest.raises(Refused):
            call()


def test_bad_password_uses_nothing_up(nobody, operator, tenant):
    token = resets.make_for(operator, tenant.member.email)
    for bad in ("short", "password123", tenant.member.email):
        with pytest.raises(FieldErrors):
            resets.use(nobody, token, bad)
    resets.use(nobody, token, GOOD)


@pytest.mark.parametrize("token", ["", "x", "\0", "ä" * 43])
def test_made_up_tokens(nobody, token):
    with pytest.raises(Refused):
        resets.use(nobody, Secret(token), GOOD)
