"""A second factor from its set-up to its loss, over HTTP: the second step of signing in, and every way past
it that must not be one."""

import re
from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.people import recovery_codes, resets, second_factor, sign_ins
from portal.store.tables import SignIn, User
from portal.store.work import NOBODY, OPERATOR, Work
from tests.people.helpers import GOOD, events, set_user
from tests.support import factors
from tests.support.person import Person

CODES = "#recovery-codes"


def type_password(portal, someone, path="/sign-in"):
    """Somebody at the door whose password was right."""
    person = Person(portal)
    person.get(path)
    person.submit("Sign in", email=someone.email, password=someone.password)
    return person


def is_in(person):
    person.get("/profile/")
    return person.path == "/profile/"


def test_story(portal, tenant, sign_in, world):
    """Set up, come in with the app, lose the phone, come in with a recovery code, switch it off."""
    mel = tenant.member
    at_home = sign_in(mel)
    page = at_home.get("/profile/second-factor")
    assert "Not set up" in page.text
    page = at_home.submit("Set up the second factor")
    assert at_home.path == "/profile/second-factor/set-up"
    assert at_home.response.headers["Cache-Control"] == "no-store"
    secret = page.value("#totp-secret").replace(" ", "")
    assert f"secret={secret}" in page.link("Open it in the app") and page.find("img.qr")
    page = at_home.submit("Switch it on", code="12 34 56 7")
    assert at_home.status == 422 and "This is not the code for the secret shown here" in page.errors()[0]
    assert page.value("#totp-secret").replace(" ", "") == secret
    page = at_home.submit("Switch it on", code=factors.next_code(secret))
    codes = page.value(CODES).split()
    assert len(set(codes)) == 10 and all(re.fullmatch("([a-z2-7]{4}-){3}[a-z2-7]{4}", one) for one in codes)
    assert at_home.response.headers["Cache-Control"] == "no-store"
    for path in ("/profile/second-factor", "/profile/second-factor/set-up"):
        html = at_home.get(path).html
        assert at_home.path == "/profile/second-factor", "what holds is never shown again"
        assert secret not in html and codes[0] not in html and "10" in html

    person = type_password(portal, mel, f"/sign-in?next={tenant.path('people/')}")
    assert person.path == f"/sign-in/code?next={tenant.path('people/')}"
    first = person.session.cookies["almoner"]
    person.submit("Sign in", code="not it")
    assert person.status == 422 and "not right" in person.page.text
    assert person.page.value("#code") == "", "what was typed may be a code one letter off"
    person.submit("Sign in", code=factors.next_code(secret))
    assert person.path == tenant.path("people/"), "the page that was wanted survives both steps"
    assert person.session.cookies["almoner"] != first

    person = type_password(portal, mel)
    person.click("No phone at hand? Use a recovery code")
    person.submit("Sign in", code=codes[3].upper().replace("-", " "))
    assert person.path == tenant.path() and "9 recovery codes are left" in person.page.text
    person = type_password(portal, mel)
    person.submit("Sign in", code=codes[3])
    assert person.status == 422, "each is used once"
    person.submit("Sign in", code=factors.next_code(secret))
    person.get("/profile/second-factor")
    new = person.submit("Make new recovery codes").value(CODES).split()
    person.get("/profile/second-factor/off")
    assert "not right" in person.submit("Switch it off", code=codes[4]).errors()[0], "the former ones ended"
    page = person.submit("Switch it off", code=new[0])
    assert "is switched off" in page.text and "Not set up" in page.text
    assert type_password(portal, mel).path == tenant.path()
    assert [one for one in events(Work(portal.store, None, NOBODY), mel.user_id) if "second" in one] == [
        "second_factor.set_up",
        "second_factor.asked",
        "second_factor.failed",
        "second_factor.asked",
        "second_factor.recovery_code_used",
        "second_factor.asked",
        "second_factor.failed",
        "second_factor.codes_made",
        "second_factor.failed",
        "second_factor.recovery_code_used",
        "second_factor.switched_off",
    ]


def test_the_password_alone_opens_nothing(portal, world, tenant):
    """T19: the cookie of the first step is nobody's, also where it is put in the place of a sign-in's."""
    mel = world.with_factor(tenant.member)
    nobody = Work(portal.store, None, NOBODY)
    person = type_password(portal, mel)
    assert person.path == "/sign-in/code" and not is_in(person)
    token, started = sign_ins.start(nobody, mel.email, mel.password, "", "192.0.2.9")
    assert started.awaits_second
    limits = sign_ins.Limits(timedelta(hours=1), timedelta(hours=1))
    assert sign_ins.find(nobody, token, limits) is None
    assert sign_ins.list_of(Work(portal.store, None, mel.actor), limits) == []
    assert "almoner-known" not in str(person.session.cookies), "the browser is not known by half a sign-in"
    # A link for a new password leaves it where it is, and ends the step that waits.
    link = resets.make_for(Work(portal.store, None, OPERATOR), mel.email).reveal()
    resetting = Person(portal)
    resetting.get(f"/reset/{link}")
    resetting.submit("Set password", password=GOOD, repeat=GOOD)
    person.get("/sign-in/code")
    assert person.path == "/sign-in" and "Sign in again" in person.page.text
    resetting.submit("Sign in", email=mel.email, password=GOOD)
    assert resetting.path == "/sign-in/code" and not is_in(resetting)


def test_the_step_ends(portal, world, tenant):
    mel = world.with_factor(tenant.member)
    person = type_password(portal, mel)
    kept = dict(person.session.cookies)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        person.get("/sign-in/code?next=/profile/")
        assert person.path == "/sign-in?next=/profile/" and "ten minutes" in person.page.text
    person = type_password(portal, mel)
    kept = person.session.cookies["almoner"]
    person.submit("Sign in", code=factors.next_code(mel.totp))
    assert is_in(person)
    again = Person(portal)
    again.session.cookies.set("almoner", kept, domain="127.0.0.1")
    again.get("/sign-in/code")
    assert again.path == "/sign-in", "what completed a sign-in completes no other"
    person = type_password(portal, mel)
    set_user(tenant.work(), mel.user_id, disabled_at=clock.now())
    person.submit("Sign in", code=factors.next_code(mel.totp))
    assert person.path == "/sign-in"
    assert Person(portal).get("/sign-in/code").h1 == "Sign in"


def test_a_code_is_taken_once_by_all_processes_together(portal, world, tenant):
    mel = world.with_factor(tenant.member)
    other = portal.another_process()
    with time_machine.travel(clock.now(), tick=False):
        code = factors.code_at(mel.totp)
        assert type_password(portal, mel).submit("Sign in", code=code)
        person = type_password(portal, mel)
        assert "was used already" in person.submit("Sign in", code=code).errors()[0]
        earlier = person.submit("Sign in", code=factors.code_at(mel.totp, -1))
        assert "was used already" in earlier.errors()[0], "nor one before it"
        assert "not right" in person.submit("Sign in", code=factors.code_at(mel.totp, 2)).errors()[0]
        store = other.extensions["almoner"].store
        work = Work(store, None, NOBODY)
        with work.write() as session:
            used = second_factor.use(session, work, session.get_one(User, mel.user_id), code)
        assert "already" in used.why_not
        store.engine.dispose()
        assert person.submit("Sign in", code=factors.code_at(mel.totp, 1)) and is_in(person)


def test_guessed_codes_are_counted_and_lock_nobody_out(portal, world, tenant):
    mel = world.with_factor(tenant.member)
    at_home = type_password(portal, mel)
    at_home.submit("Sign in", code=factors.next_code(mel.totp))
    guesser = type_password(portal, mel)
    with time_machine.travel(clock.now(), tick=False):
        for number in range(5):
            guesser.submit("Sign in", code=f"00000{number}")
            assert guesser.status == 422
        page = guesser.submit("Sign in", code=factors.next_code(mel.totp))
        assert guesser.status == 429 and "Try again in 12 minutes" in page.text
        assert guesser.response.headers["Retry-After"] == "720"
        guesser.submit("Sign in", code="abcd-2345-abcd-2345")
        assert guesser.status == 422, "looked at, and wrong"
        guesser.submit("Sign in", code="abcd-2345-abcd-234")
        assert guesser.status == 429, "no recovery code has this form"
        with tenant.work().within(None).write() as session:
            code = recovery_codes.renew(session, mel.user_id)[0].reveal()
        guesser.submit("Sign in", code=code)
        assert is_in(guesser), "nobody guesses a recovery code"
        at_home.get("/profile/")
        at_home.submit("Sign out")
        at_home.submit("Sign in", email=mel.email, password=mel.password)
        at_home.submit("Sign in", code=factors.next_code(mel.totp))
        assert is_in(at_home), "the browser is known"
    assert "sign_in.slowed" in events(Work(portal.store, None, NOBODY), mel.user_id)


@pytest.mark.parametrize("away, told", [(-10, "300 seconds slow"), (4, "120 seconds fast"), (200, "")])
def test_drift_is_told_while_setting_up_only(sign_in, portal, tenant, away, told):
    person = sign_in(tenant.member)
    person.get("/profile/second-factor")
    secret = person.submit("Set up the second factor").value("#totp-secret").replace(" ", "")
    with time_machine.travel(clock.now(), tick=False):
        [error] = person.submit("Switch it on", code=factors.code_at(secret, away)).errors()
        assert told in error and ("clock" in error) is bool(told)
        if told:
            person.submit("Switch it on", code=factors.code_at(secret))
            later = type_password(portal, tenant.member)
            [error] = later.submit("Sign in", code=factors.code_at(secret, away)).errors()
            assert "clock" not in error, "it would tell a guesser which code is right soon"


def test_odd_codes(portal, world, tenant):
    mel = world.with_factor(tenant.member)
    for odd in (
        "",
        "\0",
        "x" * 9000,
        "\uff11\uff12\uff13\uff14\uff15\uff16",
        "\u0660" * 6,
        "-- -",
        "000\u202e000",
    ):
        person = type_password(portal, mel)
        person.submit("Sign in", code=odd)
        assert person.status in (422, 429) and not is_in(person), repr(odd)


def test_nothing_of_it_is_logged_or_kept_readable(portal, world, tenant):
    mel = world.with_factor(tenant.member)
    person = type_password(portal, mel)
    code = factors.next_code(mel.totp)
    person.submit("Sign in", code=code)
    assert mel.totp not in portal.log_text() and f'"{code}"' not in portal.log_text()
    with tenant.work().within(None).read() as session:
        user = session.get_one(User, mel.user_id)
        assert mel.totp.encode() not in user.totp_secret and mel.totp not in repr(vars(user))
        rows = session.query(SignIn).where(SignIn.user_id == mel.user_id).all()
        assert sorted((row.awaits_second, row.ended_at is None) for row in rows) == [
            (False, True),
            (True, False),
        ]
