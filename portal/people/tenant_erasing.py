"""Erasing a tenant: first its data key, then, some rows at a time, everything else that is its.

From the first transaction on nobody can read what was sealed for it, and its addresses answer like those of
what never existed. A process that dies leaves the rest to whoever takes the row of due work up. What stays is
its audit, which holds ids and no names, and the row that the audit is about.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, tuple_

from portal.people import mails
from portal.people.tenant_ends import KIND, held, record_in_both, tell_admins
from portal.people.tenants import by_slug
from portal.store import due
from portal.store.base import Base
from portal.store.tables import AuditEvent, AuditIndex, AuditSegment, Membership, TenantKey
from portal.store.work import Work, now_of

AT_ONCE = 500  # rows of a transaction
TRANSACTIONS = 40  # of a turn: other work waits for the thread
KEPT = frozenset({AuditEvent, AuditIndex, AuditSegment})


def _of_tenants() -> list[type[Any]]:
    """The tables that name a tenant, those that name others of them first."""
    classes = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    named = (classes[table] for table in reversed(Base.metadata.sorted_tables) if "tenant_id" in table.c)
    return [table for table in named if table not in KEPT]


def erase_due(work: Work, tenant_id: UUID) -> None:
    """What the worker does when a tenant's week is over: a part of it, and the rest at once afterwards."""
    work = work.within(tenant_id)
    with work.write() as session:
        tenant = held(session, tenant_id)
        if tenant.deleted_at is None:
            return
        if tenant.deleted_at > now_of(session):
            due.put(session, KIND, tenant_id, tenant.deleted_at, None)
            return
    if not erase_some(work):
        with work.write() as session:
            due.put(session, KIND, tenant_id, now_of(session), None)


def erase_now(work: Work, slug: str) -> None:
    """Erase a tenant without a week's grace, whole, for the operator. Raises :class:`Refused`: unknown."""
    work = work.within(by_slug(work, slug).id)
    with work.write() as session:
        tenant = held(session, work.tenant)
        tenant.deleted_at = now_of(session)
        due.put(session, KIND, tenant.id, tenant.deleted_at, None)  # should this process die
    while not erase_some(work):
        pass
    with work.write() as session:
        due.drop(session, KIND, work.tenant)


def erase_some(work: Work) -> bool:
    """Erase up to a turn's worth of rows of the tenant of ``work``; whether nothing is left."""
    _destroy_key(work)
    left = TRANSACTIONS
    for table in _of_tenants():
        while left and _some_erased(work, table) == AT_ONCE:
            left -= 1
    return left > 0


def _destroy_key(work: Work) -> None:
    """The first transaction: the key, what lets people in, and the name. A second call finds it done."""
    with work.write() as session:
        tenant = held(session, work.tenant)
        if tenant.is_erased:
            return
        tell_admins(session, tenant, "deleted", mails.deleted(tenant.name))
        session.execute(delete(TenantKey))
        session.execute(delete(Membership).where(Membership.tenant_id == tenant.id))
        tenant.slug, tenant.name = f"deleted-{tenant.id.hex[:12]}", ""
        record_in_both(session, work, "tenant.deleted")


def _some_erased(work: Work, table: type[Any]) -> int:
    """How many rows of the tenant's went in this transaction, at most :data:`AT_ONCE`."""
    key = [getattr(table, column.key) for column in table.__mapper__.primary_key]
    with work.write() as session:
        some = select(*key).where(table.tenant_id == work.tenant).limit(AT_ONCE)
        found = session.execute(some).all()
        if found:
            gone = delete(table).where(table.tenant_id == work.tenant, tuple_(*key).in_(found))
            session.execute(gone.execution_options(synchronize_session=False))
    return len(found)
