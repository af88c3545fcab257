"""Another e-mail address: it is a person's when they open the link that was sent there, once, signed in.

Signed in, since whoever gets a link by a slip of the pen must not get the person with it: who has the address
can ask for a new password. The former address is told, and how to stop it. Nobody learns here whether an
address is somebody else's; only that address itself is told (T20).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal import clock, mail
from portal.audit.log import record
from portal.errors import FieldErrors, NotHere, Refused
from portal.people import guessing, mails, users
from portal.people.texts import clean_email, email_key
from portal.people.tokens import digest, new_token
from portal.secret import Secret
from portal.store.tables import User
from portal.store.work import Work

VALID_FOR = timedelta(hours=24)
DEAD_LINK = (
    "This link does not work: it was used, replaced or cancelled, or it is older than 24 hours. Your profile "
    "shows which address you have, and whether another one waits."
)
NOT_YOURS = (
    "This link is for somebody else: another person asked for it. If that is you too, sign out, and sign in "
    "as before; then open it again."
)
TAKEN = (
    "This address belongs to somebody else in this portal, so it cannot be yours. Nothing was changed. "
    "Choose another one in your profile."
)


@dataclass(frozen=True)
class Pending:
    """An address that is not confirmed yet. ``is_over``: its link works no longer. ``not_delivered``: what to
    do where the mail with it was given up; else empty."""

    email: str
    expires_at: datetime
    is_over: bool
    not_delivered: str = ""


@dataclass(frozen=True)
class EmailChange:
    """What a link changes; empty addresses unless the person signed in is the one it was made for."""

    is_mine: bool
    before: str = ""
    after: str = ""


def pending(work: Work) -> Pending | None:
    """The address that waits for the person at work to confirm it."""
    with work.read() as session:
        user = session.get_one(User, work.user_id)
        if user.new_email is None or user.email_expires_at is None:
            return None
        why = mail.undelivered(session, [_once(user)]).get(_once(user))
        not_delivered = mails.email_not_delivered(user.new_email, why) if why else ""
        is_over = user.email_expires_at <= clock.now()
        return Pending(user.new_email, user.email_expires_at, is_over, not_delivered)


def _once(user: User) -> str:
    """The name of the message with the link that works now."""
    return f"email {user.email_hash.hex() if user.email_hash else ''}"


def make(work: Work, email: str, password: str) -> Secret:
    """A link's token, shown to the person where the portal sends no mail; a link made before ends.

    Raises :class:`FieldErrors` for ``email`` and ``current``, :class:`TooMany` for wrong passwords or many
    links.
    """
    email = _asked(work, email, password)
    with work.within(None).write() as session:
        return _make(session, work, _held(session, work), email)


def send(work: Work, email: str, password: str) -> None:
    """The same by mail to the new address, and a note to the present one. Raises as :func:`make` does."""
    email = _asked(work, email, password)
    with work.within(None).write() as session:
        user = _held(session, work)
        _send(session, work, user, email)
        note = mails.email_change_asked(email, mail.link(session, "/profile/"))
        mail.queue(session, f"email note {uuid4().hex}", user.email, *note)


def send_again(work: Work) -> str:
    """Send a new link in place of the one sent before: to which address.

    Raises :class:`NotHere` when no address waits, :class:`TooMany` after many.
    """
    guessing.take(work, guessing.email_asks(work), work.user_id)
    with work.within(None).write() as session:
        user = _held(session, work)
        if user.new_email is None:
            raise NotHere
        _send(session, work, user, user.new_email)
        return user.new_email


def _asked(work: Work, email: str, password: str) -> str:
    email = clean_email(email)
    users.check_password(work, password)
    guessing.take(work, guessing.email_asks(work), work.user_id)
    return email


def _held(session: Session, work: Work) -> User:
    return session.get_one(User, work.user_id, with_for_update=True)


def _send(session: Session, work: Work, user: User, email: str) -> None:
    link = mail.link(session, f"/profile/email/{_make(session, work, user, email).reveal()}")
    is_taken = users.by_email(session, email) is not None
    letter = mails.email_taken() if is_taken else mails.email_change(user.email, email, link)
    mail.queue(session, _once(user), email, *letter)


def _make(session: Session, work: Work, user: User, email: str) -> Secret:
    if email_key(email) == user.email_key:
        raise FieldErrors({"email": "This is your address already. Enter another one."})
    token = new_token()
    user.new_email, user.email_hash = email, digest(token)
    user.email_expires_at = clock.now() + VALID_FOR
    record(session, work, "person.email_asked", subject_id=user.id)
    return token


def cancel(work: Work) -> None:
    """The address stays as it is, and the link ends; nothing happens where none waits."""
    with work.within(None).write() as session:
        user = _held(session, work)
        if user.new_email is not None:
            _forget(user)
            record(session, work, "person.email_cancelled", subject_id=user.id)


def _forget(user: User) -> None:
    user.new_email = user.email_hash = user.email_expires_at = None


def show(work: Work, token: Secret) -> EmailChange:
    """What a link changes. Changes nothing. Raises :class:`Refused` for one that does not work."""
    with work.read() as session:
        user = session.scalars(select(User).where(*_live(token))).first()
        if user is None:
            raise Refused(DEAD_LINK)
        if user.id != work.user_id:
            return EmailChange(is_mine=False)
        return EmailChange(True, user.email, user.new_email or "")


def _live(token: Secret) -> tuple[ColumnElement[bool], ...]:
    return User.email_hash == digest(token), User.email_expires_at > clock.now()


def confirm(work: Work, token: Secret) -> str:
    """The address is the person's from now on: which. A reset link sent to the former one ends.

    Raises :class:`Refused` for a link that does not work, is another person's, or whose address is taken.
    """
    with work.within(None).write() as session:
        mine = select(User).where(User.id == work.user_id, *_live(token)).with_for_update()
        user = session.scalars(mine).first()
        if user is None or user.new_email is None:
            others = session.scalar(select(User.id).where(User.id != work.user_id, *_live(token)))
            raise Refused(NOT_YOURS if others else DEAD_LINK)
        if users.by_email(session, user.new_email) is not None:
            raise Refused(TAKEN)
        former, now = user.email, user.new_email
        user.email, user.email_key = now, email_key(now)
        user.reset_hash = user.reset_expires_at = None
        _forget(user)
        record(session, work, "person.email_changed", subject_id=user.id)
        mail.queue(session, f"email changed {uuid4().hex}", former, *mails.email_changed(now))
        return now
