"""A second factor: six digits from an app on a phone that holds a secret in common with the portal (TOTP,
RFC 6238, in the form every such app takes: SHA-1, 30 seconds, 6 digits).

A code of the step before or after the present one is taken as well, and each step once only: who looked over
somebody's shoulder cannot use the code again, not even at another process (RFC 6238, section 5.2). A recovery
code (:mod:`portal.people.recovery_codes`) stands in for one.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import pyotp
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import record
from portal.audit.visits import end_everywhere
from portal.errors import FieldErrors, NotHere, Refused
from portal.people import guessing, mails, recovery_codes, sign_ins, users
from portal.people.mails import FactorNews
from portal.secret import Secret
from portal.store import tries
from portal.store.tables import User
from portal.store.vault import get_secret, put_secret
from portal.store.work import Work

STEP = 30  # seconds
NEAR = 1  # steps a clock may be off
FAR = 120  # steps that are looked at to tell by how much it is off: an hour
SIX_DIGITS = re.compile(r"[0-9]{6}")
WRONG = "This code is not right. Enter the one your app shows now, or a recovery code you have not used yet."
USED = "This code was used already. Wait until your app shows the next one, and enter that."
SET_UP_ALREADY = "You have a second factor already. Switch it off first, if it is to be another one."
NOT_BEGUN = "No second factor is being set up. Begin again from your profile."
OFF = "The clock of your phone is about {seconds} seconds {way}, so its codes are not taken. {remedy}"
SET_CLOCK = "Let the phone set its time by itself, then enter the code it shows."
WRONG_AT_FIRST = (
    "This is not the code for the secret shown here. Scan it once more, and enter the six digits your app "
    "shows for this portal."
)


@dataclass(frozen=True)
class Factor:
    """What a person has. ``since`` is None where no second factor holds. ``left``: recovery codes not used;
    ``codes_at``: when they were made."""

    since: datetime | None
    left: int
    codes_at: datetime | None


@dataclass(frozen=True)
class Used:
    """What became of a code. ``left``: recovery codes left after one was used; None for a code of the app.
    ``why_not``: a sentence where it was not taken."""

    left: int | None = None
    why_not: str = ""


def mine(work: Work) -> Factor:
    """The second factor of the person at work."""
    with work.within(None).read() as session:
        left, made_at = recovery_codes.count(session, work.user_id)
        return Factor(_user(session, work).totp_since, left, made_at)


def _user(session: Session, work: Work, *, held: bool = False) -> User:
    user = session.get(User, work.user_id, with_for_update=held)
    if user is None:
        raise NotHere
    return user


def begin(work: Work) -> None:
    """Make a new secret for the person at work; it counts for nothing until :func:`confirm`.

    Raises :class:`Refused` where a second factor holds.
    """
    with work.within(None).write() as session:
        user = _user(session, work, held=True)
        if user.totp_since is not None:
            raise Refused(SET_UP_ALREADY)
        put_secret(session, user, "totp_secret", Secret(pyotp.random_base32()))
        user.totp_step = None


def in_set_up(work: Work) -> tuple[Secret, str] | None:
    """The secret being set up, and the person's address, by which the app names it; None where none is.

    Once it holds it is never shown again.
    """
    with work.within(None).read() as session:
        user = _user(session, work)
        if user.totp_since is not None or user.totp_secret is None:
            return None
        return get_secret(session, user, "totp_secret"), user.email


def confirm(work: Work, typed: str) -> list[Secret]:
    """The app shows the right code: from now on the second factor holds. New recovery codes.

    Raises :class:`FieldErrors` for ``code``; only here it tells by how much a phone's clock is off: later
    that would tell whoever guesses which code is right soon. :class:`Refused` where nothing is set up.
    """
    code, now = _digits(typed), clock.now()
    with work.within(None).write() as session:
        user = _user(session, work, held=True)
        if user.totp_since is not None or user.totp_secret is None:
            raise Refused(NOT_BEGUN)
        secret = get_secret(session, user, "totp_secret")
        step = _step(secret, code, now, NEAR)
        if step is None:
            raise FieldErrors({"code": _why_not(secret, code, now)})
        user.totp_since, user.totp_step = now, step
        codes = recovery_codes.renew(session, user.id)
        record(session, work, "second_factor.set_up", subject_id=user.id)
        mails.tell_of_factor(session, user, FactorNews.SET_UP)
        return codes


def _why_not(secret: Secret, code: str, now: datetime) -> str:
    step = _step(secret, code, now, FAR)
    if step is None:
        return WRONG_AT_FIRST
    away = (step - _now(now)) * STEP
    return OFF.format(seconds=abs(away), way="fast" if away > 0 else "slow", remedy=SET_CLOCK)


def _now(now: datetime) -> int:
    return int(now.timestamp()) // STEP


def _digits(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed)


def _step(secret: Secret, code: str, now: datetime, reach: int) -> int | None:
    """The step a code is of, at most ``reach`` from the present one, the nearest first."""
    if not SIX_DIGITS.fullmatch(code):
        return None
    app = pyotp.TOTP(secret.reveal())
    for away in sorted(range(-reach, reach + 1), key=abs):
        if hmac.compare_digest(app.generate_otp(_now(now) + away), code):
            return _now(now) + away
    return None


def use(session: Session, work: Work, user: User, typed: str) -> Used:
    """Take a code, of the app or a recovery code, within the transaction that needs it, and record it.

    ``user`` is held, and has a second factor. A wrong one is recorded too, so the caller commits it.
    """
    found = _use(session, user, typed)
    if found.why_not:
        record(session, work, "second_factor.failed", outcome="failed", subject_id=user.id)
    elif found.left is not None:
        record(session, work, "second_factor.recovery_code_used", subject_id=user.id, left=found.left)
        mails.tell_of_factor(session, user, FactorNews.CODE_USED)
    return found


def _use(session: Session, user: User, typed: str) -> Used:
    code = _digits(typed)
    if not SIX_DIGITS.fullmatch(code):
        is_one = recovery_codes.use(session, user.id, code)
        return Used(recovery_codes.count(session, user.id)[0]) if is_one else Used(why_not=WRONG)
    step = _step(get_secret(session, user, "totp_secret"), code, clock.now(), NEAR)
    if step is None:
        return Used(why_not=WRONG)
    if step <= cast(int, user.totp_step):
        return Used(why_not=USED)
    user.totp_step = step
    return Used()


def switch_off(work: Work, typed: str) -> None:
    """Take the second factor of the person at work away, by one more code.

    Raises :class:`FieldErrors` for ``code``, :class:`TooMany`, :class:`Refused` where there is none.
    """
    asks = guessing.own_code_asks(work, typed)
    guessing.take(work, asks, work.user_id)
    with work.within(None).write() as session:
        user = _user(session, work, held=True)
        if user.totp_since is None:
            raise Refused("You have no second factor.")
        used = use(session, work, user, typed)
        if not used.why_not:
            tries.give_back(session, asks)
            _take_away(session, user)
            record(session, work, "second_factor.switched_off", subject_id=user.id)
            mails.tell_of_factor(session, user, FactorNews.SWITCHED_OFF)
    if used.why_not:
        raise FieldErrors({"code": used.why_not})
    end_everywhere(work, work.user_id)


def _take_away(session: Session, user: User) -> None:
    user.totp_secret = user.totp_since = user.totp_step = None
    recovery_codes.drop(session, user.id)


def make_codes(work: Work) -> list[Secret]:
    """New recovery codes for the person at work; the former ones work no longer. Raises :class:`Refused`
    where there is no second factor."""
    with work.within(None).write() as session:
        user = _user(session, work, held=True)
        if user.totp_since is None:
            raise Refused("You have no second factor. Set it up first.")
        codes = recovery_codes.renew(session, user.id)
        record(session, work, "second_factor.codes_made", subject_id=user.id)
        mails.tell_of_factor(session, user, FactorNews.CODES_MADE)
        return codes


def reset(work: Work, email: str) -> None:
    """The operator takes away the second factor of somebody who has lost phone and codes, and ends their
    sign-ins: who has the phone now may sit at one. Raises :class:`Refused`."""
    with work.within(None).write() as session:
        user = users.by_email(session, email)
        if user is None:
            raise Refused("There is nobody with this e-mail address. Check how it is written.")
        session.refresh(user, with_for_update=True)
        if user.totp_since is None:
            raise Refused("This person has no second factor: they sign in with their password alone.")
        _take_away(session, user)
        record(session, work, "second_factor.reset", subject_id=user.id)
        sign_ins.end_all(session, work, user.id, "second_factor_reset")
        mails.tell_of_factor(session, user, FactorNews.RESET)
        user_id = user.id
    end_everywhere(work, user_id)
