from dataclasses import replace
from secrets import token_hex

import pytest

from portal.errors import FieldErrors, Refused
from portal.people import demo, resets, sign_ins, users
from portal.store.work import OPERATOR
from tests.people.helpers import GOOD, LIMITS, enter, events


def test_profile(nobody, tenant):
    _, work = enter(nobody, tenant.member)
    users.change_profile(work, " Mel  Moreno ", "Asia/Tokyo")
    me = users.myself(work)
    assert (me.name, me.time_zone, me.email) == ("Mel Moreno", "Asia/Tokyo", tenant.member.email)
    users.change_profile(work, "Mel Moreno", "Asia/Tokyo")
    assert events(nobody, tenant.member.user_id).count("person.changed") == 1


@pytest.mark.parametrize("name, zone, field", [("", "UTC", "name"), ("Mel", "Moon/Base", "time_zone")])
def test_bad_profile(nobody, tenant, name, zone, field):
    _, work = enter(nobody, tenant.member)
    with pytest.raises(FieldErrors) as caught:
        users.change_profile(work, name, zone)
    assert set(caught.value.errors) == {field}


def test_password(nobody, tenant):
    elsewhere, _ = enter(nobody, tenant.member)
    here, work = enter(nobody, tenant.member)
    users.change_password(work, tenant.member.password, GOOD)
    assert sign_ins.find(nobody, elsewhere.token, LIMITS) is None
    assert sign_ins.find(nobody, here.token, LIMITS)
    assert sign_ins.start(nobody, tenant.member.email, tenant.member.password, "", "") is None
    assert sign_ins.start(nobody, tenant.member.email, GOOD, "", "")
    assert "password.changed" in events(nobody, tenant.member.user_id)


@pytest.mark.parametrize(
    "current, new, field", [("wrong", GOOD, "current"), (None, "password123", "password")]
)
def test_bad_password(nobody, tenant, current, new, field):
    _, work = enter(nobody, tenant.member)
    with pytest.raises(FieldErrors) as caught:
        users.change_password(work, current or tenant.member.password, new)
    assert set(caught.value.errors) == {field}
    assert sign_ins.start(nobody, tenant.member.email, tenant.member.password, "", "")


def test_support(nobody, store):
    operator = replace(nobody, actor=OPERATOR)
    email = f"sue-{token_hex(4)}@example.org"
    user_id = users.make_support(operator, email, "Sue Support")
    resets.use(nobody, resets.make_for(operator, email), GOOD)
    token, _ = sign_ins.start(nobody, email, GOOD, "", "")
    assert sign_ins.find(nobody, token, LIMITS).is_support
    assert events(nobody, user_id)[:2] == ["person.made", "support.made"]
    with pytest.raises(Refused, match="already"):
        users.make_support(operator, email, "Sue")


def test_who_left_the_staff_can_come_back(nobody, store):
    """By nothing that was good before: neither the password nor a sign-in made meanwhile."""
    operator, email = replace(nobody, actor=OPERATOR), f"sue-{token_hex(4)}@example.org"
    user_id = users.make_support(operator, email, "Sue Support")
    resets.use(nobody, resets.make_for(operator, email), GOOD)
    users.end_support(operator, email)
    token, _ = sign_ins.start(nobody, email, GOOD, "", "")
    assert not sign_ins.find(nobody, token, LIMITS).is_support

    assert users.make_support(operator, email.upper(), "Somebody") == user_id
    assert sign_ins.find(nobody, token, LIMITS) is None
    assert sign_ins.start(nobody, email, GOOD, "", "") is None
    resets.use(nobody, resets.make_for(operator, email), GOOD + " anew")
    token, _ = sign_ins.start(nobody, email, GOOD + " anew", "", "")
    visitor = sign_ins.find(nobody, token, LIMITS)
    assert visitor.is_support and visitor.name == "Sue Support"


def test_who_belongs_to_a_tenant_becomes_no_support(nobody, tenant):
    with pytest.raises(Refused, match="belongs to a tenant"):
        users.make_support(replace(nobody, actor=OPERATOR), tenant.member.email.upper(), "Mel")


def test_demo_can_be_made_again(nobody):
    operator = replace(nobody, actor=OPERATOR)
    people = demo.make_demo(operator)
    assert [person.role for person in people] == ["admin", "member", "member"]
    assert demo.make_demo(operator) == people
    for person in people:
        assert sign_ins.start(nobody, person.email, person.password, "", "")
