"""How fast passwords can be guessed, by the rules: who is counted as what (T21)."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal import clock
from portal.errors import FieldErrors, TooMany
from portal.people import guessing, known_browsers, passwords, resets, sign_ins, users
from portal.people.guessing import Origin, network_of
from portal.secret import Secret
from portal.store import tries
from portal.store.tables import PortalAuditEvent, Tries
from tests.people.helpers import GOOD, at_once, events

pytestmark = pytest.mark.own_database  # it fills up networks
ELSEWHERE = "203.0.113.9"


@pytest.fixture
def guess(nobody):
    """Tries one password: ``in``, ``wrong``, or the seconds to wait."""

    def try_one(email, password, network, known=None, of_network=guessing.AT_ONCE):
        try:
            started = sign_ins.start(nobody, email, password, "", network, Origin(network, known, of_network))
        except TooMany as error:
            return error.retry_after
        return "in" if started else "wrong"

    return try_one


def known(nobody, someone):
    return known_browsers.make(nobody.store.vault, someone.user_id)


def slowed(nobody, someone):
    """What the lines in the audit say of who was slowed."""
    of = PortalAuditEvent.subject_id == someone.user_id
    with nobody.read() as session:
        lines = session.scalars(select(PortalAuditEvent).where(of).order_by(PortalAuditEvent.seq))
        return [line.details["by"] for line in lines if line.event == "sign_in.slowed"]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"),
        ("2001:db8:1:3:aaaa::1", "2001:db8:1:3::"),
        ("fe80::1%eth0", "fe80::"),
        ("", "none"),
        ("unix:", "none"),
    ],
)
def test_networks(address, network):
    assert network_of(address) == network


def test_one_guesser_is_slowed_and_the_owner_is_not(guess, nobody, tenant):
    mel, network = tenant.member, "198.51.100.1"
    begun = clock.now()
    with time_machine.travel(begun, tick=False):
        assert [guess(mel.email, GOOD, network) for _ in range(6)] == ["wrong"] * 5 + [12 * 60]
        assert guess(mel.email.upper(), mel.password, network) == 12 * 60, "not even the right one"
        assert guess(mel.email, mel.password, network, known(nobody, mel)) == "in"
        assert guess(mel.email, mel.password, ELSEWHERE) == "in"
        assert guess(tenant.second.email, tenant.second.password, network) == "in", "others of the office"
    with time_machine.travel(begun + timedelta(minutes=12), tick=False):
        assert guess(mel.email, GOOD, network) == "wrong"
        assert guess(mel.email, GOOD, network) == 12 * 60
    assert slowed(nobody, mel) == ["account"], "one line for as long as it lasts"
    with time_machine.travel(begun + timedelta(hours=3), tick=False):
        assert [guess(mel.email, GOOD, network) for _ in range(6)][4:] == ["wrong", 12 * 60]
    assert slowed(nobody, mel) == ["account", "account"]


def test_right_ones_are_not_counted(guess, tenant):
    mel, network = tenant.member, "198.51.100.2"
    for _ in range(12):
        assert guess(mel.email, mel.password, network) == "in"
    assert [guess(mel.email, GOOD, network) for _ in range(5)] == ["wrong"] * 5


def test_an_address_nobody_has_is_slowed_like_any_other(guess, tenant):
    """T20."""
    answers = []
    for email in (tenant.member.email, f"not-{tenant.member.email}"):
        with time_machine.travel(clock.now(), tick=False):
            answers.append([guess(email, GOOD, "198.51.100.3") for _ in range(7)])
    assert answers[0] == answers[1] == ["wrong"] * 5 + [720] * 2


def test_a_hundred_networks_on_one_account(guess, nobody, tenant, hashes):
    mel, office = tenant.member, "198.51.100.200"
    for number in range(100):
        for _ in range(2):
            guess(mel.email, GOOD, f"100.64.{number}.7")
    assert len(hashes) < 10 * 2 + 100, "each has one try once the account is seen to be under attack"
    assert guess(mel.email, mel.password, "100.64.99.7", known(nobody, mel)) == "in"
    assert guess(mel.email, GOOD, office) == "wrong"
    assert 3500 < guess(mel.email, mel.password, office) <= 3600
    assert guess(mel.email, mel.password, "198.51.100.201") == "in", "a network that has not tried it yet may"
    with time_machine.travel(clock.now() + timedelta(hours=3)):
        assert [guess(mel.email, GOOD, office) for _ in range(5)] == ["wrong"] * 5, "and it calms down"


def test_one_network_on_a_hundred_accounts(guess, nobody, tenant, hashes):
    network, mel = "198.51.100.5", tenant.member
    with time_machine.travel(clock.now(), tick=False):
        ends = [guess(f"person-{number}@example.org", GOOD, network) for number in range(100)]
        assert ends == ["wrong"] * 30 + [60] * 70
        assert len(hashes) == 30
        assert guess(mel.email, mel.password, network) == 60
        assert guess(mel.email, mel.password, network, known(nobody, mel)) == "in"
        assert guess(mel.email, mel.password, ELSEWHERE) == "in"
        assert guess(mel.email, mel.password, network, of_network=31) == "in", "the operator allows more"


def test_within_one_house_all_addresses_count_together(guess):
    ends = [guess(f"p{number}@example.org", GOOD, f"2001:db8:5:5::{number + 1}") for number in range(31)]
    assert ends[29] == "wrong" and ends[30] != "wrong"


def test_a_known_browser_has_an_end_too(guess, nobody, tenant):
    """Somebody sits at it who does not know the password."""
    mel, cookie = tenant.member, known(nobody, tenant.member)
    with time_machine.travel(clock.now(), tick=False):
        ends = [guess(mel.email, GOOD, f"100.65.{number}.1", cookie) for number in range(11)]
        assert ends == ["wrong"] * 10 + [180]
        assert guess(mel.email, mel.password, ELSEWHERE) == "in", "and shuts out no other"
    assert slowed(nobody, mel) == ["browser"]


def test_which_browsers_are_known(nobody, tenant):
    vault, mel = nobody.store.vault, tenant.member.user_id
    given = known_browsers.make(vault, mel)
    assert known_browsers.known_as(vault, mel, given)
    assert str(mel) not in given.reveal() and mel.hex not in given.reveal()
    assert known_browsers.known_as(vault, tenant.second.user_id, given) is None, "bound to the person"
    broken = given.reveal()[:-2], given.reveal().replace(".", "", 1), "", "ä.b.c", "a" + given.reveal()
    assert [known_browsers.known_as(vault, mel, Secret(one)) for one in broken] == [None] * 5
    with time_machine.travel(clock.now() + timedelta(days=179)):
        assert known_browsers.known_as(vault, mel, given)
    with time_machine.travel(clock.now() + timedelta(days=181)):
        assert known_browsers.known_as(vault, mel, given) is None


def test_somebody_elses_known_browser_helps_nobody(guess, nobody, tenant):
    cookie = known(nobody, tenant.second)
    ends = [guess(tenant.member.email, GOOD, "198.51.100.6", cookie) for _ in range(6)]
    assert ends[:5] == ["wrong"] * 5 and ends[5] != "wrong"


def test_of_many_at_once_no_more_get_through(guess, tenant, hashes):
    """Counted before the password is looked at, not after."""
    at_once([lambda: guess(tenant.member.email, GOOD, "198.51.100.7")] * 16)
    assert len(hashes) == 5


def test_no_address_is_kept(guess, nobody, tenant):
    guess(tenant.member.email, GOOD, "198.51.100.8")
    with nobody.read() as session:
        rows = session.scalars(select(Tries)).all()
        kept = repr([getattr(row, column.key) for row in rows for column in Tries.__table__.columns])
    assert "198.51" not in kept and tenant.member.email not in kept
    assert {len(row.about_hash) for row in rows} == {32}


def test_ones_present_password_is_not_guessed_at_a_browser_left_open(nobody, tenant):
    work = tenant.work(tenant.member).within(None)
    for _ in range(10):
        with pytest.raises(FieldErrors):
            users.change_password(work, "not it", GOOD)
    with pytest.raises(TooMany):
        users.change_password(work, tenant.member.password, GOOD)
    assert slowed(nobody, tenant.member) == ["own_password"]
    users.change_password(tenant.work(tenant.second).within(None), tenant.second.password, GOOD)


def test_reset_links_are_asked_for_by_one_network_no_faster(nobody, tenant):
    here = Origin("198.51.100.9", None, 3)
    for number in range(3):
        resets.ask(nobody, f"p{number}@example.org", here)
    for email in ("p4@example.org", tenant.member.email):
        with pytest.raises(TooMany):
            resets.ask(nobody, email, here)
    resets.ask(nobody, tenant.member.email, Origin(ELSEWHERE, None, 3))
    lines = [line for line in events(nobody) if line == "sign_in.slowed"]
    assert lines, "and it is in the audit"


def test_a_try_that_is_refused_counts_nowhere(nobody):
    """Else whoever is told to wait would wait ever longer, and fill the buckets of others."""
    vault = nobody.store.vault
    full = tries.Ask("a", tries.about(vault, "a full one"), tries.Rate(1, timedelta(minutes=5)))
    other = tries.Ask("b", tries.about(vault, "another one"), tries.Rate(9, timedelta(minutes=5)))
    guessing.take(nobody, [full], None)
    for _ in range(3):
        with pytest.raises(TooMany) as told:
            guessing.take(nobody, [full, other], None)
    assert told.value.retry_after <= 300
    with nobody.write() as session:
        assert not tries.note_slowed(session, full), "of two told at once, one writes the line"
    with nobody.read() as session:
        assert session.get(Tries, full.about) and not session.get(Tries, other.about)


@pytest.fixture
def hashes(monkeypatch):
    """How often a password was looked at."""
    looked, real = [], passwords.verify

    def counting(stored, given):
        looked.append(1)
        return real(stored, given)

    monkeypatch.setattr(passwords, "verify", counting)
    return looked


def test_a_clock_that_went_back_keeps_nobody_out(guess, tenant):
    """What was counted while it was ahead would count until that time has come (T52)."""
    network, mel = "198.51.100.77", tenant.member
    with time_machine.travel(clock.now() + timedelta(days=2)):
        assert guess(mel.email, mel.password, network) == "in"
        assert guess(mel.email, GOOD, network) == "wrong"
    assert guess(mel.email, mel.password, network) == "in"
