"""The audit's chain shows every edit, deletion, insertion and swap at its place (T55)."""

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import ColumnElement, Connection, Executable, create_engine, func, select, text
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


def test_the_portals_role_may_add_and_read_only(tenant: TenantWorld, database: Database) -> None:
    """Before any trigger is asked: ``TRUNCATE`` fires none of those that hold single lines."""
    if database.kind == "sqlite":
        pytest.skip("SQLite has no roles")
    write_lines(tenant, 1)
    lines = ("audit_events", "portal_audit_events", "audit_index")
    taken = [f"{what} {one}" for one in (*lines, "audit_segments") for what in ("TRUNCATE", "DELETE FROM")]
    for statement in (*taken, *(f"UPDATE {one} SET outcome = 'ok'" for one in lines)):
        with pytest.raises(DBAPIError, match="permission denied"), tenant.work().write() as session:
            session.connection().execute(text(statement))
    assert check(tenant) == (1, None)


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


def test_tampering_with_the_portals_own_chain_shows(own_store: Store, empty_database: Database) -> None:
    nobody = Work(own_store, None, OPERATOR)
    for _ in range(3):
        with nobody.write() as session:
            record(session, nobody, "sign_in.failed", outcome="failed")
    spoil(empty_database, "portal_audit_events")
    with nobody.read() as session:
        assert session.scalar(select(func.count()).select_from(PortalAuditEvent)) == 3
        assert verify(session) == (3, 2)


TABLE = AuditEvent.__table__
Step = Callable[[Connection, UUID, UUID], None]  # given the tenant, and another one


def change(number: int, **values: object) -> Step:
    """Write over columns of a line."""
    return lambda lines, own, other: _run(lines, TABLE.update().where(*_is(own, number)).values(**values))


def drop(seq: int) -> Step:
    """Take a line away."""
    return lambda lines, own, other: _run(lines, TABLE.delete().where(*_is(own, seq)))


def put(seq: int, at: int, *, of_other: bool = False) -> Step:
    """Put a line, with its own seal, at another number."""

    def step(lines: Connection, own: UUID, other: UUID) -> None:
        found = select(TABLE).where(*_is(other if of_other else own, seq))
        row = dict(lines.execute(found).mappings().one())
        _run(lines, TABLE.insert().values(row | {"tenant_id": own, "seq": at}))

    return step


def _is(tenant_id: UUID, seq: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return TABLE.c.tenant_id == tenant_id, TABLE.c.seq == seq


def _run(lines: Connection, statement: Executable) -> None:
    lines.execute(statement)


# What somebody with all rights may do to six lines of a tenant, and where the check stops.
SPOILT: dict[str, tuple[list[Step], int | None]] = {
    "nothing": ([], None),
    "edit": ([change(3, outcome="other")], 3),
    "edit who": ([change(3, actor_id=None)], 3),
    "delete": ([drop(3)], 3),
    "delete the first": ([drop(1)], 1),
    "delete and close the gap": ([drop(3), *(change(seq, seq=seq - 1) for seq in (4, 5, 6))], 3),
    "insert": ([*(change(seq, seq=seq + 1) for seq in (6, 5, 4, 3)), put(2, 3)], 3),
    "insert at the end": ([put(6, 7)], 7),
    "reorder": ([change(3, seq=99), change(4, seq=3), change(99, seq=4)], 3),
    "restore an older line": ([drop(5), put(2, 5)], 5),
    "a line of another tenant": ([drop(4), put(4, 4, of_other=True)], 4),
    # The chain alone cannot see this; the number of lines tells.
    "cut off the end": ([drop(5), drop(6)], None),
}


def test_every_tampering_in_the_database_shows_at_its_place(
    own_store: Store, empty_database: Database
) -> None:
    world = World(own_store)
    other = world.tenant()
    write_lines(other, 6)
    tenants = {name: world.tenant() for name in SPOILT}
    for tenant in tenants.values():
        write_lines(tenant, 6)
    open_to_change(empty_database, "audit_events")
    engine = create_engine(empty_database.all_rows)
    with engine.begin() as lines:
        for name, (steps, _) in SPOILT.items():
            for step in steps:
                step(lines, tenants[name].id, other.id)
    engine.dispose()
    found = {name: check(tenant) for name, tenant in tenants.items()}
    assert {name: place for name, (_, place) in found.items()} == {
        name: place for name, (_, place) in SPOILT.items()
    }
    assert (found["nothing"], found["cut off the end"]) == ((6, None), (4, None))
    assert check(other) == (6, None)


def check(tenant: TenantWorld) -> tuple[int, int | None]:
    with tenant.work().read() as session:
        return verify(session)


def open_to_change(database: Database, table: str) -> None:
    """Take away what holds changes back, as somebody with all rights could."""
    engine = create_engine(database.all_rows)
    with engine.begin() as connection:
        if database.kind == "postgres":
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        else:
            for change in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table}_no_{change}"))
    engine.dispose()


def spoil(database: Database, table: str) -> None:
    """Change the second line."""
    open_to_change(database, table)
    engine = create_engine(database.all_rows)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET outcome = 'other' WHERE seq = 2"))
    engine.dispose()
