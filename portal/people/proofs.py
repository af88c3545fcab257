"""Recent proof: before what would hurt in wrong hands, a person shows once more that it is still they who
sit there.

Signing in is a proof. A form gets longer than the page it stands on, so that what was typed into one opened
in time is taken.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import record
from portal.errors import FieldErrors, NotHere
from portal.people import guessing, passwords, second_factor
from portal.people.second_factor import Used
from portal.store import tries
from portal.store.tables import SignIn, User
from portal.store.work import Work

FOR_PAGES = timedelta(hours=1)
FOR_FORMS = timedelta(hours=3)
NOT_YOURS = "This is not your password. Enter the one you sign in with."


def is_recent(proved_at: datetime, *, changes: bool) -> bool:
    """Whether a proof given then holds for a page, or (``changes``) for what a form of it sends."""
    return clock.now() - proved_at < (FOR_FORMS if changes else FOR_PAGES)


def by_password(work: Work, typed: str) -> None:
    """The person at work, who has no second factor, proves it by the password.

    Raises :class:`FieldErrors` for ``password``, :class:`TooMany`.
    """
    with work.within(None).read() as session:
        user = session.get(User, work.user_id)
        stored = user.password_hash if user else None
    asks = guessing.own_password_asks(work)
    guessing.take(work, asks, work.user_id)
    is_right = passwords.verify(stored, typed)
    with work.within(None).write() as session:
        user = session.get(User, work.user_id, with_for_update=True)
        # Looked at again: a second factor may hold by now, or another password.
        if is_right and user and user.totp_since is None and user.password_hash == stored:
            tries.give_back(session, asks)
            _prove(session, work, "password")
            return
        record(session, work, "sign_in.proof_failed", outcome="failed", subject_id=work.user_id)
    raise FieldErrors({"password": NOT_YOURS})


def by_code(work: Work, typed: str) -> Used:
    """The person at work proves it by a code of the second factor, or a recovery code.

    Raises :class:`FieldErrors` for ``code``, :class:`TooMany`, :class:`NotHere` where there is none.
    """
    asks = guessing.own_code_asks(work, typed)
    guessing.take(work, asks, work.user_id)
    with work.within(None).write() as session:
        user = session.get(User, work.user_id, with_for_update=True)
        if user is None or user.totp_since is None:
            raise NotHere
        used = second_factor.use(session, work, user, typed)
        if not used.why_not:
            tries.give_back(session, asks)
            _prove(session, work, "code")
            return used
    raise FieldErrors({"code": used.why_not})


def _prove(session: Session, work: Work, by: str) -> None:
    row = session.get(SignIn, work.actor.sign_in_id, with_for_update=True)
    if row is None or row.ended_at is not None:
        raise NotHere
    row.proved_at = clock.now()
    record(session, work, "sign_in.proved", subject_id=work.user_id, by=by)
