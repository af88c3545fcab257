"""Second factors by the rules: many at once, and every way in."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.errors import FieldErrors, NotHere, Refused, TooMany
from portal.people import proofs, recovery_codes, second_factor, second_steps, sign_ins
from portal.people.guessing import Origin
from portal.people.sign_ins import Browser
from portal.store.tables import RecoveryCode, SignIn
from tests.people.helpers import LIMITS, at_once, events
from tests.support import factors

ORIGIN, BROWSER = Origin("192.0.2.7"), Browser("a browser", "192.0.2.7")


@pytest.fixture
def mel(world, tenant):
    return world.with_factor(tenant.member)


def first_step(nobody, someone):
    token, started = sign_ins.start(nobody, someone.email, someone.password, "", "192.0.2.7")
    assert started.awaits_second
    return token


def finish(nobody, token, code):
    return second_steps.finish(nobody, token, code, BROWSER, ORIGIN)


def test_one_code_completes_one_of_many_sign_ins_at_once(nobody, mel):
    tokens = [first_step(nobody, mel) for _ in range(4)]
    with time_machine.travel(clock.now(), tick=False):
        code = factors.code_at(mel.totp)
        ends = at_once([lambda token=token: finish(nobody, token, code) for token in tokens])
    assert ends == {"ok": 1, "FieldErrors": 3}


def test_one_first_step_is_completed_once(nobody, mel):
    token = first_step(nobody, mel)
    with time_machine.travel(clock.now(), tick=False):
        codes = [factors.code_at(mel.totp, steps) for steps in (-1, 0, 1)]
        ends = at_once([lambda code=code: finish(nobody, token, code) for code in codes])
        assert ends["ok"] == 1 and sum(ends.values()) == 3
    with time_machine.travel(clock.now() + timedelta(minutes=5)), pytest.raises(Refused):
        finish(nobody, token, factors.code_at(mel.totp))
    assert len(sign_ins.list_of(replace(nobody, actor=mel.actor), LIMITS)) == 1
    assert events(nobody, mel.user_id).count("sign_in.succeeded") == 1


def test_one_recovery_code_is_used_once(nobody, mel):
    with nobody.write() as session:
        code = recovery_codes.renew(session, mel.user_id)[0].reveal()
    tokens = [first_step(nobody, mel) for _ in range(4)]
    ends = at_once([lambda token=token: finish(nobody, token, code) for token in tokens])
    assert ends == {"ok": 1, "FieldErrors": 3}
    with nobody.read() as session:
        rows = session.query(RecoveryCode).where(RecoveryCode.user_id == mel.user_id).all()
        assert code.replace("-", "").encode() not in b"".join(row.code_hash for row in rows)
        assert [row.used_at is None for row in rows].count(False) == 1


def test_a_link_stands_in_for_the_password_alone(nobody, mel):
    token, started = sign_ins.start_for(nobody, mel.user_id, "", "192.0.2.7")
    assert started.awaits_second and sign_ins.find(nobody, token, LIMITS) is None
    full, left = finish(nobody, token, factors.next_code(mel.totp))
    visitor = sign_ins.find(nobody, full, LIMITS)
    assert left is None and visitor.has_second_factor and full.reveal() != token.reveal()


def test_the_password_proves_nothing_where_a_code_does(nobody, mel):
    full, _ = finish(nobody, first_step(nobody, mel), factors.next_code(mel.totp))
    work = replace(
        nobody, actor=replace(mel.actor, sign_in_id=sign_ins.find(nobody, full, LIMITS).sign_in_id)
    )
    before = clock.now() - timedelta(hours=2)
    with nobody.write() as session:
        session.get_one(SignIn, work.actor.sign_in_id).proved_at = before
    with pytest.raises(FieldErrors):
        proofs.by_password(work, mel.password)
    assert sign_ins.find(nobody, full, LIMITS).proved_at == before
    proofs.by_code(work, factors.next_code(mel.totp))
    assert proofs.is_recent(sign_ins.find(nobody, full, LIMITS).proved_at, changes=False)
    sign_ins.end(work, work.actor.sign_in_id, "signed_out")
    with pytest.raises(NotHere):
        proofs.by_code(work, factors.next_code(mel.totp))


def test_without_one_there_is_nothing_to_enter(nobody, tenant):
    work = replace(nobody, actor=tenant.second.actor)
    for call in (second_factor.make_codes, lambda work: second_factor.switch_off(work, "123456")):
        with pytest.raises(Refused):
            call(work)
    with pytest.raises(NotHere):
        proofs.by_code(work, "123456")
    with pytest.raises(Refused):
        second_factor.confirm(work, "123456")
    assert second_factor.in_set_up(work) is None


def test_what_holds_is_not_begun_again(nobody, mel):
    work = replace(nobody, actor=mel.actor)
    with pytest.raises(Refused):
        second_factor.begin(work)
    with pytest.raises(Refused):
        second_factor.confirm(work, factors.code_at(mel.totp))
    assert second_factor.in_set_up(work) is None


def test_guesses_from_many_networks_count_together(nobody, mel):
    """Whoever knows the password has a million codes to try; a browser that is known goes on."""
    tokens = [first_step(nobody, mel) for _ in range(5)]
    ends = []
    with time_machine.travel(clock.now(), tick=False):
        for number in range(25):
            origin = Origin(f"198.51.100.{number}")
            try:
                second_steps.finish(nobody, tokens[number % 5], f"{number:06}", BROWSER, origin)
            except (FieldErrors, TooMany) as error:
                ends.append(type(error).__name__)
    assert ends == ["FieldErrors"] * 20 + ["TooMany"] * 5
