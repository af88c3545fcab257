"""What the worker does for a tenant that is closed: nothing but what would be lost otherwise."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, select

from portal import worker
from portal.credentials.erasing import CHANGED, CLOSED
from portal.credentials.grants import RENEWAL
from portal.handlers import EVEN_CLOSED, HANDLERS, Tools
from portal.people import tenant_ends
from portal.people.tenant_ends import LOOK_AGAIN_AFTER
from portal.store import due
from portal.store.tables import DueWork
from portal.store.work import NOBODY, OPERATOR, Store, Work, now_of
from portal.worker import do_one
from tests.support.databases import Database
from tests.support.world import TenantWorld


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch, tenant: TenantWorld) -> set[str]:
    """The kinds of what was done; every kind is due in the tenant."""
    found: set[str] = set()
    noting = {kind: lambda tools, work, row: found.add(row.kind) for kind in HANDLERS}
    monkeypatch.setattr(worker, "HANDLERS", noting)
    with Work(tenant.store, None, NOBODY).write() as session:
        session.execute(delete(DueWork))
        for kind in HANDLERS:
            due.put(session, kind, uuid4(), now_of(session), tenant.id)
    return found


def work_off(store: Store, database: Database) -> None:
    tools = Tools(database.settings(), store, None, None)  # type: ignore[arg-type]
    for _ in range(2 * len(HANDLERS)):
        if not do_one(tools):
            return
    raise AssertionError("it does not end")


def waiting(tenant: TenantWorld) -> list[DueWork]:
    with Work(tenant.store, None, NOBODY).read() as session:
        return list(session.scalars(select(DueWork)))


@pytest.mark.parametrize("is_suspended", [True, False], ids=["suspended", "to be deleted"])
def test_grants_live_on_and_the_rest_waits(
    store: Store, database: Database, tenant: TenantWorld, done: set[str], is_suspended: bool
) -> None:
    operator = Work(store, None, OPERATOR)
    if is_suspended:
        tenant_ends.suspend(operator, tenant.slug)
    else:
        tenant_ends.ask_deletion(tenant.work(tenant.admin), tenant.slug)
        with operator.write() as session:  # its own row is not what this is about
            own = DueWork.subject_id == tenant.id
            session.execute(delete(DueWork).where(own))
    work_off(store, database)
    assert done == EVEN_CLOSED == {RENEWAL, CLOSED, CHANGED}
    rows = waiting(tenant)
    assert {row.kind for row in rows} == set(HANDLERS) - EVEN_CLOSED
    with operator.read() as session:
        now = now_of(session)
    assert all(row.lease is None and timedelta(0) < row.due_at - now <= LOOK_AGAIN_AFTER for row in rows)
    if is_suspended:
        tenant_ends.resume(operator, tenant.slug)
    else:
        tenant_ends.take_back(tenant.work(tenant.admin))
    work_off(store, database)
    assert done == set(HANDLERS) and waiting(tenant) == []


def test_what_is_due_later_is_not_hurried_when_it_goes_on(
    store: Store, database: Database, tenant: TenantWorld, done: set[str]
) -> None:
    operator = Work(store, None, OPERATOR)
    tenant_ends.suspend(operator, tenant.slug)
    with operator.write() as session:
        session.execute(delete(DueWork))
        due.put(session, "check_night", uuid4(), now_of(session) + timedelta(hours=3), tenant.id)
    tenant_ends.resume(operator, tenant.slug)
    work_off(store, database)
    assert done == set()


def test_closed_twice_it_stays_closed_until_both_are_taken_back(tenant: TenantWorld) -> None:
    operator, admin = Work(tenant.store, None, OPERATOR), tenant.work(tenant.admin)
    tenant_ends.ask_deletion(admin, tenant.slug)
    tenant_ends.suspend(operator, tenant.slug)
    assert tenant_ends.resume(operator, tenant.slug).is_closed
    tenant_ends.suspend(operator, tenant.slug)
    assert tenant_ends.take_back(admin).is_suspended
    assert not tenant_ends.resume(operator, tenant.slug).is_closed
