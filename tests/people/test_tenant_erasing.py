"""A deleted tenant: nothing of it is left but the row its audit is about, however often a process dies."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, func, select, update

from portal import clock
from portal.audit import log
from portal.audit.log import record
from portal.errors import Refused, SecretUnreadable
from portal.people import tenant_ends, tenant_erasing, tenants
from portal.people.tenant_ends import GRACE
from portal.store import due
from portal.store.base import Base
from portal.store.tables import (
    AuditEvent,
    Credential,
    Delivery,
    DueWork,
    FlowLookup,
    PortalAuditEvent,
    SharedGrant,
    SharedPoints,
    SupportRequest,
    SupportVisit,
    Tenant,
    TenantKey,
)
from portal.store.vault import get_secret
from portal.store.work import NOBODY, OPERATOR, Work
from tests.support import samples
from tests.support.delivery_rows import delivering_account, delivery
from tests.support.programs import program_key

STAYS = {"tenants", "audit_events", "audit_segments", "audit_index"}


def new_hash() -> bytes:
    return uuid4().bytes * 2


class Killed(BaseException):
    """The process dies here."""


def furnish(tenant, world) -> UUID:
    """Something in every sort of table; gives a credential."""
    account_id = samples.account(tenant)
    samples.signing_key(tenant, account_id)
    samples.board(tenant, account_id)
    found = samples.credential(tenant, account_id, tenant.member.user_id)
    flow_id = samples.flow(tenant)
    samples.invitation(tenant)
    samples.guide_link(tenant)
    sends = delivering_account(tenant)
    delivery(tenant)
    program_key(tenant, [sends])
    now, support = clock.now(), world.support().user_id
    on = {"tenant_id": tenant.id, "user_id": support, "reason": "A question"}
    with tenant.work(tenant.admin).write() as session:
        session.add_all(
            [
                FlowLookup(token_hash=new_hash(), tenant_id=tenant.id, flow_id=flow_id, expires_at=now),
                SharedGrant(client_id="app", account_hash=new_hash(), tenant_id=tenant.id),
                SharedPoints(client_id="app", tenant_id=tenant.id, hour=now, points=1),
                SupportVisit(started_at=now, ends_at=now + timedelta(hours=1), **on),
                SupportRequest(id=uuid4(), asked_at=now, **on),
            ]
        )
        due.put(session, "check_night", account_id, now + timedelta(days=1), tenant.id)
        record(session, tenant.work(tenant.admin), "account.saved", account_id=account_id)
    return found


def left(database, tenant_id) -> dict[str, int]:
    """How many rows of the tenant each table has."""
    engine = create_engine(database.all_rows)
    counted = {}
    with engine.connect() as connection:
        for name, table in Base.metadata.tables.items():
            if name == "tenants" or "tenant_id" not in table.c:
                continue
            count = select(func.count()).select_from(table).where(table.c.tenant_id == tenant_id)
            counted[name] = connection.execute(count).scalar_one()
    engine.dispose()
    return {name: count for name, count in counted.items() if count}


def assert_gone(database, tenant) -> None:
    assert set(left(database, tenant.id)) <= STAYS
    work = tenant.work()
    with work.read() as session:
        row = session.get(Tenant, tenant.id)
        assert (row.slug, row.name, row.is_erased) == (f"deleted-{tenant.id.hex[:12]}", "", True)
        count, broken = log.verify(session)
        assert count and broken is None
        lines = select(func.count()).where(AuditEvent.event == "tenant.deleted")
        assert session.scalar(lines) == 1
    with work.within(None).read() as session:
        of_tenant = PortalAuditEvent.subject_id == tenant.id
        lines = select(func.count()).where(PortalAuditEvent.event == "tenant.deleted", of_tenant)
        assert session.scalar(lines) == 1
        assert session.scalar(select(DueWork.id).where(DueWork.subject_id == tenant.id)) is None
    assert tenants.tenants_of(work.within(None), tenant.admin.user_id) == []


def close(tenant, after=GRACE) -> None:
    """An admin asked for it, a week (or ``after``) ago."""
    tenant_ends.ask_deletion(tenant.work(tenant.admin), tenant.slug)
    with tenant.work().write() as session:
        session.execute(
            update(Tenant).where(Tenant.id == tenant.id).values(deleted_at=clock.now() + GRACE - after)
        )


def turn(store, tenant) -> bool:
    """One turn of the worker's, if one is due; whether it was."""
    nobody = Work(store, None, NOBODY)
    with nobody.write() as session:
        row = session.scalars(select(DueWork).where(DueWork.subject_id == tenant.id)).first()
        if row is None:
            return False
        session.delete(row)
    tenant_erasing.erase_due(nobody, tenant.id)
    return True


def test_nothing_is_left_but_its_audit(store, database, tenant, world):
    furnish(tenant, world)
    furnish(tenant.other, world)
    others = left(database, tenant.other.id)
    assert {"alm_accounts", "deliveries", "due_work", "shared_grants"} <= set(left(database, tenant.id))
    close(tenant)
    while turn(store, tenant):
        pass
    assert_gone(database, tenant)
    assert left(database, tenant.other.id) == others
    again = tenants.make_tenant(Work(store, None, OPERATOR), tenant.slug, "Somebody else")
    assert again.id != tenant.id


def test_the_key_goes_first_and_nothing_opens_afterwards(store, tenant, world, monkeypatch):
    """Killed right after its first transaction, it leaves rows that nobody can read."""
    credential_id = furnish(tenant, world)
    close(tenant)
    monkeypatch.setattr(tenant_erasing, "_some_erased", _die)
    with pytest.raises(Killed):
        turn(store, tenant)
    with tenant.work().read() as session:
        row = session.get_one(Credential, (tenant.id, credential_id))
        with pytest.raises(SecretUnreadable):
            get_secret(session, row, "access_token")
        assert session.scalars(select(TenantKey)).all() == []
    assert tenants.membership_by_slug(Work(store, None, NOBODY), tenant.slug, tenant.admin.user_id) is None


def _die(*args: object) -> int:
    raise Killed


def test_killed_at_any_step_it_is_finished_by_whoever_comes_next(store, database, tenant, world, monkeypatch):
    """Each process lives for one transaction more than the one before."""
    furnish(tenant, world)
    close(tenant)
    erased, lives, died = tenant_erasing._some_erased, 0, 0

    def erase_or_die(work, table):
        nonlocal lives
        if not lives:
            raise Killed
        lives -= 1
        return erased(work, table)

    monkeypatch.setattr(tenant_erasing, "_some_erased", erase_or_die)
    while not turned(store, tenant):
        died += 1
        lives = died
    assert died > 20
    with tenant.work().write() as session:
        due.drop(session, tenant_ends.KIND, tenant.id)
    assert_gone(database, tenant)


def turned(store, tenant) -> bool:
    """Whether a worker came to an end."""
    try:
        tenant_erasing.erase_due(Work(store, None, NOBODY), tenant.id)
    except Killed:
        return False
    return True


def test_a_turn_ends_and_is_due_again_while_rows_are_left(store, tenant, monkeypatch):
    monkeypatch.setattr(tenant_erasing, "AT_ONCE", 2)
    monkeypatch.setattr(tenant_erasing, "TRANSACTIONS", 2)
    for _ in range(7):
        delivery(tenant)
    close(tenant)
    turns, waiting = 0, []
    while turn(store, tenant):
        turns += 1
        with tenant.work().read() as session:
            waiting.append(session.scalar(select(func.count(Delivery.id))))
    assert turns > 2 and waiting[0] > 0 and waiting[-1] == 0


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_before_its_day_nothing_is_erased(store, database, tenant, world, is_taken_back):
    furnish(tenant, world)
    close(tenant, after=GRACE - timedelta(minutes=1))
    if is_taken_back:
        tenant_ends.take_back(tenant.work(tenant.admin))
    before = left(database, tenant.id)
    tenant_erasing.erase_due(Work(store, None, NOBODY), tenant.id)
    after = left(database, tenant.id)
    assert after == before
    with tenant.work().read() as session:
        put = select(DueWork.due_at).where(DueWork.subject_id == tenant.id)
        assert (session.scalar(put) is None) == is_taken_back


def test_what_is_past_its_day_cannot_be_taken_back(tenant):
    close(tenant)
    with pytest.raises(Refused, match="too late"):
        tenant_ends.take_back(tenant.work(tenant.admin))


def test_the_operator_need_not_wait(store, database, tenant, world):
    furnish(tenant, world)
    tenant_erasing.erase_now(Work(store, None, OPERATOR), tenant.slug)
    assert_gone(database, tenant)
    with pytest.raises(Refused, match="no tenant"):
        tenant_erasing.erase_now(Work(store, None, OPERATOR), f"deleted-{tenant.id.hex[:12]}")
    assert_gone(database, tenant)
