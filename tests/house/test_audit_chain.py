"""The audit's chain shows every edit, deletion, insertion and swap at its place (T55)."""

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import make_transient

from portal.audit.log import digest, first_break, record, verify
from portal.start import open_store, prepare
from portal.store.tables import AuditEvent, PortalAuditEvent
from portal.store.work import OPERATOR, Store, Work
from tests.support.databases import Database
from tests.support.world import TenantWorld, World

Chain = list[AuditEvent]


def write_lines(tenant: TenantWorld, count: int) -> None:
    for number in range(count):
        with tenant.work(tenant.admin).write() as session:
            record(session, tenant.work(tenant.admin), "member.joined", role=f"role {number}")


@pytest.fixture
def chain(tenant: TenantWorld) -> Chain:
    """Six lines of a tenant, loose from the database."""
    write_lines(tenant, 6)
    with tenant.work().read() as session:
        rows = list(session.scalars(select(AuditEvent).order_by(AuditEvent.seq)))
        for row in rows:
            make_transient(row)
    return rows


def edit(chain: Chain) -> None:
    chain[2].details = {"role": "admin"}


def edit_and_seal_again(chain: Chain) -> None:
    edit(chain)
    chain[2].hash = digest(chain[2])


def delete(chain: Chain) -> None:
    del chain[2]


def insert(chain: Chain) -> None:
    line = copy.copy(chain[2])
    make_transient(line)
    chain.insert(2, line)


def swap(chain: Chain) -> None:
    chain[2], chain[3] = chain[3], chain[2]


def swap_what_they_say(chain: Chain) -> None:
    chain[2].details, chain[3].details = chain[3].details, chain[2].details


def renumber_after_deleting(chain: Chain) -> None:
    del chain[2]
    for number, line in enumerate(chain, 1):
        line.seq = number


@pytest.mark.parametrize(
    ("tamper", "place"),
    [
        (edit, 3),
        (edit_and_seal_again, 4),
        (delete, 3),
        (insert, 4),
        (swap, 3),
        (swap_what_they_say, 3),
        (renumber_after_deleting, 3),
    ],
)
def test_tampering_shows_at_its_place(tamper: Callable[[Chain], None], place: int, chain: Chain) -> None:
    assert first_break(chain) is None
    tamper(chain)
    assert first_break(chain) == place


@pytest.mark.parametrize(
    "column", ["actor_id", "actor_kind", "event", "outcome", "account_id", "subject_id", "request_id", "at"]
)
def test_every_column_is_under_the_seal(column: str, chain: Chain) -> None:
    value = getattr(chain[4], column)
    other = {"at": chain[0].at, "actor_id": uuid4(), "account_id": uuid4(), "subject_id": uuid4()}.get(
        column, "x"
    )
    setattr(chain[4], column, other)
    assert value != other
    assert first_break(chain) == 5


def test_a_line_of_another_tenant_does_not_fit(chain: Chain, world: World) -> None:
    chain[1].tenant_id = world.tenant().id
    assert first_break(chain) == 2


def test_a_whole_chain_is_whole_in_the_database(tenant: TenantWorld) -> None:
    write_lines(tenant, 3)
    with tenant.work().read() as session:
        assert verify(session) == (3, None)


@pytest.mark.parametrize("statement", ["UPDATE {} SET outcome = 'ok'", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["audit_events", "portal_audit_events"])
def test_the_database_takes_new_lines_only(
    statement: str, table: str, database: Database, tenant: TenantWorld
) -> None:
    write_lines(tenant, 1)
    with Work(tenant.store, None, OPERATOR).write() as session:
        record(session, Work(tenant.store, None, OPERATOR), "sign_in.failed", outcome="failed")
    engine = create_engine(database.all_rows)  # not even for whom row level security is none
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement.format(table)))
    engine.dispose()


def test_threads_never_share_a_number(tenant: TenantWorld) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: write_lines(tenant, 5), range(6)))
    with tenant.work().read() as session:
        assert verify(session) == (30, None)


def test_what_is_undone_leaves_no_line(tenant: TenantWorld) -> None:
    work = tenant.work(tenant.admin)
    with pytest.raises(RuntimeError, match="undone"), work.write() as session:
        record(session, work, "member.joined", role="member")
        raise RuntimeError("undone")
    with work.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == 0


@pytest.mark.parametrize(("event", "error"), [("no.such", KeyError), ("member.joined", ValueError)])
def test_only_known_events_with_their_details(
    event: str, error: type[Exception], tenant: TenantWorld
) -> None:
    with pytest.raises(error), tenant.work().write() as session:
        record(session, tenant.work(), event, extra="detail")


@pytest.fixture
def own_store(empty_database: Database) -> Iterator[Store]:
    """A database to spoil."""
    prepare(empty_database.settings())
    store = open_store(empty_database.settings())
    yield store
    store.engine.dispose()


def test_tampering_in_the_database_shows(own_store: Store, empty_database: Database) -> None:
    tenant = World(own_store).tenant()
    write_lines(tenant, 4)
    spoil(empty_database, "audit_events")
    with tenant.work().read() as session:
        assert verify(session) == (4, 2)


def test_tampering_with_the_portals_own_chain_shows(own_store: Store, empty_database: Database) -> None:
    nobody = Work(own_store, None, OPERATOR)
    for _ in range(3):
        with nobody.write() as session:
            record(session, nobody, "sign_in.failed", outcome="failed")
    spoil(empty_database, "portal_audit_events")
    with nobody.read() as session:
        assert session.scalar(select(func.count()).select_from(PortalAuditEvent)) == 3
        assert verify(session) == (3, 2)


def spoil(database: Database, table: str) -> None:
    """What somebody with all rights could do."""
    off = {
        "sqlite": f"DROP TRIGGER {table}_no_update",
        "postgres": f"ALTER TABLE {table} DISABLE TRIGGER ALL",
    }
    engine = create_engine(database.all_rows)
    with engine.begin() as connection:
        connection.execute(text(off[database.kind]))
        connection.execute(text(f"UPDATE {table} SET outcome = 'other' WHERE seq = 2"))
    engine.dispose()
