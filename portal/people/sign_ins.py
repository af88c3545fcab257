"""Signing in, and the sign-ins a person has: one row per browser, known by a random token in its cookie."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import record
from portal.errors import NotHere
from portal.people import guessing, passwords
from portal.people.guessing import Origin
from portal.people.texts import email_key
from portal.people.tokens import digest, new_token
from portal.secret import Secret
from portal.store import tries
from portal.store.tables import SignIn, User
from portal.store.work import Actor, Work
from portal.visible import without_hidden

STAMP_AFTER = timedelta(minutes=1)
AGENT_LENGTH, ADDRESS_LENGTH = 255, 45


@dataclass(frozen=True)
class Limits:
    """How long a sign-in lasts: ``idle`` without a request, ``longest`` whatever happens."""

    idle: timedelta
    longest: timedelta


@dataclass(frozen=True)
class Browser:
    """Where a sign-in comes from: the ``User-Agent`` header and the address of the connection."""

    user_agent: str
    address: str


@dataclass(frozen=True, eq=False)
class Visitor:
    """The person signed in, in the shape Flask-Login asks for."""

    user_id: UUID
    sign_in_id: UUID
    name: str
    email: str
    is_support: bool
    time_zone: str
    token: Secret
    proved_at: datetime
    has_second_factor: bool

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the browser's session cookie holds: the sign-in's token."""
        return self.token.reveal()


@dataclass(frozen=True)
class SignInView:
    """One sign-in as its person sees it. While ``awaits_second`` it signs nobody in."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    user_agent: str
    address: str
    is_current: bool
    awaits_second: bool = False


def start(
    work: Work, email: str, password: str, user_agent: str, address: str, origin: Origin | None = None
) -> tuple[Secret, SignInView] | None:
    """Sign in: the token for the cookie and the sign-in, or None. With a second factor it waits for a code
    (:mod:`portal.people.second_steps`).

    Unknown, wrong and disabled take one hash, the same writes and one answer (T20). Any reset link ends.
    ``origin``: by what the browser is counted, if not by its address alone. Raises :class:`TooMany`.
    """
    with work.read() as session:
        known = session.execute(
            select(User.id, User.password_hash).where(User.email_key == email_key(email))
        ).first()
    subject = known.id if known else None
    asks = guessing.sign_in_asks(work, email_key(email), subject, origin or Origin(address))
    guessing.take(work, asks, subject)
    right = passwords.verify(known.password_hash if known else None, password)
    new_hash = passwords.renewed(known.password_hash, password) if known and right else None
    with work.write() as session:
        user = session.get(User, known.id, with_for_update=True) if known else None
        # Looked at again: somebody may have disabled the person or changed the password meanwhile.
        live = user is not None and user.disabled_at is None
        if not known or not user or not right or not live or user.password_hash != known.password_hash:
            record(session, work, "sign_in.failed", outcome="failed", subject_id=subject)
            return None
        user.password_hash = new_hash
        user.reset_hash = user.reset_expires_at = None
        tries.give_back(session, asks)
        return _first_step(session, work, user, Browser(user_agent, address))


def start_for(work: Work, user_id: UUID, user_agent: str, address: str) -> tuple[Secret, SignInView]:
    """Sign in somebody who has just proved otherwise who they are: by an invitation link. That stands in for
    the password and never for the second factor."""
    with work.within(None).write() as session:
        user = session.get_one(User, user_id)
        return _first_step(session, work, user, Browser(user_agent, address))


def _first_step(session: Session, work: Work, user: User, browser: Browser) -> tuple[Secret, SignInView]:
    return begin(session, work, user.id, browser, awaits_second=user.totp_since is not None)


def begin(
    session: Session, work: Work, user_id: UUID, browser: Browser, *, awaits_second: bool = False
) -> tuple[Secret, SignInView]:
    """Within another transaction of the portal's: the person has shown who they are, or, where the sign-in
    ``awaits_second``, half of it."""
    token, now = new_token(), clock.now()
    row = SignIn(
        id=uuid4(),
        user_id=user_id,
        token_hash=digest(token),
        created_at=now,
        last_seen_at=now,
        proved_at=now,
        awaits_second=awaits_second,
        user_agent=without_hidden(browser.user_agent)[:AGENT_LENGTH],
        address=without_hidden(browser.address)[:ADDRESS_LENGTH],
    )
    session.add(row)
    person = Actor("person", user_id, row.id, work.actor.request_id)
    event = "second_factor.asked" if awaits_second else "sign_in.succeeded"
    record(session, replace(work, actor=person), event, subject_id=user_id)
    return token, _view(row, row.id)


def _view(row: SignIn, current: UUID | None) -> SignInView:
    told = row.id, row.created_at, row.last_seen_at, row.user_agent, row.address
    return SignInView(*told, row.id == current, row.awaits_second)


def _alive(limits: Limits, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        SignIn.ended_at.is_(None),
        ~SignIn.awaits_second,
        SignIn.last_seen_at > now - limits.idle,
        SignIn.created_at > now - limits.longest,
    )


def find(work: Work, token: Secret, limits: Limits) -> Visitor | None:
    """Who a token belongs to; None when the sign-in has ended or waits for its second step, or the person is
    disabled (T06, T19).

    Notes the time, at most once a minute.
    """
    now = clock.now()
    mine = SignIn.token_hash == digest(token)
    with work.read() as session:
        row = session.execute(
            select(SignIn, User)
            .join(User, User.id == SignIn.user_id)
            .where(mine, *_alive(limits, now), User.disabled_at.is_(None))
        ).first()
        if row is None:
            return None
        seen, user = row[0], row[1]
        visitor = _visitor(seen, user, token)
        due = now - seen.last_seen_at >= STAMP_AFTER
    if due:
        with work.write() as session:
            session.execute(update(SignIn).where(mine, SignIn.ended_at.is_(None)).values(last_seen_at=now))
    return visitor


def _visitor(row: SignIn, user: User, token: Secret) -> Visitor:
    return Visitor(
        user_id=user.id,
        sign_in_id=row.id,
        name=user.name,
        email=user.email,
        is_support=user.is_support,
        time_zone=user.time_zone,
        token=token,
        proved_at=row.proved_at,
        has_second_factor=user.totp_since is not None,
    )


def list_of(work: Work, limits: Limits) -> list[SignInView]:
    """The sign-ins of the person at work that still hold, the latest used first."""
    with work.read() as session:
        rows = session.scalars(
            select(SignIn)
            .where(SignIn.user_id == work.user_id, *_alive(limits, clock.now()))
            .order_by(SignIn.last_seen_at.desc())
        )
        return [_view(row, work.actor.sign_in_id) for row in rows]


def end(work: Work, sign_in_id: UUID, why: str) -> None:
    """End one sign-in of the person at work. ``why``: ``signed_out`` or ``ended_by_person``.

    Raises :class:`NotHere` for somebody else's; one that has ended already stays as it is.
    """
    with work.within(None).write() as session:
        row = session.get(SignIn, sign_in_id)
        if row is None or row.user_id != work.user_id:
            raise NotHere
        if row.ended_at is None:
            row.ended_at = clock.now()
            record(session, work, "sign_in.ended", subject_id=work.user_id, why=why)


def end_others(work: Work) -> int:
    """End every sign-in of the person at work but this one; how many there were."""
    with work.within(None).write() as session:
        return end_all(session, work, work.user_id, "ended_by_person", but=work.actor.sign_in_id)


def end_all(session: Session, work: Work, user_id: UUID, why: str, but: UUID | None = None) -> int:
    """Within another transaction of the portal's: end all sign-ins of a person (except ``but``)."""
    rows = session.scalars(
        select(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None)).with_for_update()
    )
    ended = [row for row in rows if row.id != but]
    for row in ended:
        row.ended_at = clock.now()
    if ended:
        record(session, work, "sign_in.ended", subject_id=user_id, why=why)
    return len(ended)
