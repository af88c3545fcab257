"""Who belongs to a tenant, in which role. A tenant always keeps an admin who can sign in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import record
from portal.errors import FieldErrors, NotHere, Refused
from portal.store.tables import Invitation, Membership, User
from portal.store.work import Work

ADMIN, MEMBER = "admin", "member"
ROLES = (ADMIN, MEMBER)
LAST_ADMIN = "This is the only admin of the organisation. Make somebody else an admin first, then try again."


@dataclass(frozen=True)
class MemberView:
    """A person of the tenant."""

    user_id: UUID
    name: str
    email: str
    role: str
    joined_at: datetime
    is_disabled: bool


def _view(user: User, membership: Membership) -> MemberView:
    return MemberView(
        user.id, user.name, user.email, membership.role, membership.joined_at, user.disabled_at is not None
    )


def clean_role(role: str) -> str:
    """One of the roles; raises :class:`FieldErrors` for anything else."""
    if role not in ROLES:
        raise FieldErrors({"role": "Choose a role: admin or member."})
    return role


def list_members(work: Work) -> list[MemberView]:
    """Everybody in the tenant, by name."""
    with work.read() as session:
        rows = session.execute(
            select(User, Membership)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.tenant_id == work.tenant)
            .order_by(User.name, User.email)
        )
        return [_view(user, membership) for user, membership in rows]


def member(work: Work, user_id: UUID) -> MemberView:
    """One person of the tenant; raises :class:`NotHere` for everybody else."""
    with work.read() as session:
        membership = find(session, work.tenant, user_id)
        user = session.get(User, user_id) if membership else None
        if membership is None or user is None:
            raise NotHere
        return _view(user, membership)


def find(session: Session, tenant_id: UUID, user_id: UUID) -> Membership | None:
    """The membership of a person, if there is one."""
    return session.get(Membership, {"tenant_id": tenant_id, "user_id": user_id})


def admins(session: Session, tenant_id: UUID) -> list[User]:
    """The tenant's admins who can sign in."""
    wanted = select(User).join(Membership, Membership.user_id == User.id)
    of_tenant = (Membership.tenant_id == tenant_id) & (Membership.role == ADMIN)
    return list(session.scalars(wanted.where(of_tenant, User.disabled_at.is_(None)).order_by(User.name)))


def change_role(work: Work, user_id: UUID, role: str) -> None:
    """Give a person of the tenant another role.

    Raises :class:`Refused` for the last admin, :class:`NotHere` for somebody who does not belong.
    """
    clean_role(role)
    with work.write() as session:
        membership = _locked(session, work.tenant, user_id)
        before = membership.role
        if before == role:
            return
        membership.role = role
        _end_reset_link(session, user_id)
        if role != ADMIN:
            _end_invitations_by(session, work, user_id)
        record(session, work, "member.role_changed", subject_id=user_id, before=before, after=role)


def _locked(session: Session, tenant_id: UUID, user_id: UUID) -> Membership:
    """The membership, about to go or change, unless it is the last admin's.

    The admins' rows are locked in one order: of two admins who demote each other, the second one waits and
    then sees what the first has left (T04).
    """
    admins = session.scalars(
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.tenant_id == tenant_id, Membership.role == ADMIN, User.disabled_at.is_(None))
        .order_by(Membership.user_id)
        .with_for_update(of=Membership)
    ).all()
    membership = find(session, tenant_id, user_id)
    if membership is None:
        raise NotHere
    if list(admins) == [user_id]:
        raise Refused(LAST_ADMIN)
    return membership


def _end_reset_link(session: Session, user_id: UUID) -> None:
    """An admin may make reset links for people of this tenant only: one made before must not outlast that."""
    no_link = {"reset_hash": None, "reset_expires_at": None}
    session.execute(update(User).where(User.id == user_id).values(**no_link))


def join(session: Session, work: Work, user: User, role: str) -> None:
    """Within another transaction of the tenant's: the person belongs to it from now on."""
    if user.is_support:
        raise Refused("Support staff belong to no organisation. Use another e-mail address for this one.")
    if find(session, work.tenant, user.id) is not None:
        raise Refused("You belong to this organisation already. Open it from the start page.")
    session.add(Membership(tenant_id=work.tenant, user_id=user.id, role=role, joined_at=clock.now()))
    _end_reset_link(session, user.id)
    _drop_invitations(session, user)
    record(session, work, "member.joined", subject_id=user.id, role=role)


def _drop_invitations(session: Session, user: User) -> None:
    """Open invitations of a person who has come or gone: none of them may bring anybody back later."""
    session.execute(
        delete(Invitation).where(Invitation.email_key == user.email_key, Invitation.used_at.is_(None))
    )


def _end_invitations_by(session: Session, work: Work, user_id: UUID) -> None:
    """An offer stands on the admin who made it: nobody comes in by the word of one who is none any more."""
    made = (Invitation.made_by == user_id) & Invitation.used_at.is_(None)
    for gone in session.scalars(delete(Invitation).where(made).returning(Invitation.id)).all():
        record(session, work, "invitation.withdrawn", subject_id=gone)


def remove(session: Session, work: Work, user_id: UUID, how: str) -> None:
    """Within another transaction of the tenant's: the person belongs to it no longer.

    ``how``: ``left`` or ``removed``. Raises :class:`Refused` for the last admin, :class:`NotHere` for
    somebody who does not belong. What else ends then is in :mod:`portal.alm_accounts.leaving`.
    """
    session.delete(_locked(session, work.tenant, user_id))
    _end_reset_link(session, user_id)
    _end_invitations_by(session, work, user_id)
    user = session.get(User, user_id)
    if user is not None:
        _drop_invitations(session, user)
    record(session, work, "member.left", subject_id=user_id, how=how)
