"""How a tenant ends: the operator suspends it, or an admin has it deleted, a week later.

Either way it is closed at once: its people are told so, programs are refused, and the worker sends nothing
for it. Nothing is lost by that. What waits is looked at again when the tenant goes on; grants are renewed
meanwhile, since they would die of it. What happens after the week is in :mod:`portal.people.tenant_erasing`.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import mail
from portal.audit.log import record
from portal.errors import FieldErrors, Refused
from portal.people import mails, memberships, tenants
from portal.people.mails import Letter
from portal.people.tenants import TenantView, view_of
from portal.store import due
from portal.store.tables import DueWork, Tenant, User
from portal.store.work import Work, now_of

KIND = "delete_tenant"  # of due work
GRACE = timedelta(days=7)
LOOK_AGAIN_AFTER = timedelta(minutes=5)  # at what waits until a closed tenant goes on


def is_closed(session: Session, tenant_id: UUID) -> bool:
    """Whether nobody may work in the tenant at this moment."""
    return bool(session.scalar(select(Tenant.is_closed).where(Tenant.id == tenant_id)))


def suspend(work: Work, slug: str) -> TenantView:
    """Close a tenant, for the operator. Raises :class:`Refused` for an unknown one, and a suspended one."""
    work = work.within(tenants.by_slug(work, slug).id)
    with work.write() as session:
        tenant = held(session, work.tenant)
        if tenant.suspended_at is not None:
            raise Refused(f"{slug} is suspended already. It goes on by: almoner resume-tenant {slug}")
        tenant.suspended_at = now_of(session)
        record_in_both(session, work, "tenant.suspended")
        return view_of(tenant)


def resume(work: Work, slug: str) -> TenantView:
    """Let a suspended tenant go on. One that is going to be deleted stays closed.

    Raises :class:`Refused` for an unknown one, and for one that is not suspended.
    """
    work = work.within(tenants.by_slug(work, slug).id)
    with work.write() as session:
        tenant = held(session, work.tenant)
        if tenant.suspended_at is None:
            raise Refused(f"{slug} is not suspended.")
        tenant.suspended_at = None
        _go_on(session, tenant)
        record_in_both(session, work, "tenant.resumed")
        return view_of(tenant)


def ask_deletion(work: Work, typed_slug: str) -> TenantView:
    """Close the tenant now and have it erased after :data:`GRACE`; its admins are told by mail.

    Raises :class:`FieldErrors` for ``typed_slug`` unless the tenant's slug was typed, :class:`Refused` where
    it is going to be deleted already.
    """
    with work.write() as session:
        tenant = held(session, work.tenant)
        if typed_slug.strip() != tenant.slug:
            raise FieldErrors({"typed_slug": f"Type the short name as it stands in addresses: {tenant.slug}"})
        if tenant.deleted_at is not None:
            raise Refused(f"{tenant.slug} is going to be deleted already.")
        tenant.deleted_at = now_of(session) + GRACE
        due.put(session, KIND, tenant.id, tenant.deleted_at, None)
        record_in_both(session, work, "tenant.deletion_asked", ends=tenant.deleted_at.isoformat())
        page = mail.link(session, f"/t/{tenant.slug}/")
        letter = mails.deletion_asked(_by(session, work), tenant.name, page, tenant.deleted_at)
        tell_admins(session, tenant, "deletion", letter)
        return view_of(tenant)


def take_back(work: Work) -> TenantView:
    """The tenant is not deleted after all; what the operator suspended stays so.

    Raises :class:`Refused` where it was not going to be, or it is too late.
    """
    with work.write() as session:
        tenant = held(session, work.tenant)
        if tenant.deleted_at is None:
            raise Refused("This organisation is not going to be deleted. There is nothing to take back.")
        if tenant.deleted_at <= now_of(session):
            raise Refused("It is too late to take that back: this organisation is being deleted.")
        tenant.deleted_at = None
        due.drop(session, KIND, tenant.id)
        _go_on(session, tenant)
        record_in_both(session, work, "tenant.deletion_taken_back")
        tell_admins(session, tenant, "kept", mails.deletion_taken_back(_by(session, work), tenant.name))
        return view_of(tenant)


def held(session: Session, tenant_id: UUID) -> Tenant:
    """The tenant, so that nobody else changes it meanwhile. Rows that name it may be made."""
    return session.get_one(Tenant, tenant_id, with_for_update={"key_share": True})


def record_in_both(session: Session, work: Work, event: str, **details: Any) -> None:
    """To the tenant's chain and to the portal's: the operator has to answer for it too."""
    record(session, work, event, **details)
    record(session, work, event, in_portal=True, subject_id=work.tenant, **details)


def tell_admins(session: Session, tenant: Tenant, about: str, letter: Letter) -> None:
    """Have it sent to every admin who can sign in, also to the one who did it: somebody may act as them."""
    moment = f"{now_of(session).timestamp():.3f}"
    for admin in memberships.admins(session, tenant.id):
        mail.queue(session, f"{about} {tenant.id.hex} {admin.id.hex} {moment}", admin.email, *letter)


def _by(session: Session, work: Work) -> str:
    user = session.get(User, work.actor.user_id) if work.actor.user_id else None
    return user.name if user else "The operator of the portal"


def _go_on(session: Session, tenant: Tenant) -> None:
    """What waited for the tenant is looked at now."""
    if tenant.is_closed:
        return
    now = now_of(session)
    waits = (DueWork.tenant_id == tenant.id) & DueWork.lease.is_(None)
    soon = waits & (DueWork.due_at > now) & (DueWork.due_at <= now + LOOK_AGAIN_AFTER)
    session.execute(update(DueWork).where(soon).values(due_at=now))
