"""What support may write and read: a closed list, held in the program, and on PostgreSQL by a role (T05)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, delete, insert, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import visits
from portal.errors import StartRefused
from portal.start import open_store, prepare
from portal.store.adding import add_many
from portal.store.base import Base
from portal.store.support_wall import (
    ADDED,
    CHAINS,
    CHANGED,
    MAY_ADD,
    MAY_CHANGE,
    SECRET,
    UNSEEN,
    SupportWrites,
    role_of,
)
from portal.store.tables import (
    AlmAccount,
    Board,
    Mail,
    SupportRequest,
    SupportVisit,
    Tenant,
    TenantKey,
    Use,
    User,
)
from portal.store.work import SUPPORT, Actor, Work
from tests.support import samples
from tests.support.databases import Database
from tests.support.world import TenantWorld, World

# Each would change what is not support's to change, or read what opens secrets.
REFUSED: dict[str, Callable[[Session], object]] = {
    "a new board": lambda session: _flushed(session, Board(name="x")),
    "a changed tenant": lambda session: _renamed(session),
    "a visit removed": lambda session: session.execute(delete(SupportVisit)),
    "names in bulk": lambda session: session.execute(update(AlmAccount).values(name="x")),
    "rows of another list": lambda session: session.execute(insert(User).values(name="x")),
    "an answer to oneself": lambda session: session.execute(update(SupportRequest).values(granted=True)),
    "a mail": lambda session: _flushed(session, Mail(once="x")),
    "rows in one go": lambda session: add_many(session, Use, [{}]),
    "the data keys": lambda session: session.scalars(select(TenantKey)).all(),
    "the data keys, aside": lambda session: session.scalars(select(Tenant).where(_has_key())).all(),
}


def _flushed(session: Session, row: Base) -> None:
    session.add(row)
    session.flush()


def _renamed(session: Session) -> None:
    session.scalars(select(Tenant)).first().name = "x"  # type: ignore[union-attr]
    session.flush()


def _has_key() -> object:
    return select(TenantKey.key_id).where(TenantKey.tenant_id == Tenant.id).exists()


@pytest.fixture
def support(tenant: TenantWorld, world: World) -> Work:
    """One of the staff at work in a tenant."""
    return Work(tenant.store, tenant.id, Actor(SUPPORT, world.support().user_id))


def visit_of(work: Work) -> SupportVisit:
    now = clock.now()
    return SupportVisit(
        user_id=work.user_id,
        tenant_id=work.tenant,
        reason="A ticket",
        started_at=now,
        ends_at=now + timedelta(hours=1),
    )


def test_support_writes_what_is_listed_and_nothing_else(support: Work, tenant: TenantWorld) -> None:
    samples.board(tenant)
    for what, does in REFUSED.items():
        with pytest.raises(SupportWrites), support.write() as session:
            does(session)
            pytest.fail(f"support may: {what}")
    with support.write() as session:
        session.add(visit_of(support))
        mine = SupportVisit.user_id == support.user_id
        session.execute(update(SupportVisit).where(mine).values(ends_at=clock.now()))
    with support.read() as session:
        assert session.scalar(select(AlmAccount.name))


def test_the_role_holds_it_where_the_program_would_not(support: Work, database: Database) -> None:
    """Plain SQL, which the hooks of sessions do not see."""
    if database.kind == "sqlite":
        pytest.skip("SQLite has no roles")
    with support.read() as session:
        assert session.connection().scalar(text("SELECT current_user")) == role_of(_app(database))
    with support.store.engine.connect() as connection:  # the one that support had is itself again
        assert connection.scalar(text("SELECT current_user")) == _app(database)
    for table in Base.metadata.tables:
        assert is_refused(support, f"DELETE FROM {table}"), table
        assert is_refused(support, f"SELECT 1 FROM {table}") == (table in UNSEEN), table
        assert is_refused(support, f"INSERT INTO {table} SELECT * FROM {table} WHERE false") == (
            table not in MAY_ADD - set(ADDED)
        ), table
        column = next(iter(Base.metadata.tables[table].primary_key)).name
        assert is_refused(support, f"UPDATE {table} SET {column} = {column} WHERE false") == (
            table not in MAY_CHANGE - set(CHANGED)
        ), table
    assert is_refused(support, "CREATE TABLE own (id int)")


def test_the_role_has_single_columns(support: Work, database: Database) -> None:
    """Nobody lets themselves in, or moves what is due; no hash of a password is read."""
    if database.kind == "sqlite":
        pytest.skip("SQLite has no roles")
    asked = "INSERT INTO support_requests (id, user_id, tenant_id, reason, asked_at"
    nothing = "SELECT id, user_id, tenant_id, reason, asked_at"
    assert not is_refused(support, f"{asked}) {nothing} FROM support_requests WHERE false")
    for answer in ("granted", "holds_until", "answered_at", "answered_by"):
        statement = f"{asked}, {answer}) {nothing}, {answer} FROM support_requests WHERE false"
        assert is_refused(support, statement), answer
    for column in Base.metadata.tables["support_visits"].columns:
        statement = f"UPDATE support_visits SET {column.name} = {column.name} WHERE false"
        assert is_refused(support, statement) == (column.name != "ends_at"), column
    for column in Base.metadata.tables["users"].columns:
        hidden = column.name in SECRET["users"]
        assert is_refused(support, f"SELECT {column.name} FROM users") == hidden, column
    assert {"password_hash", "reset_hash", "email_hash", "totp_secret"} <= SECRET["users"]
    assert is_refused(support, "UPDATE due_work SET due_at = now() WHERE false")


def test_nobody_puts_off_the_end_of_a_visit(support: Work, tenant: TenantWorld, database: Database) -> None:
    """By plain SQL, with the right to the column; a visit of a day is not made either."""
    if database.kind == "sqlite":
        pytest.skip("SQLite has no roles")
    visits.open_visit(support.within(None), tenant.id, "A ticket")
    mine = f"WHERE tenant_id = '{tenant.id}'"
    later = f"UPDATE support_visits SET ends_at = ends_at + interval '1 second' {mine}"
    columns = "id, user_id, tenant_id, reason, started_at, ends_at"
    values = "gen_random_uuid(), user_id, tenant_id, reason, started_at, ends_at + interval '1 day'"
    for work in (support, tenant.work(tenant.admin)):
        assert is_refused(work, later)
        assert is_refused(
            work, f"INSERT INTO support_visits ({columns}) SELECT {values} FROM support_visits {mine}"
        )
    assert [one.reason for one in visits.visits_now(tenant.work(tenant.admin))] == ["A ticket"]
    assert not is_refused(support, f"UPDATE support_visits SET ends_at = now() {mine}")
    assert visits.visits_now(tenant.work(tenant.admin)) == []


def _app(database: Database) -> str:
    return str(make_url(database.url).username)


def is_refused(work: Work, statement: str) -> bool:
    """Whether PostgreSQL says that the role may not (42501, insufficient_privilege)."""
    try:
        with work.write() as session:
            session.connection().execute(text(statement))
    except DBAPIError as error:
        assert getattr(error.orig, "sqlstate", "") == "42501", error
        return True
    return False


def test_another_tenant_is_hidden_from_the_role(
    support: Work, tenant: TenantWorld, database: Database
) -> None:
    if database.kind == "sqlite":
        pytest.skip("SQLite has no row level security")
    assert tenant.other
    samples.account(tenant), samples.account(tenant.other)
    with support.read() as session:
        seen = session.connection().execute(text("SELECT DISTINCT tenant_id FROM alm_accounts")).scalars()
        assert set(seen) == {tenant.id}


def test_nothing_of_a_chain_is_changed() -> None:
    assert CHAINS <= MAY_ADD and not CHAINS & MAY_CHANGE and not UNSEEN & (MAY_ADD | MAY_CHANGE)


@contextmanager
def superuser(database: Database) -> Iterator[Callable[[str], object]]:
    engine = create_engine(database.all_rows, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield lambda statement: connection.execute(text(statement))
    engine.dispose()


def test_the_role_is_made_or_asked_for(empty_database: Database) -> None:
    """By an owner who may make roles; otherwise with the statements a superuser has to run, which then do."""
    if empty_database.kind == "sqlite":
        pytest.skip("SQLite has no roles")
    app, settings = _app(empty_database), empty_database.settings()
    owner = make_url(empty_database.owner_url).username
    with superuser(empty_database) as run:
        run(f"DROP ROLE {role_of(app)}")
        with pytest.raises(StartRefused, match="As a superuser run") as refused:
            prepare(settings)
        with pytest.raises(StartRefused, match="As a superuser run"):
            open_store(settings)
        by_hand = str(refused.value).split("run: ")[1].removesuffix("; then ")
        run(by_hand)
        with pytest.raises(StartRefused, match=r"other rights .* Run: almoner migrate"):
            open_store(settings)
        prepare(settings)
        open_store(settings).engine.dispose()
        run(f"DROP OWNED BY {role_of(app)}")
        run(f"DROP ROLE {role_of(app)}")
        run(f"ALTER ROLE {owner} CREATEROLE")
        prepare(settings)
        open_store(settings).engine.dispose()


MORE_OR_LESS = {
    "GRANT UPDATE ON tenants TO {role}": "other rights on the table tenants",
    "GRANT SELECT ON tenant_keys TO {role}": "other rights on the table tenant_keys",
    "REVOKE INSERT ON support_visits FROM {role}": "other rights on the table support_visits",
    "GRANT INSERT (granted) ON support_requests TO {role}": "other rights on the table support_requests",
    "GRANT SELECT (totp_secret) ON users TO {role}": "other rights on the table users",
    "REVOKE UPDATE (ends_at) ON support_visits FROM {role}": "other rights on the table support_visits",
    "ALTER TABLE support_visits DISABLE TRIGGER support_visits_not_longer": "visits of support",
    "ALTER TABLE support_visits ENABLE TRIGGER ALL; ALTER ROLE {role} BYPASSRLS": "NOBYPASSRLS",
    "ALTER ROLE {role} NOBYPASSRLS; REVOKE {role} FROM {app}": "As a superuser run",
}


def test_a_role_that_may_more_or_less_is_refused(empty_database: Database) -> None:
    if empty_database.kind == "sqlite":
        pytest.skip("SQLite has no roles")
    app, settings = _app(empty_database), empty_database.settings()
    with superuser(empty_database) as run:
        for statement, told in MORE_OR_LESS.items():
            prepare(settings)
            run(statement.format(role=role_of(app), app=app))
            with pytest.raises(StartRefused, match=told):
                open_store(settings)
