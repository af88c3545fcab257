"""Joining a tenant by the link of an invitation, as somebody known or as somebody new (T22)."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.errors import Refused
from portal.people import memberships, passwords, users
from portal.people.tenants import TenantView, view_of
from portal.people.texts import clean_name
from portal.people.tokens import digest
from portal.secret import Secret
from portal.store.tables import Invitation, Tenant, User
from portal.store.work import Actor, Work

DEAD_LINK = (
    "This invitation link does not work: it was used, withdrawn or replaced, or it is older than 7 days. "
    "If you have joined already, sign in. Otherwise ask the admin who invited you for a new link."
)
WRONG_PERSON = (
    "This invitation was made to another e-mail address than the one you are signed in with. "
    "Sign out and open the link again, or ask the admin to invite this address."
)


@dataclass(frozen=True)
class InvitationView:
    """An invitation as the one who holds its link sees it.

    ``has_account``: the invited address is known. ``belongs``: the person signed in is in the tenant already.
    ``is_mine``: the person signed in is the one invited.
    """

    tenant: TenantView
    email: str
    role: str
    expires_at: datetime
    has_account: bool
    is_mine: bool
    belongs: bool


def _tenant_of(work: Work, token: Secret) -> Work:
    """The work within the tenant a token names; raises :class:`Refused` for a text that is no token."""
    head = token.reveal().partition(".")[0]
    try:
        return work.within(UUID(hex=head))
    except ValueError:
        raise Refused(DEAD_LINK) from None


def show(work: Work, token: Secret) -> InvitationView:
    """What a link offers to the one who opened it. Changes nothing, so a link scanner does not use it up.

    Raises :class:`Refused` for a link that does not work (any more).
    """
    work = _tenant_of(work, token)
    with work.read() as session:
        row = session.scalars(select(Invitation).where(Invitation.token_hash == digest(token))).first()
        tenant = _live_tenant(session, work)
        if row is None or row.used_at is not None or row.expires_at <= clock.now():
            raise Refused(DEAD_LINK)
        person = session.get(User, work.actor.user_id) if work.actor.user_id else None
        return InvitationView(
            tenant=view_of(tenant),
            email=row.email,
            role=row.role,
            expires_at=row.expires_at,
            has_account=users.by_email(session, row.email) is not None,
            is_mine=person is not None and person.email_key == row.email_key,
            belongs=person is not None and memberships.find(session, work.tenant, person.id) is not None,
        )


def _live_tenant(session: Session, work: Work) -> Tenant:
    tenant = session.get(Tenant, work.tenant)
    if tenant is None or tenant.is_closed:
        raise Refused(DEAD_LINK)
    return tenant


def _use(session: Session, work: Work, token: Secret) -> tuple[Invitation, TenantView]:
    """Mark the invitation as used, in one statement: of many at once one succeeds."""
    now = clock.now()
    tenant = _live_tenant(session, work)
    row = session.scalars(
        update(Invitation)
        .where(
            Invitation.token_hash == digest(token), Invitation.used_at.is_(None), Invitation.expires_at > now
        )
        .values(used_at=now)
        .returning(Invitation)
    ).first()
    if row is None:
        raise Refused(DEAD_LINK)
    return row, view_of(tenant)


def accept(work: Work, token: Secret) -> TenantView:
    """The person signed in joins. Raises :class:`Refused` for a dead link and for another person's."""
    work = _tenant_of(work, token)
    with work.write() as session:
        row, tenant = _use(session, work, token)
        person = session.get(User, work.user_id)
        if person is None or person.disabled_at is not None or person.email_key != row.email_key:
            raise Refused(WRONG_PERSON)
        memberships.join(session, work, person, row.role)
        return tenant


def accept_as_new(work: Work, token: Secret, name: str, password: str) -> tuple[UUID, TenantView]:
    """Somebody new to the portal joins with a name and password of their choice: their id and the tenant.

    Raises :class:`FieldErrors` for name and password, :class:`Refused` for a dead link and when the
    address has become known meanwhile.
    """
    email = show(work, token).email
    name = clean_name(name)
    passwords.check(password, (name, email))
    password_hash = passwords.hashed(password)
    work = _tenant_of(work, token)
    with work.write() as session:
        row, tenant = _use(session, work, token)
        person = users.add(
            session, work, email=row.email, name=name, password_hash=password_hash, how="invitation"
        )
        joining = replace(work, actor=Actor("person", person.id, request_id=work.actor.request_id))
        memberships.join(session, joining, person, row.role)
        return person.id, tenant
