"""Another e-mail address: what its link does, and what it does not."""

from dataclasses import replace
from functools import partial

import pytest
import time_machine

from portal import clock
from portal.errors import FieldErrors, NotHere, Refused, TooMany
from portal.people import email_changes, invitations, joining, resets, sign_ins, users
from portal.people.email_changes import VALID_FOR
from portal.people.guessing import HERE
from portal.secret import Secret
from portal.store.work import OPERATOR
from tests.people.helpers import LIMITS, at_once, enter, events


@pytest.fixture
def mel(nobody, tenant):
    """The member at work, signed in."""
    return enter(nobody, tenant.member)[1]


def new_address(someone) -> str:
    return f"New.{someone.email}"


def test_the_address_changes_and_sign_ins_stay(nobody, tenant, mel):
    elsewhere, _ = enter(nobody, tenant.member)
    email = new_address(tenant.member)
    token = email_changes.make(mel, email, tenant.member.password)
    assert email_changes.show(mel, token) == email_changes.EmailChange(True, tenant.member.email, email)
    assert users.myself(mel).email == tenant.member.email, "looking changes nothing"
    assert email_changes.confirm(mel, token) == email
    assert sign_ins.find(nobody, elsewhere.token, LIMITS).email == email
    assert sign_ins.start(nobody, tenant.member.email, tenant.member.password, "", "") is None
    assert sign_ins.start(nobody, email.upper(), tenant.member.password, "", "")
    assert email_changes.pending(mel) is None
    lines = [one for one in events(nobody, tenant.member.user_id) if one.startswith("person.email")]
    assert lines == ["person.email_asked", "person.email_changed"]


def test_a_link_that_does_not_work(nobody, tenant, mel):
    """Used, replaced, cancelled, late, mistyped; and one of somebody else's."""
    password = tenant.member.password
    replaced = email_changes.make(mel, "one." + tenant.member.email, password)
    cancelled = email_changes.make(mel, "two." + tenant.member.email, password)
    email_changes.cancel(mel)
    used = email_changes.make(mel, "three." + tenant.member.email, password)
    email_changes.confirm(mel, used)
    late = email_changes.make(mel, "four." + tenant.member.email, password)
    with time_machine.travel(clock.now() + VALID_FOR, tick=False):
        assert email_changes.pending(mel).is_over
        for token in (replaced, cancelled, used, late, Secret("x")):
            for call in (email_changes.show, email_changes.confirm):
                with pytest.raises(Refused, match="does not work"):
                    call(mel, token)
    _, ada = enter(nobody, tenant.admin)
    assert email_changes.show(ada, late) == email_changes.EmailChange(False)
    with pytest.raises(Refused, match="for somebody else"):
        email_changes.confirm(ada, late)
    assert users.myself(mel).email == "three." + tenant.member.email
    assert email_changes.confirm(mel, late)


def test_bad_input_and_a_wrong_password_make_no_link(tenant, mel):
    password = tenant.member.password
    for email, typed, field in [
        ("nobody", password, "email"),
        ("a\0b@example.org", password, "email"),
        (f"{'x' * 300}@example.org", password, "email"),
        (tenant.member.email.upper(), password, "email"),
        (new_address(tenant.member), "wrong", "current"),
    ]:
        with pytest.raises(FieldErrors) as caught:
            email_changes.make(mel, email, typed)
        assert set(caught.value.errors) == {field}
    assert email_changes.pending(mel) is None


def test_an_address_of_somebody_else_is_asked_for_like_any_and_never_given(tenant, mel):
    """T20: until the link is used, nothing is different."""
    free = email_changes.make(mel, new_address(tenant.member), tenant.member.password)
    before = email_changes.pending(mel)
    taken = email_changes.make(mel, tenant.admin.email.title(), tenant.member.password)
    after = email_changes.pending(mel)
    assert replace(after, email="", expires_at=before.expires_at) == replace(before, email="")
    assert len(taken.reveal()) == len(free.reveal())
    with pytest.raises(Refused, match="somebody else"):
        email_changes.confirm(mel, taken)
    assert users.myself(mel).email == tenant.member.email


def test_of_two_who_want_one_address_one_gets_it(nobody, tenant, mel):
    email = new_address(tenant.member)
    _, sam = enter(nobody, tenant.second)
    tokens = [
        (mel, email_changes.make(mel, email, tenant.member.password)),
        (sam, email_changes.make(sam, email, tenant.second.password)),
    ]
    ends = at_once([partial(email_changes.confirm, *one) for one in tokens])
    assert ends["ok"] == 1 and sum(ends.values()) == 2
    assert {"Refused", "IntegrityError", "ok"} >= set(ends)
    assert [users.myself(one).email for one in (mel, sam)].count(email) == 1


def test_a_reset_link_sent_to_the_former_address_ends(nobody, tenant, mel):
    reset = resets.make_for(replace(nobody, actor=OPERATOR), tenant.member.email)
    email_changes.confirm(mel, email_changes.make(mel, new_address(tenant.member), tenant.member.password))
    with pytest.raises(Refused):
        resets.show(nobody, reset)


def test_invitations_go_by_the_address_that_holds(nobody, tenant, mel):
    """One made to the new address is the person's; one made to the former is nobody's here any more."""
    there = tenant.other.work(tenant.stranger)
    to_former, _ = invitations.make(there, tenant.member.email, "member")
    email = new_address(tenant.member)
    to_new, _ = invitations.make(there, email, "member")
    assert joining.show(mel, to_former).is_mine and not joining.show(mel, to_new).is_mine
    email_changes.confirm(mel, email_changes.make(mel, email, tenant.member.password))
    former = joining.show(mel, to_former)
    assert (former.is_mine, former.has_account) == (False, False)
    with pytest.raises(Refused, match="another e-mail address"):
        joining.accept(mel, to_former)
    assert joining.accept(mel, to_new).slug == tenant.other.slug


def test_links_to_strangers_addresses_are_few(tenant, mel):
    for number in range(HERE.at_once):
        email_changes.make(mel, f"{number}.{tenant.member.email}", tenant.member.password)
    with pytest.raises(TooMany):
        email_changes.make(mel, new_address(tenant.member), tenant.member.password)
    with pytest.raises(TooMany):
        email_changes.send_again(mel)
    with time_machine.travel(clock.now() + HERE.every, tick=False):
        assert email_changes.make(mel, new_address(tenant.member), tenant.member.password)


def test_nothing_waits_nothing_is_sent_again(mel):
    with pytest.raises(NotHere):
        email_changes.send_again(mel)
    email_changes.cancel(mel)
