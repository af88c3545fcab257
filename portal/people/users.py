"""People: one row per e-mail address for the whole portal."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import record
from portal.audit.visits import end_everywhere
from portal.errors import FieldErrors, NotHere, Refused
from portal.people import guessing, passwords, sign_ins
from portal.people.texts import clean_email, clean_name, clean_time_zone, email_key
from portal.store import tries
from portal.store.tables import Membership, SupportRequest, User
from portal.store.work import Work


@dataclass(frozen=True)
class Person:
    """A person as they see themselves."""

    user_id: UUID
    email: str
    name: str
    time_zone: str


def myself(work: Work) -> Person:
    """The person at work."""
    with work.read() as session:
        user = _of(session, work.user_id)
        return Person(user.id, user.email, user.name, user.time_zone)


def _of(session: Session, user_id: UUID) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotHere
    return user


def by_email(session: Session, email: str) -> User | None:
    """The person of an e-mail address, however it is written."""
    return session.scalars(select(User).where(User.email_key == email_key(email))).first()


def add(
    session: Session,
    work: Work,
    *,
    email: str,
    name: str,
    password_hash: str | None,
    how: str,
) -> User:
    """A new person, within the transaction that needs one. ``how``: ``invitation``, ``support`` or ``demo``.

    Raises :class:`FieldErrors` for a name or address that cannot be, :class:`Refused` for a known one.
    """
    email = clean_email(email)
    if by_email(session, email) is not None:
        raise Refused("There is a person with this e-mail address already. Sign in with it instead.")
    user = User(
        id=uuid4(),
        email=email,
        email_key=email_key(email),
        name=clean_name(name),
        password_hash=password_hash,
        time_zone="UTC",
        created_at=clock.now(),
    )
    session.add(user)
    session.flush()
    record(session, work, "person.made", in_portal=True, subject_id=user.id, how=how)
    return user


def change_profile(work: Work, name: str, time_zone: str) -> None:
    """Set name and time zone of the person at work; raises :class:`FieldErrors`."""
    new = {"name": clean_name(name), "time_zone": clean_time_zone(time_zone)}
    with work.within(None).write() as session:
        user = _of(session, work.user_id)
        changed = [field for field, value in new.items() if getattr(user, field) != value]
        for field in changed:
            setattr(user, field, new[field])
        if changed:
            record(session, work, "person.changed", subject_id=user.id, changed=changed)


def change_password(work: Work, current: str, new: str) -> None:
    """Set the password of the person at work; every other sign-in and any reset link end (T19, T22).

    Raises :class:`FieldErrors` for ``current`` when it is not the password, for ``password`` when the new
    one may not be used; :class:`TooMany` after too many wrong ones.
    """
    before = check_password(work, current)
    me = myself(work)
    passwords.check(new, (me.name, me.email))
    after = passwords.hashed(new)
    with work.within(None).write() as session:
        kept = update(User).where(User.id == work.user_id, User.password_hash == before)
        values = {"password_hash": after, "reset_hash": None, "reset_expires_at": None}
        if not session.execute(kept.values(**values).returning(User.id)).first():
            raise Refused("Your password was changed elsewhere a moment ago. Sign in with the new one.")
        record(session, work, "password.changed", subject_id=work.user_id, how="changed")
        sign_ins.end_all(session, work, work.user_id, "password_changed", but=work.actor.sign_in_id)


def check_password(work: Work, typed: str) -> str | None:
    """The stored password of the person at work, which was typed.

    Raises :class:`FieldErrors` for ``current`` when it is another, :class:`TooMany` after too many.
    """
    with work.read() as session:
        stored = _of(session, work.user_id).password_hash
    asks = guessing.own_password_asks(work)
    guessing.take(work, asks, work.user_id)
    if not passwords.verify(stored, typed):
        raise FieldErrors({"current": "This is not your password. Enter the one you signed in with."})
    with work.within(None).write() as session:
        tries.give_back(session, asks)
    return stored


def make_support(work: Work, email: str, name: str) -> UUID:
    """One more of the support staff, without a password; raises :class:`FieldErrors` as :func:`add` does.

    Who was of the staff before, or has left the last tenant, keeps name and second factor; password and
    sign-ins end, since they were good for less. Support belongs to no tenant: :class:`Refused` for somebody
    who does, and for who is of the staff already.
    """
    with work.within(None).write() as session:
        user = by_email(session, clean_email(email))
        if user is None:
            user = add(session, work, email=email, name=name, password_hash=None, how="support")
        session.refresh(user, with_for_update=True)
        if user.is_support:
            raise Refused("This person is one of the support staff already. Nothing was changed.")
        if tenant_count(session, user.id):
            raise Refused(
                "The person of this e-mail address belongs to a tenant, and support belongs to none. Use "
                "another address."
            )
        user.is_support, user.password_hash = True, None
        record(session, work, "support.made", subject_id=user.id)
        sign_ins.end_all(session, work, user.id, "joined_support")
        return user.id


def end_support(work: Work, email: str) -> None:
    """Somebody leaves the support staff: sign-ins and visits end, what admins allowed holds no longer.

    Raises :class:`Refused` for who is none of the staff.
    """
    with work.within(None).write() as session:
        user = by_email(session, email)
        if user is None or not user.is_support:
            raise Refused("There is nobody with this e-mail address among the support staff. Check it.")
        session.refresh(user, with_for_update=True)
        user.is_support = False
        held = (SupportRequest.user_id == user.id) & (SupportRequest.holds_until > clock.now())
        session.execute(update(SupportRequest).where(held).values(holds_until=clock.now()))
        record(session, work, "support.left", subject_id=user.id)
        sign_ins.end_all(session, work, user.id, "left_support")
        user_id = user.id
    end_everywhere(work, user_id)


def tenant_count(session: Session, user_id: UUID) -> int:
    """In how many tenants a person is, suspended ones included."""
    return len(session.scalars(select(Membership.tenant_id).where(Membership.user_id == user_id)).all())


def names(work: Work, user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of people by id, joined at display; who was erased is missing."""
    with work.within(None).read() as session:
        rows = session.execute(select(User.id, User.name).where(User.id.in_(set(user_ids))))
        return dict(rows.all())
