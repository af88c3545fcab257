"""Whom a message about a connection goes to: the one who can act."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.people.memberships import ADMIN
from portal.store.tables import Membership, User

Members = dict[UUID, tuple[User, str]]


def who_can_sign_in(session: Session, tenant_id: UUID) -> Members:
    """The tenant's people who can sign in, with their roles."""
    wanted = (
        select(User, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == tenant_id, User.disabled_at.is_(None))
    )
    return {user.id: (user, role) for user, role in session.execute(wanted)}


def concerned(members: Members, user_id: UUID | None, authorised_by: UUID | None) -> list[UUID]:
    """The person whose connection it is; of an account's own (``user_id`` None), the admin who authorised it,
    or every admin where that person is none any more."""
    if user_id is not None:
        return [user_id] if user_id in members else []
    admins = [one for one, (_, role) in members.items() if role == ADMIN]
    return [authorised_by] if authorised_by in admins else admins
