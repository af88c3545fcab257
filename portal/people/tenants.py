"""Tenants: the organisations, and who belongs to which."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import record
from portal.errors import Refused
from portal.people.texts import clean_name, clean_slug
from portal.store.tables import Membership, Tenant
from portal.store.vault import Vault
from portal.store.work import Work


@dataclass(frozen=True)
class TenantView:
    """A tenant as pages see it. ``deleted_at``: when it is going to be erased, or None."""

    id: UUID
    slug: str
    name: str
    is_suspended: bool = False
    deleted_at: datetime | None = None
    second_factor_required: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether nobody works in it at present."""
        return self.is_suspended or self.deleted_at is not None


@dataclass(frozen=True)
class MembershipView:
    """A tenant and the role (``admin`` or ``member``) of a person in it."""

    tenant: TenantView
    role: str


def view_of(tenant: Tenant) -> TenantView:
    """The tenant without its row."""
    is_suspended, required = tenant.suspended_at is not None, tenant.second_factor_required
    return TenantView(tenant.id, tenant.slug, tenant.name, is_suspended, tenant.deleted_at, required)


def _memberships(user_id: UUID) -> Select[Tenant, str]:
    return (
        select(Tenant, Membership.role)
        .join(Membership, Membership.tenant_id == Tenant.id)
        .where(Membership.user_id == user_id)
    )


def membership_by_slug(work: Work, slug: str, user_id: UUID) -> MembershipView | None:
    """The tenant of this slug and the person's role in it; None for strangers and for what never existed.

    The tenant may be closed, which its people are told.
    """
    with work.read() as session:
        row = session.execute(_memberships(user_id).where(Tenant.slug == slug)).first()
        return MembershipView(view_of(row[0]), row[1]) if row else None


def tenants_of(work: Work, user_id: UUID) -> list[MembershipView]:
    """Every tenant the person belongs to, by name; those that are closed too."""
    with work.read() as session:
        rows = session.execute(_memberships(user_id).order_by(Tenant.name, Tenant.slug))
        return [MembershipView(view_of(tenant), role) for tenant, role in rows]


def by_slug(work: Work, slug: str, *, even_erased: bool = False) -> TenantView:
    """Any tenant, for the operator. Raises :class:`Refused` when there is none of this slug.

    ``even_erased``: also what is left of one, which is its audit.
    """
    with work.read() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == slug)).first()
        if tenant is None or (tenant.is_erased and not even_erased):
            raise Refused(f"There is no tenant {slug}. Check the slug, or make the tenant first.")
        return view_of(tenant)


def list_all(work: Work) -> list[TenantView]:
    """Every tenant, for the operator, by slug."""
    with work.read() as session:
        return [view_of(tenant) for tenant in session.scalars(select(Tenant).order_by(Tenant.slug))]


def make_tenant(work: Work, slug: str, name: str) -> TenantView:
    """A new tenant with its data key, recorded in its own chain and the portal's.

    Raises :class:`FieldErrors` for a slug or name that cannot be, :class:`Refused` for a slug that is taken.
    """
    tenant = Tenant(id=uuid4(), slug=clean_slug(slug), name=clean_name(name), created_at=clock.now())
    work = work.within(tenant.id)
    with work.write() as session:
        if session.scalar(select(Tenant.id).where(Tenant.slug == slug)):
            raise Refused(f"There is a tenant {slug} already. Choose another slug.")
        session.add(tenant)
        session.flush()
        view = view_of(tenant)
        vault: Vault = session.info["vault"]
        vault.add_tenant_key(session, view.id)
        vault.leave_canary(session)
        record(session, work, "tenant.made")
        record(session, work, "tenant.made", in_portal=True, subject_id=view.id)
    return view


def rename(work: Work, name: str) -> None:
    """Give the tenant another name; its slug stays. Raises :class:`FieldErrors`."""
    name = clean_name(name)
    with work.write() as session:
        tenant = session.get_one(Tenant, work.tenant)
        if tenant.name != name:
            tenant.name = name
            record(session, work, "tenant.changed", changed=["name"])


def role_of(session: Session, tenant_id: UUID, user_id: UUID) -> str | None:
    """The person's role in a tenant they may enter at this moment, asked within the caller's transaction.

    A closed tenant nobody may enter (T06).
    """
    row = session.execute(_memberships(user_id).where(Tenant.id == tenant_id, ~Tenant.is_closed)).first()
    return row[1] if row else None


def hold_membership(session: Session, tenant_id: UUID, user_id: UUID) -> None:
    """Keep the person from leaving the tenant until the transaction ends."""
    same = (Membership.tenant_id == tenant_id) & (Membership.user_id == user_id)
    session.scalars(select(Membership).where(same).with_for_update(read=True)).first()


def has_member(work: Work, user_id: UUID) -> bool:
    """Whether the person may enter the tenant of ``work`` at this moment."""
    with work.read() as session:
        return role_of(session, work.tenant, user_id) is not None
