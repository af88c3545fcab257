"""Reset links: a way back in for somebody who has lost the password, by a link that works once (T22)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import clock, mail
from portal.audit.log import record
from portal.errors import NotHere, Refused
from portal.people import guessing, mails, memberships, passwords, sign_ins, users
from portal.people.guessing import Origin
from portal.people.tokens import digest, new_token
from portal.secret import Secret
from portal.store import due
from portal.store.tables import Tenant, User
from portal.store.work import Work, now_of

VALID_FOR = timedelta(minutes=30)
KIND = "reset"  # of due work
ONE_IN = timedelta(minutes=10)
UNKNOWN = UUID(int=0)  # stands for every address nobody has: one row, however many are asked for
DEAD_LINK = (
    "This link does not work: it was used or replaced, or it is older than 30 minutes. "
    "Ask the person who gave it to you for a new one."
)
NOT_BY_ADMIN = (
    "You cannot make a reset link for this person: an admin can do so only for members who belong to no "
    "other organisation. Ask the operator of the portal, who can make one for anybody: almoner reset-link "
    "EMAIL"
)


@dataclass(frozen=True)
class ResetView:
    """For whom a link sets the password."""

    name: str
    email: str


def make_for_member(work: Work, user_id: UUID) -> Secret:
    """A reset link's token, made by an admin for a member of the tenant.

    Raises :class:`Refused` for admins, support and members of other tenants: through such a person an
    admin could take over what is not this tenant's. :class:`NotHere` for somebody who does not belong.
    """
    with work.write() as session:
        return _make_for_member(session, work, user_id)[0]


def send_to_member(work: Work, user_id: UUID) -> None:
    """The same link by mail to the member, so that nobody else has it. Raises as :func:`make_for_member`."""
    with work.write() as session:
        token, user = _make_for_member(session, work, user_id)
        tenant = session.get_one(Tenant, work.tenant)
        by = session.get_one(User, work.user_id).name
        letter = mails.reset_by_admin(by, tenant.name, _link(session, token))
        mail.queue(session, f"reset {uuid4().hex}", user.email, *letter)


def _link(session: Session, token: Secret) -> str:
    return mail.link(session, f"/reset/{token.reveal()}")


def _make_for_member(session: Session, work: Work, user_id: UUID) -> tuple[Secret, User]:
    membership = memberships.find(session, work.tenant, user_id)
    user = session.get(User, user_id, with_for_update=True)
    if membership is None or user is None:
        raise NotHere
    elsewhere = user.is_support or users.tenant_count(session, user_id) != 1
    if elsewhere or membership.role == memberships.ADMIN or user.disabled_at is not None:
        raise Refused(NOT_BY_ADMIN)
    record(session, work, "password.reset_made", subject_id=user_id)
    return _make(session, work, user), user


def ask(work: Work, email: str, origin: Origin) -> None:
    """Somebody who is not signed in asks for a link to this address. It is made and sent by the worker.

    Known and unknown take one look and the same writes (T20): unknown addresses share a row about nobody.
    Raises :class:`TooMany` where too many are asked for from one network.
    """
    guessing.take(work, guessing.reset_asks(work, origin), None)
    with work.write() as session:
        user = users.by_email(session, email)
        due.put(session, KIND, user.id if user else UNKNOWN, now_of(session), None)


def send_asked(work: Work, user_id: UUID) -> None:
    """Send the person a link; once in ten minutes at most, and to nobody who is unknown or disabled."""
    with work.write() as session:
        user = session.get(User, user_id, with_for_update=True)
        slot = int(now_of(session).timestamp() // ONE_IN.total_seconds())
        once = f"reset {user_id.hex} {slot}"
        if user is None or user.disabled_at is not None or mail.was_queued(session, once):
            return
        letter = mails.reset_asked(_link(session, _make(session, work, user)))
        mail.queue(session, once, user.email, *letter)


def make_for(work: Work, email: str) -> Secret:
    """A reset link's token, made by the operator for anybody. :class:`Refused`: unknown address."""
    with work.within(None).write() as session:
        user = users.by_email(session, email)
        if user is None:
            raise Refused("There is nobody with this e-mail address. Check how it is written.")
        return _make(session, work, user)


def _make(session: Session, work: Work, user: User) -> Secret:
    token = new_token()
    user.reset_hash = digest(token)
    user.reset_expires_at = clock.now() + VALID_FOR
    record(session, work, "password.reset_made", in_portal=True, subject_id=user.id)
    return token


def show(work: Work, token: Secret) -> ResetView:
    """For whom the link is. Changes nothing. Raises :class:`Refused` for a dead one."""
    with work.read() as session:
        user = session.scalars(
            select(User).where(
                User.reset_hash == digest(token),
                User.reset_expires_at > clock.now(),
                User.disabled_at.is_(None),
            )
        ).first()
        if user is None:
            raise Refused(DEAD_LINK)
        return ResetView(user.name, user.email)


def use(work: Work, token: Secret, password: str) -> UUID:
    """Set the password, once; every sign-in of the person ends. Whose it is.

    Raises :class:`FieldErrors` for a password that may not be used, :class:`Refused` for a dead link.
    """
    person = show(work, token)
    passwords.check(password, (person.name, person.email))
    password_hash = passwords.hashed(password)
    with work.within(None).write() as session:
        user_id: UUID | None = session.scalar(
            update(User)
            .where(
                User.reset_hash == digest(token),
                User.reset_expires_at > clock.now(),
                User.disabled_at.is_(None),
            )
            .values(password_hash=password_hash, reset_hash=None, reset_expires_at=None)
            .returning(User.id)
        )
        if user_id is None:
            raise Refused(DEAD_LINK)
        record(session, work, "password.changed", subject_id=user_id, how="reset")
        sign_ins.end_all(session, work, user_id, "password_reset")
        return user_id
