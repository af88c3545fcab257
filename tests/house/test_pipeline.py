"""Pipelined transactions, and rows in one go: all or nothing as ever, whatever is written, and whoever is cut
off (D5, T50)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, make_url, select, text
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from portal.audit.log import record, verify
from portal.store import engine as engines
from portal.store.adding import add_many
from portal.store.prepared import Prepared, Statement, among
from portal.store.tables import AuditEvent, Board, Delivery, DeliveryRequest, Tenant, Use
from portal.store.work import NOBODY, Work
from tests.support.databases import Database
from tests.support.deliveries import delivery_office
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

AT = datetime(2031, 5, 4, 12, tzinfo=UTC)
# Each would be read as something else where it is not quoted.
TEXTS = (
    "",
    "NULL",
    'say "so"',
    "back\\slash\\",
    '\\"',
    "{a,b}",
    "two\nlines\tand a tab",
    "%s %(name)s",
    "Zoë 日本 🎉",
    "'; --",
)


def use(position: int, **other: Any) -> dict[str, Any]:
    """A row of the use ledger, with what may be missing missing."""
    nothing = dict.fromkeys(("actor_id", "holder_id", "code", "request_id", "method", "status", "millis"))
    same = {"at": AT, "actor_kind": "person", "account_id": uuid4(), "credential_id": uuid4(), "calls": 1}
    return {**nothing, **same, "template": None, "batch_id": uuid4(), "position": position, **other}


def texts_of(work: Work) -> list[str | None]:
    """What stands in the ledger of a tenant, in its order."""
    with work.read() as session:
        return list(session.scalars(select(Use.template).where(Use.at == AT).order_by(Use.position)))


def test_what_is_written_in_one_go_is_read_as_it_was(tenant: TenantWorld) -> None:
    """Any text, none, numbers, ids and times: of many rows, of one, and where columns are alike."""
    work, many = tenant.work(), [use(number, template=one) for number, one in enumerate(TEXTS)]
    many.append(use(len(TEXTS), template=None, status=404, millis=2_000_000_000))
    alike = {"holder_id": uuid4(), "actor_kind": '"NULL"\\'}
    with work.write_pipelined() as session:
        add_many(session, Use, many)
        add_many(session, Use, [use(100, template=TEXTS[3])])
        own = [{name: value for name, value in use(at).items() if name not in alike} for at in (101, 102)]
        add_many(session, Use, own, alike)
    assert texts_of(work) == [*TEXTS, None, TEXTS[3], None, None]
    with work.read() as session:
        rows = session.scalars(select(Use).where(Use.at == AT).order_by(Use.position)).all()
    assert (rows[10].status, rows[10].millis, rows[10].actor_id, rows[10].at) == (
        404,
        2_000_000_000,
        None,
        AT,
    )
    assert rows[0].batch_id == many[0]["batch_id"]
    assert [(row.holder_id, row.actor_kind) for row in rows[-2:]] == [tuple(alike.values())] * 2


def test_bytes_and_json_in_one_go(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> None:
    """Of two rows and of one; a zero among the bytes is nothing special."""
    account_id = delivery_office(portal, sandbox, tenant).account_id
    fixed = {"account_id": account_id, "key_id": uuid4(), "received_at": AT}
    bodies = [bytes(range(32)), b"\\x00'\"" + bytes(27), bytes(32)]
    said: list[list[dict[str, Any]]] = [[{"id": one, "number": 1}] for one in ("{}", 'a"\\b', "Zoë\n")]
    rows = [
        {**fixed, "id": uuid4(), "idempotency_key": str(at), "body_hash": bodies[at], "deliveries": said[at]}
        for at in range(3)
    ]
    with tenant.work().write_pipelined() as session:
        add_many(session, DeliveryRequest, rows[:2])
        add_many(session, DeliveryRequest, rows[2:])
    with tenant.work().read() as session:
        found = session.scalars(select(DeliveryRequest).order_by(DeliveryRequest.idempotency_key)).all()
        assert [(row.body_hash, row.deliveries) for row in found] == list(zip(bodies, said, strict=True))


@pytest.mark.parametrize("count", [1, 2])
def test_what_is_too_long_is_refused_and_not_cut(tenant: TenantWorld, database: Database, count: int) -> None:
    """SQLite knows no lengths."""
    rows = [use(at, method="a" * 11) for at in range(count)]
    if database.kind == "sqlite":
        return
    with pytest.raises(DBAPIError, match="too long") as caught, tenant.work().write() as session:
        add_many(session, Use, rows)
    assert str(rows[0]["account_id"]) not in str(caught.value)
    assert texts_of(tenant.work()) == []


@pytest.mark.parametrize("way", ["write", "write_pipelined"])
def test_one_that_fails_takes_all_along(tenant: TenantWorld, way: str) -> None:
    """Whatever went out before it and behind it; and who writes next knows nothing of it."""
    work = tenant.work()
    opened: Callable[..., Any] = getattr(work, way)
    with work.read() as session:
        lines = verify(session)
    twice = use(1, template="twice")
    with pytest.raises(IntegrityError), opened() as session:
        add_many(session, Use, [use(0, template="before")])
        add_many(session, Use, [twice])
        add_many(session, Use, [twice])
        add_many(session, Use, [use(2, template="behind")])
        record(session, work, "tenant.changed", changed=["name"])
    for _ in range(3):  # whichever connection it is
        assert texts_of(work) == []
        with work.read() as session:
            assert verify(session) == lines
    with pytest.raises(ZeroDivisionError), opened() as session:
        add_many(session, Use, [use(0, template="before")])
        raise ZeroDivisionError
    assert texts_of(work) == []
    with opened() as session:
        add_many(session, Use, [use(0, template="after")])
    assert texts_of(work) == ["after"]


def test_lines_of_the_record_written_pipelined_fit(tenant: TenantWorld) -> None:
    """Several of one transaction; each is counted on from the one before."""
    work = tenant.work()
    with work.read() as session:
        before, _ = verify(session)
    for _ in range(2):
        with work.write_pipelined() as session:
            for changed in ("name", "zone"):
                record(session, work, "tenant.changed", changed=[changed])
    with work.read() as session:
        assert verify(session) == (before + 4, None)
        newest = session.scalars(select(AuditEvent.details).order_by(AuditEvent.seq.desc()).limit(2)).all()
    assert [one["changed"] for one in newest] == [["zone"], ["name"]]


def test_what_knows_no_tenant_asks_no_table_of_tenants(tenant: TenantWorld) -> None:
    """A statement that is asked past the session's hook is looked at when it is made."""
    for made in (Statement, Prepared):
        for statement in (select(Board.id), select(Tenant.id).join(Board, Board.tenant_id == Tenant.id)):
            with pytest.raises(RuntimeError, match=r"a prepared one|names its tenant"):
                made(statement)
    with Work(tenant.work().store, None, NOBODY).write_pipelined() as session:
        assert tenant.id in {row.id for row in Statement(select(Tenant.id)).ask(session).all()}
    nowhere = Work(tenant.work().store, None, NOBODY)
    with pytest.raises(RuntimeError, match="without a tenant"), nowhere.write_pipelined() as session:
        add_many(session, Delivery, [{}])


@pytest.fixture
def superuser(database: Database) -> Any:
    """Who may cut the portal's connections off."""
    engine = create_engine(database.all_rows, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


def cut(superuser: Engine, database: Database) -> None:
    """End the connections of the portal, and wait until they are gone."""
    role = {"role": make_url(database.url).username}
    ended = text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = :role")
    with superuser.connect() as connection:
        assert all(connection.execute(ended, role).scalars())


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("silent", [False, True])
def test_connections_cut_while_they_rest_are_replaced(
    database: Database,
    portal: Portal,
    tenant: TenantWorld,
    superuser: Engine,
    monkeypatch: pytest.MonkeyPatch,
    silent: bool,
) -> None:
    """Nobody meets an error of it. ``silent``: what cut them told nobody; who rested long is asked then."""
    work = tenant.work()
    with work.read(), work.read(), work.write_pipelined() as session:  # several, which rest then
        add_many(session, Use, [use(0, template="first")])
    if silent:
        monkeypatch.setattr(engines, "_tells_something", lambda driver: False)
        monkeypatch.setattr(engines, "ASKED_AFTER", 0)
    cut(superuser, database)
    assert texts_of(work) == ["first"]
    with work.write_pipelined() as session:
        add_many(session, Use, [use(1, template="second")])
    assert texts_of(work) == ["first", "second"]


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("asks", [False, True])
def test_cut_in_the_middle_leaves_nothing(
    database: Database, portal: Portal, tenant: TenantWorld, superuser: Engine, asks: bool
) -> None:
    """It is told as ever, so that whoever waits for a database that is away begins anew."""
    work = tenant.work()
    with pytest.raises(OperationalError) as caught, work.write_pipelined() as session:
        add_many(session, Use, [use(0, template="lost")])
        cut(superuser, database)
        if asks:
            Statement(select(Tenant.id)).ask(session).all()
    assert caught.value.connection_invalidated
    assert texts_of(work) == []
    with work.write_pipelined() as session:
        add_many(session, Use, [use(0, template="kept")])
    assert texts_of(work) == ["kept"]


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_what_was_made_ready_outlives_reading(portal: Portal, tenant: TenantWorld) -> None:
    """A read that ends by a rollback would have the driver throw away all it has made ready."""
    asked = Statement(select(Tenant.name).limit(1))
    with tenant.work().read() as session:
        driver: Any = session.connection().connection.driver_connection
        asked.ask(session).all()
    with driver.cursor() as cursor:
        kept = cursor.execute("SELECT statement FROM pg_prepared_statements").fetchall()
    driver.rollback()
    assert any("tenants.name" in statement for (statement,) in kept)


def test_one_of_several_is_found_by_an_index_on_sqlite() -> None:
    """A comparison around it, which SQLAlchemy adds to what is true or false, would read every row."""
    statement = select(Delivery.id).where(among(Delivery.subject, "subjects"))
    said = " ".join(str(statement.compile(dialect=sqlite_dialect())).split())
    assert said.endswith("WHERE deliveries.subject IN (SELECT value FROM json_each(?))")
