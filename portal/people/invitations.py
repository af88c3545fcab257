"""Invitations: an offer to join a tenant, made to one e-mail address, by a link that works once (T22).

What the one who opens the link can do is in :mod:`portal.people.joining`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal import clock, mail
from portal.audit.log import record
from portal.errors import NotHere, Refused
from portal.mail.troubles import Code
from portal.people import mails, memberships, users
from portal.people.texts import clean_email, email_key
from portal.people.tokens import digest, new_token
from portal.secret import Secret
from portal.store.tables import Invitation, Tenant, User
from portal.store.work import Work

VALID_FOR = timedelta(days=7)
AGAIN_AFTER = timedelta(minutes=5)
JUST_SENT = (
    "An invitation was sent to {email} less than five minutes ago. Mail may take a while; look whether it "
    "was taken for spam, and send it again later if it does not arrive."
)


@dataclass(frozen=True)
class OpenInvitation:
    """An invitation not used yet, as admins of the tenant see it.

    ``not_delivered``: what to do where the mail with its link was given up; else empty.
    """

    id: UUID
    email: str
    role: str
    created_at: datetime
    expires_at: datetime
    is_expired: bool
    not_delivered: str = ""


def make(work: Work, email: str, role: str) -> tuple[Secret, OpenInvitation]:
    """Invite an address; the token goes into the link and cannot be had again. An older offer to it ends.

    Raises :class:`FieldErrors` for an address or role that cannot be, :class:`Refused` for a member.
    """
    email, role = clean_email(email), memberships.clean_role(role)
    with work.write() as session:
        return _make(session, work, email, role)


def send(work: Work, email: str, role: str) -> OpenInvitation:
    """Invite an address, as :func:`make` does; the link goes there by mail and is shown to nobody else."""
    email, role = clean_email(email), memberships.clean_role(role)
    with work.write() as session:
        return _send(session, work, email, role)


def send_again(work: Work, invitation_id: UUID) -> OpenInvitation:
    """Send a new link in place of the one sent before.

    Raises :class:`NotHere` when there is no such open invitation, :class:`Refused` shortly after the last,
    unless that one was given up: then it reached nobody.
    """
    with work.write() as session:
        row = session.get(Invitation, (work.tenant, invitation_id), with_for_update=True)
        if row is None or row.used_at is not None:
            raise NotHere
        is_new = clock.now() - row.created_at < AGAIN_AFTER
        if is_new and not mail.undelivered(session, [_once(row.id)]):
            raise Refused(JUST_SENT.format(email=row.email))
        return _send(session, work, row.email, row.role)


def _send(session: Session, work: Work, email: str, role: str) -> OpenInvitation:
    token, made = _make(session, work, email, role)
    tenant = session.get_one(Tenant, work.tenant)
    by = session.get_one(User, work.user_id).name
    link = mail.link(session, f"/invitation/{token.reveal()}")
    letter = mails.invitation(by, tenant.name, email, link, made.expires_at)
    mail.queue(session, _once(made.id), email, *letter)
    return made


def _once(invitation_id: UUID) -> str:
    """The name of the mail with the link of an invitation."""
    return f"invitation {invitation_id.hex}"


def _make(session: Session, work: Work, email: str, role: str) -> tuple[Secret, OpenInvitation]:
    now = clock.now()
    token = Secret(f"{work.tenant.hex}.{new_token().reveal()}")
    row = Invitation(
        tenant_id=work.tenant,
        id=uuid4(),
        email=email,
        email_key=email_key(email),
        role=role,
        token_hash=digest(token),
        made_by=work.actor.user_id,
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    known = users.by_email(session, email)
    if known and memberships.find(session, work.tenant, known.id):
        raise Refused(
            f"{email} belongs to this organisation already. Their role can be changed under People."
        )
    session.execute(
        delete(Invitation).where(Invitation.email_key == row.email_key, Invitation.used_at.is_(None))
    )
    session.add(row)
    record(session, work, "invitation.made", subject_id=row.id, role=role)
    return token, _open(row, now)


def _open(row: Invitation, now: datetime, not_delivered: str = "") -> OpenInvitation:
    is_expired = row.expires_at <= now
    return OpenInvitation(
        row.id, row.email, row.role, row.created_at, row.expires_at, is_expired, not_delivered
    )


def list_open(work: Work) -> list[OpenInvitation]:
    """Invitations of the tenant nobody has used, the newest first."""
    now = clock.now()
    with work.read() as session:
        rows = session.scalars(
            select(Invitation).where(Invitation.used_at.is_(None)).order_by(Invitation.created_at.desc())
        ).all()
        troubles = mail.undelivered(session, [_once(row.id) for row in rows])
        return [_open(row, now, _told(session, row, troubles)) for row in rows]


def _told(session: Session, row: Invitation, troubles: dict[str, Code]) -> str:
    trouble = troubles.get(_once(row.id))
    return mails.not_delivered(row.email, trouble, mail.is_on(session)) if trouble else ""


def withdraw(work: Work, invitation_id: UUID) -> None:
    """End an invitation before it is used; raises :class:`NotHere` when there is no such open one."""
    with work.write() as session:
        gone = session.execute(
            delete(Invitation)
            .where(Invitation.id == invitation_id, Invitation.used_at.is_(None))
            .returning(Invitation.id)
        ).first()
        if gone is None:
            raise NotHere
        record(session, work, "invitation.withdrawn", subject_id=invitation_id)
