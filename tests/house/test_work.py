"""The tenant wall (T01, T02, T03) and the two kinds of transaction."""

import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Select, and_, bindparam, delete, exists, func, insert, select, text, union_all, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased

from portal.clock import now
from portal.store.patience import is_away
from portal.store.prepared import Statement
from portal.store.reading import WriteInRead
from portal.store.tables import AlmAccount, Board, Membership, Tenant, TenantKey
from portal.store.work import (
    OPERATOR,
    TenantMissing,
    TransactionOpen,
    Work,
    refuse_open_transaction,
)
from tests.support import samples
from tests.support.world import TenantWorld, World

Other = aliased(AlmAccount)
SHAPES: dict[str, Callable[[], Select[Any]]] = {
    "entity": lambda: select(AlmAccount),
    "column": lambda: select(AlmAccount.name),
    "count": lambda: select(func.count()).select_from(AlmAccount),
    "alias": lambda: select(Other),
    "alias column": lambda: select(Other.name),
    "join": lambda: select(Board.name).join(
        AlmAccount, and_(AlmAccount.tenant_id == Board.tenant_id, AlmAccount.id == Board.account_id)
    ),
    "from the other side": lambda: select(Tenant.name).join(AlmAccount, AlmAccount.tenant_id == Tenant.id),
    "subquery": lambda: select(select(AlmAccount.name).subquery().c.name),
    "cte": lambda: select(select(AlmAccount.name).cte().c.name),
    "exists": lambda: select(Tenant.name).where(exists().where(AlmAccount.tenant_id == Tenant.id)),
    "in": lambda: select(Tenant.name).where(Tenant.id.in_(select(AlmAccount.tenant_id))),
    "scalar": lambda: select(select(func.count(AlmAccount.id)).scalar_subquery()),
    "union": lambda: union_all(select(AlmAccount.name), select(Board.name)),  # type: ignore[dict-item]
    "order": lambda: select(AlmAccount.name).order_by(AlmAccount.name).limit(1),
    "group": lambda: select(AlmAccount.tenant_id, func.count()).group_by(AlmAccount.tenant_id),
}


@pytest.fixture
def foreign(world: World) -> TenantWorld:
    """A tenant with an account and a board that nobody else may see."""
    tenant = world.tenant()
    samples.board(tenant, samples.account(tenant, f"foreign-{tenant.slug}"))
    return tenant


@pytest.mark.parametrize("shape", SHAPES)
def test_no_query_shape_sees_another_tenant(shape: str, tenant: TenantWorld, foreign: TenantWorld) -> None:
    with tenant.work().read() as session:
        rows = [str(tuple(row)) for row in session.execute(SHAPES[shape]())]
    for sign in (foreign.slug, foreign.name, str(foreign.id)):
        assert not any(sign in row for row in rows), rows
    if shape in ("count", "scalar"):
        assert rows == ["(0,)"]


@pytest.mark.parametrize("shape", SHAPES)
def test_no_query_shape_runs_without_a_tenant(shape: str, tenant: TenantWorld) -> None:
    with Work(tenant.store, None, OPERATOR).read() as session, pytest.raises(TenantMissing):
        session.execute(SHAPES[shape]())


def test_get_does_not_see_another_tenant(tenant: TenantWorld, foreign: TenantWorld) -> None:
    with foreign.work().read() as session:
        key = session.scalars(select(AlmAccount.id)).one()
    with tenant.work().read() as session:
        assert session.get(AlmAccount, (foreign.id, key)) is None


@pytest.mark.parametrize("statement", [update(AlmAccount).values(name="taken"), delete(Board)])
def test_bulk_changes_stay_in_the_tenant(statement: Any, tenant: TenantWorld, foreign: TenantWorld) -> None:
    with tenant.work().write() as session:
        session.execute(statement)
    with foreign.work().read() as session:
        assert session.scalars(select(AlmAccount.name)).one() == f"foreign-{foreign.slug}"
        assert session.scalar(select(func.count()).select_from(Board)) == 1


def key_row(tenant: TenantWorld) -> TenantKey:
    with tenant.work().read() as session:
        return session.scalars(select(TenantKey)).one()


def test_a_row_of_another_tenant_is_not_written(tenant: TenantWorld, foreign: TenantWorld) -> None:
    row = key_row(foreign)
    with pytest.raises(TenantMissing), tenant.work().write() as session:
        merged = session.merge(row, load=False)
        merged.root_key_id = "0" * 16
        session.flush()


def test_a_row_is_not_moved_to_another_tenant(tenant: TenantWorld, foreign: TenantWorld) -> None:
    samples.account(tenant)
    with pytest.raises(TenantMissing), tenant.work().write() as session:
        session.scalars(select(AlmAccount)).one().tenant_id = foreign.id
        session.flush()


def test_a_row_of_a_tenant_is_not_written_without_one(tenant: TenantWorld) -> None:
    row = key_row(tenant)
    with pytest.raises(TenantMissing), Work(tenant.store, None, OPERATOR).write() as session:
        session.delete(session.merge(row, load=False))
        session.flush()


def test_rows_are_not_inserted_past_the_wall(tenant: TenantWorld, foreign: TenantWorld) -> None:
    row = {
        "tenant_id": foreign.id,
        "key_id": "0" * 16,
        "root_key_id": "0" * 16,
        "wrapped": b"",
        "created_at": now(),
    }
    with pytest.raises(TenantMissing), tenant.work().write() as session:
        session.execute(insert(TenantKey).values(**row))


def test_postgres_hides_rows_from_plain_sql(tenant: TenantWorld, foreign: TenantWorld) -> None:
    if not tenant.store.is_postgres:
        pytest.skip("SQLite has no row level security, and the portal uses no plain SQL on rows")
    with tenant.work().write() as session:
        assert session.connection().execute(text("SELECT * FROM alm_accounts")).all() == []
        session.connection().execute(text("UPDATE alm_accounts SET name = 'taken'"))
    with foreign.work().read() as session:
        assert session.scalars(select(AlmAccount.name)).one() == f"foreign-{foreign.slug}"
    with pytest.raises(DBAPIError, match="row-level security"), tenant.work().write() as session:
        session.connection().execute(
            text(f"INSERT INTO field_mappings VALUES ('{foreign.id}', '{foreign.id}', 'r', 'i', 'n')")
        )


def rename(session: Session, tenant: TenantWorld) -> None:
    session.execute(update(Tenant).where(Tenant.id == tenant.id).values(name="changed"))


def rename_row(session: Session, tenant: TenantWorld) -> None:
    session.get(Tenant, tenant.id).name = "changed"  # type: ignore[union-attr]
    session.flush()


def rename_past_the_session(session: Session, tenant: TenantWorld) -> None:
    named = Statement(update(Tenant).where(Tenant.id == bindparam("one")).values(name="changed"))
    named.ask(session, one=tenant.id)


@pytest.mark.parametrize("change", [rename, rename_row, rename_past_the_session])
def test_a_read_cannot_write(change: Callable[[Session, TenantWorld], None], tenant: TenantWorld) -> None:
    """Trying again would meet the same, so nobody is told to: it is a mistake of ours."""
    with pytest.raises(WriteInRead) as caught, tenant.work().read() as session:
        change(session, tenant)
    assert not is_away(caught.value)
    with tenant.work().read() as session:
        assert session.get(Tenant, tenant.id).name == tenant.name  # type: ignore[union-attr]


@pytest.mark.parametrize("change", [rename, rename_row, rename_past_the_session])
def test_a_write_waits_for_a_database_that_is_read_only(
    change: Callable[[Session, TenantWorld], None], tenant: TenantWorld
) -> None:
    """As after a failover: the same error, and trying again is right."""
    says_so = "SET TRANSACTION READ ONLY" if tenant.store.is_postgres else "PRAGMA query_only=1"
    with pytest.raises(DBAPIError) as caught, tenant.work().write() as session:
        session.connection().exec_driver_sql(says_so)
        change(session, tenant)
    assert is_away(caught.value)


def test_a_write_that_raises_leaves_nothing(tenant: TenantWorld) -> None:
    with pytest.raises(RuntimeError, match="half way"), tenant.work().write() as session:
        session.execute(update(Tenant).where(Tenant.id == tenant.id).values(name="changed"))
        raise RuntimeError("half way")
    with tenant.work().read() as session:
        assert session.get(Tenant, tenant.id).name == tenant.name  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["read", "write"])
def test_jira_is_not_called_with_a_transaction_open(kind: str, tenant: TenantWorld) -> None:
    refuse_open_transaction(None)
    with getattr(tenant.work(), kind)(), pytest.raises(TransactionOpen):
        refuse_open_transaction(None)
    refuse_open_transaction(None)


@pytest.mark.soak
def test_threads_see_their_own_tenant_only(world: World) -> None:
    """T03: few connections, many threads, tenants in turn, one in five ends in an error."""
    tenants = [world.tenant(), world.tenant()]
    for tenant in tenants:
        samples.account(tenant, tenant.slug)
    rounds = int(os.environ.get("TEST_ROUNDS", "200"))
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda number: look(tenants[number % 2], number), range(rounds)))
    assert seen == [tenants[number % 2].slug for number in range(rounds)]


def look(tenant: TenantWorld, number: int) -> str:
    try:
        with tenant.work().read() as session:
            name = session.scalars(select(AlmAccount.name)).one()
            if random.Random(number).random() < 0.2:
                raise RuntimeError("in mid-request")
            return count_members(session, tenant, name)
    except RuntimeError:
        return name


def count_members(session: Session, tenant: TenantWorld, name: str) -> str:
    count = session.scalar(
        select(func.count()).select_from(Membership).where(Membership.tenant_id == tenant.id)
    )
    return name if count == 3 else f"{count} members"
