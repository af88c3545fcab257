from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.errors import NotHere
from portal.people import passwords, sign_ins
from portal.secret import Secret
from portal.store.tables import SignIn, User
from tests.people.helpers import GOOD, LIMITS, enter, events, set_user

BROWSER = ("a browser", "192.0.2.7")


def test_story(nobody, tenant):
    visitor, work = enter(nobody, tenant.member)
    assert (visitor.user_id, visitor.email) == (tenant.member.user_id, tenant.member.email)
    assert visitor.is_authenticated and visitor.is_active and not visitor.is_anonymous
    [mine] = sign_ins.list_of(work, LIMITS)
    assert (mine.id, mine.is_current, mine.address) == (visitor.sign_in_id, True, "192.0.2.7")
    sign_ins.end(work, mine.id, "signed_out")
    assert sign_ins.find(nobody, visitor.token, LIMITS) is None
    assert events(nobody, tenant.member.user_id) == ["sign_in.succeeded", "sign_in.ended"]


def test_only_the_hash_is_kept(nobody, tenant):
    visitor, _ = enter(nobody, tenant.member)
    token = visitor.get_id()
    with nobody.read() as session:
        row = session.get(SignIn, visitor.sign_in_id)
        kept = repr([getattr(row, column.key) for column in SignIn.__table__.columns])
    assert token not in kept and token not in repr(visitor)
    assert len(token) >= 43


@pytest.fixture
def hashes(monkeypatch):
    """How often Argon2 was asked."""
    counted, real = [], passwords.HASHER

    class Counting:
        def verify(self, *args):
            counted.append("verify")
            return real.verify(*args)

        def hash(self, *args):
            return real.hash(*args)

        def check_needs_rehash(self, stored):
            return real.check_needs_rehash(stored)

    hasher = Counting()
    passwords._dummy(hasher)
    monkeypatch.setattr(passwords, "HASHER", hasher)
    return counted


@pytest.mark.parametrize("case", ["unknown", "wrong", "disabled", "no password", "too long", "empty"])
def test_every_failure_takes_one_hash_and_one_line(case, nobody, tenant, hashes):
    """T20: nothing tells which addresses are known."""
    someone, given, email = tenant.member, tenant.member.password, tenant.member.email
    if case == "unknown":
        email = "nobody-at-all@example.org"
    if case in ("wrong", "empty", "too long"):
        given = {"wrong": GOOD, "empty": "", "too long": "x" * 100_000}[case]
    if case == "disabled":
        set_user(nobody, someone.user_id, disabled_at=clock.now())
    if case == "no password":
        set_user(nobody, someone.user_id, password_hash=None)
    before = len(events(nobody))
    assert sign_ins.start(nobody, email, given, *BROWSER) is None
    assert hashes == ["verify"]
    assert events(nobody)[before:] == ["sign_in.failed"]


def test_email_in_any_spelling(nobody, tenant):
    assert sign_ins.start(nobody, f" {tenant.member.email.upper()} ", tenant.member.password, *BROWSER)


@pytest.mark.parametrize("odd", ["\0", "a\0b@example.org", "x" * 100_000, "\ufdfa" * 1000])
def test_odd_addresses_are_just_unknown(nobody, odd):
    assert sign_ins.start(nobody, odd, GOOD, *BROWSER) is None


def test_old_hash_is_renewed(nobody, tenant, monkeypatch):
    monkeypatch.setattr(
        passwords, "HASHER", type(passwords.HASHER)(time_cost=2, memory_cost=8, parallelism=1)
    )
    enter(nobody, tenant.member)
    with nobody.read() as session:
        assert ",t=2," in session.get(User, tenant.member.user_id).password_hash


def test_disabled_while_the_password_is_looked_at(nobody, tenant, monkeypatch):
    real = passwords.verify

    def slow(stored, given):
        set_user(nobody, tenant.member.user_id, disabled_at=clock.now())
        return real(stored, given)

    monkeypatch.setattr(passwords, "verify", slow)
    assert sign_ins.start(nobody, tenant.member.email, tenant.member.password, *BROWSER) is None


def test_disabling_ends_at_once(nobody, tenant):
    """T06."""
    visitor, _ = enter(nobody, tenant.member)
    set_user(nobody, tenant.member.user_id, disabled_at=clock.now())
    assert sign_ins.find(nobody, visitor.token, LIMITS) is None


@pytest.mark.parametrize("token", ["", "x", "\0", "0" * 43, "ä" * 43])
def test_made_up_tokens(nobody, token):
    assert sign_ins.find(nobody, Secret(token), LIMITS) is None


def test_idle_limit(nobody, tenant):
    """T19."""
    visitor, _ = enter(nobody, tenant.member)
    with time_machine.travel(clock.now() + timedelta(minutes=119)):
        assert sign_ins.find(nobody, visitor.token, LIMITS)
    with time_machine.travel(clock.now() + timedelta(minutes=119 + 119)):
        assert sign_ins.find(nobody, visitor.token, LIMITS)
    with time_machine.travel(clock.now() + timedelta(minutes=119 + 119 + 121)):
        assert sign_ins.find(nobody, visitor.token, LIMITS) is None


def test_absolute_limit(nobody, tenant):
    """T19: a sign-in in constant use ends too."""
    visitor, work = enter(nobody, tenant.member)
    began = clock.now()
    for hours in range(1, 12):
        with time_machine.travel(began + timedelta(hours=hours)):
            assert sign_ins.find(nobody, visitor.token, LIMITS)
    with time_machine.travel(began + timedelta(hours=12, seconds=1)):
        assert sign_ins.find(nobody, visitor.token, LIMITS) is None
        assert sign_ins.list_of(work, LIMITS) == []


def test_last_seen_is_stamped_once_a_minute(nobody, tenant):
    visitor, work = enter(nobody, tenant.member)
    [first] = sign_ins.list_of(work, LIMITS)
    for seconds, moved in ((30, False), (61, True)):
        with time_machine.travel(first.last_seen_at + timedelta(seconds=seconds)):
            sign_ins.find(nobody, visitor.token, LIMITS)
            [now] = sign_ins.list_of(work, LIMITS)
            assert (now.last_seen_at > first.last_seen_at) is moved


def test_end_others(nobody, tenant):
    first, _ = enter(nobody, tenant.member)
    second, work = enter(nobody, tenant.member)
    someone_else, _ = enter(nobody, tenant.second)
    assert sign_ins.end_others(work) == 1
    assert sign_ins.find(nobody, first.token, LIMITS) is None
    assert sign_ins.find(nobody, second.token, LIMITS)
    assert sign_ins.find(nobody, someone_else.token, LIMITS)
    assert sign_ins.end_others(work) == 0


def test_nobody_ends_somebody_elses(nobody, tenant):
    mine, _ = enter(nobody, tenant.member)
    _, work = enter(nobody, tenant.admin)
    with pytest.raises(NotHere):
        sign_ins.end(work, mine.sign_in_id, "ended_by_person")
    assert sign_ins.find(nobody, mine.token, LIMITS)


def test_ending_twice_is_one_line(nobody, tenant):
    visitor, work = enter(nobody, tenant.member)
    for _ in range(2):
        sign_ins.end(work, visitor.sign_in_id, "signed_out")
    assert events(nobody, tenant.member.user_id).count("sign_in.ended") == 1


def test_long_and_odd_user_agents_are_kept_short(nobody, tenant):
    token, view = sign_ins.start(
        nobody, tenant.member.email, tenant.member.password, "\0\x1b[2J" + "x" * 5000, "f" * 100
    )
    assert len(view.user_agent) == 255 and view.user_agent.startswith("[2J")
    assert sign_ins.find(nobody, token, LIMITS)
