"""Lists of accounts: as many statements for many accounts and people as for one, and the same words."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, update

from portal import clock
from portal.alm_accounts import accounts
from portal.audit.log import record
from portal.store.tables import Credential, Grant
from portal.store.work import Work
from tests.support import samples
from tests.support.cloud import cloud_office
from tests.support.world import TenantWorld, World


@contextmanager
def statements(work: Work) -> Iterator[list[str]]:
    """What the database is asked in the meantime; setting up a transaction is not counted."""
    asked: list[str] = []

    def note(connection, cursor, statement, *rest):  # type: ignore[no-untyped-def]
        if "FROM" in statement:
            asked.append(statement)

    event.listen(work.store.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(work.store.engine, "before_cursor_execute", note)


def furnish(tenant: TenantWorld, count: int) -> None:
    """So many accounts, each with key, own credential and two people, one of whom Jira refused."""
    for _ in range(count):
        account_id = samples.account(tenant)
        samples.signing_key(tenant, account_id)
        samples.credential(tenant, account_id)
        for someone in (tenant.member, tenant.second):
            theirs = samples.credential(tenant, account_id, someone.user_id)
            if someone is tenant.member:
                hear(tenant, theirs, "refused", "failed", "unauthorized")


def hear(tenant: TenantWorld, credential_id: UUID, what: str, outcome: str, code: str) -> None:
    """A line about a credential in the audit."""
    work = tenant.work(tenant.admin)
    with work.write() as session:
        record(session, work, f"credential.{what}", outcome=outcome, subject_id=credential_id, code=code)


def test_ten_accounts_take_as_many_statements_as_one(world: World) -> None:
    counts = []
    for count in (1, 10):
        tenant = world.tenant()
        furnish(tenant, count)
        work = tenant.work(tenant.member)
        with statements(work) as asked:
            found = accounts.accounts(work)
        counts.append(len(asked))
        assert [(one.people, one.mine.state, one.own.state) for one in found] == [
            (1, "refused", "connected")
        ] * count
    assert counts[0] == counts[1] <= 8


def test_nobody_elses_tokens_are_read(portal, sandbox, tenant) -> None:
    """Another person is a number in a list: neither their credential nor their grant is read (row E2)."""
    office = cloud_office(portal, sandbox, tenant)
    office.connect(tenant.member, "grace")
    with tenant.work(tenant.admin).read() as session:
        read: list[object] = []
        event.listen(session, "loaded_as_persistent", lambda _, row: read.append(row))
        parts = accounts.parts_of(session, [office.account_id], tenant.admin.user_id)
    assert parts[office.account_id].people == 1
    assert not [row for row in read if isinstance(row, Grant)]
    assert [row.user_id for row in read if isinstance(row, Credential)] == [None]


@pytest.mark.parametrize(
    ("changes", "people"),
    [
        ({}, 1),
        ({"state": "ended"}, 0),
        ({"expires_at": timedelta(seconds=-1)}, 0),
        ({"expires_at": timedelta(days=1)}, 1),
    ],
    ids=["connected", "ended", "expired", "not yet"],
)
def test_who_is_counted(tenant: TenantWorld, changes, people) -> None:  # type: ignore[no-untyped-def]
    account_id = samples.account(tenant)
    credential_id = samples.credential(tenant, account_id, tenant.member.user_id)
    values = {
        name: clock.now() + value if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }
    if values:
        with tenant.work(tenant.admin).write() as session:
            session.execute(update(Credential).where(Credential.id == credential_id).values(**values))
    assert accounts.account(tenant.work(tenant.admin), account_id).people == people
    mine = accounts.account(tenant.work(tenant.member), account_id).mine
    assert mine is not None and mine.serves is bool(people)


def test_who_rests_on_an_ended_grant_is_not_counted(portal, sandbox, tenant) -> None:
    office = cloud_office(portal, sandbox, tenant)
    grant = office.grant_of(office.connect(tenant.member, "grace"))
    assert office.account.people == 1
    for values in ({"sites": []}, {"state": "ended"}):
        with tenant.work(tenant.admin).write() as session:
            session.execute(update(Grant).where(Grant.id == grant.id).values(**values))
        assert office.account.people == 0


def test_the_newest_line_that_tells_decides(tenant: TenantWorld) -> None:
    """A test that fails because Jira is down neither refuses a credential nor hides that one was."""
    account_id = samples.account(tenant)
    credential_id = samples.credential(tenant, account_id)

    def code() -> str | None:
        own = accounts.account(tenant.work(tenant.admin), account_id).own
        assert own is not None
        return own.code

    hear(tenant, credential_id, "tested", "failed", "timeout")
    assert code() is None
    hear(tenant, credential_id, "refused", "failed", "unauthorized")
    hear(tenant, credential_id, "tested", "failed", "timeout")
    assert code() == "unauthorized"
    hear(tenant, credential_id, "tested", "failed", "control_failed")
    assert code() == "control_failed"
    hear(tenant, credential_id, "tested", "ok", "passed")
    assert code() is None
