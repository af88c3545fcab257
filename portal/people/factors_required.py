"""Who has to have a second factor: support always, and the people of a tenant whose admins say so.

Nobody is shut out by it: who has none is led to set one up before anything else is opened. Programs go on
with their keys.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from portal.audit.log import record
from portal.errors import Refused
from portal.people import tenants
from portal.people.tenants import TenantView
from portal.store.tables import Membership, Tenant, User
from portal.store.work import Work

NOT_WITHOUT = (
    "Set up a second factor for yourself first, under Profile, Second factor: otherwise you would be the "
    "first to be led away from here."
)


@dataclass(frozen=True)
class Lacking:
    """Somebody of the tenant who has no second factor."""

    user_id: UUID
    name: str
    email: str
    role: str


@dataclass(frozen=True)
class Requirement:
    """Whether a tenant requires a second factor, who has none, and of how many people."""

    is_required: bool
    lacking: list[Lacking]
    people: int


def of_tenant(work: Work) -> Requirement:
    """What an admin of the tenant sees. Who is disabled is left out."""
    with work.read() as session:
        can_sign_in = (Membership.tenant_id == work.tenant) & User.disabled_at.is_(None)
        people = select(User, Membership.role).join(Membership, Membership.user_id == User.id)
        rows = session.execute(
            people.where(can_sign_in, User.totp_since.is_(None)).order_by(User.name, User.email)
        )
        lacking = [Lacking(user.id, user.name, user.email, role) for user, role in rows]
        count = select(func.count()).select_from(Membership).join(User, User.id == Membership.user_id)
        all_people = session.scalar(count.where(can_sign_in)) or 0
        required = session.get_one(Tenant, work.tenant).second_factor_required
        return Requirement(required, lacking, all_people)


def require(work: Work, *, is_required: bool) -> None:
    """Say whether everybody in the tenant needs a second factor, from their next request on.

    Raises :class:`Refused` for an admin who has none.
    """
    with work.write() as session:
        tenant = session.get_one(Tenant, work.tenant, with_for_update=True)
        if tenant.second_factor_required == is_required:
            return
        if is_required and session.get_one(User, work.user_id).totp_since is None:
            raise Refused(NOT_WITHOUT)
        tenant.second_factor_required = is_required
        record(session, work, "tenant.second_factor_changed", before=not is_required, after=is_required)


def required_of(work: Work) -> list[TenantView]:
    """The tenants of the person at work that require one."""
    return [
        one.tenant
        for one in tenants.tenants_of(work.within(None), work.user_id)
        if one.tenant.second_factor_required
    ]
