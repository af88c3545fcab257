"""The second step of a sign-in: the password was right, and a code is asked for.

Until then there is a row of the sign-in that signs nobody in. It ends with the step, whose sign-in has a
token of its own: what a browser was given before counts for nothing afterwards (T19).
"""

from datetime import timedelta

from sqlalchemy import Select, select

from portal import clock
from portal.errors import FieldErrors, Refused
from portal.people import guessing, second_factor, sign_ins
from portal.people.guessing import Origin
from portal.people.sign_ins import Browser
from portal.people.tokens import digest
from portal.secret import Secret
from portal.store import tries
from portal.store.tables import SignIn, User
from portal.store.work import Work

WAITS = timedelta(minutes=10)
TOO_LATE = "More than ten minutes have passed since you entered your password. Sign in again."


def waits(work: Work, token: Secret) -> bool:
    """Whether this token is of a sign-in that a code would complete."""
    with work.read() as session:
        return session.execute(_waiting(token)).first() is not None


def _waiting(token: Secret) -> Select[SignIn, User]:
    return (
        select(SignIn, User)
        .join(User, User.id == SignIn.user_id)
        .where(
            SignIn.token_hash == digest(token),
            SignIn.awaits_second,
            SignIn.ended_at.is_(None),
            SignIn.created_at > clock.now() - WAITS,
            User.disabled_at.is_(None),
            User.totp_since.is_not(None),
        )
    )


def finish(
    work: Work, token: Secret, typed: str, browser: Browser, origin: Origin
) -> tuple[Secret, int | None]:
    """Sign in with a code: the token for the cookie, and how many recovery codes are left if one was used.

    Raises :class:`FieldErrors` for ``code``, :class:`TooMany`, :class:`Refused` for a sign-in that waits no
    longer.
    """
    with work.read() as session:
        found = session.execute(_waiting(token)).first()
    if found is None:
        raise Refused(TOO_LATE)
    asks = guessing.code_asks(work, found[1].id, origin, typed)
    guessing.take(work, asks, found[1].id)
    with work.write() as session:
        # The person first, as everywhere; then looked at again.
        user = session.get_one(User, found[1].id, with_for_update=True)
        row = session.execute(_waiting(token).with_for_update(of=SignIn)).first()
        if row is None:
            raise Refused(TOO_LATE)
        used = second_factor.use(session, work, user, typed)
        if not used.why_not:
            tries.give_back(session, asks)
            row[0].ended_at = clock.now()
            return sign_ins.begin(session, work, user.id, browser)[0], used.left
    raise FieldErrors({"code": used.why_not})
