"""Statements that are asked past the session's hook keep to their tenant, or are refused when they are made:
on SQLite nothing else would hide the rows of others."""

import ast
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import (
    DDL,
    Uuid,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_or_change
from sqlalchemy.orm import aliased

from portal.store.hot import HotRead
from portal.store.in_tenant import TenantMissing, names_tenants
from portal.store.prepared import Prepared, Statement
from portal.store.tables import Board, Generation, Idea, Tenant
from portal.store.work import OPERATOR, Work
from tests.support.world import TenantWorld

OF_TENANT = bindparam("tenant", type_=Uuid())
MINE = Board.tenant_id == OF_TENANT
SAME = Idea.tenant_id == Board.tenant_id
BOARDS, IDEAS, OTHER = select(Board.id), select(Idea.id), aliased(Board)
HOLD = {
    "compared": BOARDS.where(MINE),
    "an alias": select(OTHER.id).where(OTHER.tenant_id == OF_TENANT),
    "by another table": select(Board.id, OTHER.id).where(MINE, OTHER.tenant_id == Board.tenant_id),
    "by a join": BOARDS.join(Idea, MINE & SAME),
    "what an outer join adds": BOARDS.outerjoin(Idea, SAME).where(MINE),
    "within": BOARDS.where(MINE, Board.id.in_(IDEAS.where(Idea.tenant_id == OF_TENANT))),
    "correlated": BOARDS.where(MINE, exists(IDEAS.where(SAME).correlate(Board))),
    "both of two": BOARDS.where(MINE).union(BOARDS.where(MINE)),
    "changed": update(Board).where(MINE).values(name="x"),
    "deleted": delete(Board).where(MINE),
    "of nobody": select(Tenant.id),
    "counted": select(func.count()).select_from(Board).where(MINE),
    "whether there is one": select(exists().where(MINE)),
}
# What is written as text could be of any table, and of everybody's rows.
SOMEBODYS = "(SELECT name FROM boards LIMIT 1)"
TEXTS = {
    "text": text("SELECT * FROM boards"),
    "with columns": text("SELECT id FROM boards").columns(column("id")),
    "for a class": select(Tenant).from_statement(text("SELECT * FROM boards")),
    "in FROM": select(column("id")).select_from(text("boards")),
    "in WITH": select(text("SELECT id FROM boards").columns(column("id")).cte().c.id),
    "in WHERE": select(Tenant.id).where(text(f"name = {SOMEBODYS}")),
    "in the order": select(Tenant.id).order_by(text(SOMEBODYS)),
    "in a function": select(func.lower(text(SOMEBODYS))),
    "a column": select(literal_column(SOMEBODYS)),
    "a table by its name": select(table("boards", column("id")).c.id),
    "before the columns": select(Tenant.id).prefix_with(f"{SOMEBODYS}, "),
    "behind it all": select(Tenant.id).suffix_with("UNION SELECT name FROM boards"),
    "a hint": select(Tenant.id).with_hint(Tenant, ", boards"),
    "a hint behind it all": select(Tenant.id).with_statement_hint("UNION SELECT name FROM boards"),
    "an operator": select(Tenant.id).where(Tenant.name.op(f"= {SOMEBODYS} OR ''=")("")),
    "a value": insert_or_change(Generation).on_conflict_do_update("c", set_={"generation": text(SOMEBODYS)}),
    "of the schema": DDL("DROP TABLE boards"),
}
DO_NOT = {
    "not compared": BOARDS,
    "only named": select(Board.id, OF_TENANT),
    "counted": select(func.count()).select_from(Board),
    "another column": BOARDS.where(Board.id == OF_TENANT),
    "another parameter": BOARDS.where(Board.tenant_id == bindparam("other")),
    "a tenant of its own": BOARDS.where(Board.tenant_id == bindparam("tenant", uuid4())),
    "any but it": BOARDS.where(Board.tenant_id != OF_TENANT),
    "not so": BOARDS.where(~MINE),
    "or something else": BOARDS.where(or_(MINE, Board.name == "x")),
    "its alias not": select(OTHER.id, Board.id).where(MINE),
    "by the tenants' table": select(Tenant.id).join(Board, Board.tenant_id == Tenant.id),
    "joined otherwise": BOARDS.join(Idea, Idea.board_id == Board.id).where(MINE),
    "an outer join lets it pass": BOARDS.outerjoin(Idea, MINE & SAME),
    "a full join lets both pass": BOARDS.join(Idea, MINE & SAME, full=True),
    "within": BOARDS.where(MINE, Board.id.in_(IDEAS)),
    "not correlated by name": BOARDS.where(MINE, exists(IDEAS.where(SAME))),
    "in FROM": select(BOARDS.subquery().c.id, Board.id).where(MINE),
    "in FROM, as if correlated": select(BOARDS.correlate(Board).subquery().c.id, Board.id).where(MINE),
    "in WITH": select(BOARDS.cte().c.id),
    "one of two": BOARDS.where(MINE).union(BOARDS),
    "in the order": BOARDS.where(MINE).order_by(IDEAS.limit(1).scalar_subquery()),
    "changed": update(Board).values(name="x"),
    "changed by others": update(Board).where(MINE, Idea.board_id == Board.id).values(name="x"),
    "changed to others'": update(Board).where(MINE).values(name=IDEAS.scalar_subquery()),
    "deleted": delete(Board),
    "added": insert(Board).values(tenant_id=OF_TENANT),
}


@pytest.mark.parametrize("statement", HOLD.values(), ids=HOLD)
def test_what_keeps_to_its_tenant(statement: Any) -> None:
    Prepared(statement)
    HotRead(lambda tenant: statement)


@pytest.mark.parametrize("statement", DO_NOT.values(), ids=DO_NOT)
def test_what_does_not(statement: Any) -> None:
    with pytest.raises(TenantMissing):
        Prepared(statement)
    with pytest.raises(TenantMissing):
        HotRead(lambda tenant: statement)


@pytest.mark.parametrize("statement", TEXTS.values(), ids=TEXTS)
def test_no_text_is_prepared(statement: Any) -> None:
    for prepare in (Prepared, Statement, lambda one: HotRead(lambda tenant: one)):
        with pytest.raises(TenantMissing, match="not of text"):
            prepare(statement)


@pytest.mark.parametrize("statement", TEXTS.values(), ids=TEXTS)
def test_no_text_is_executed_in_a_session(statement: Any, tenant: TenantWorld) -> None:
    """With a tenant or without: on SQLite it would find the rows of all."""
    for tenant_id in (tenant.id, None):
        work = Work(tenant.store, tenant_id, OPERATOR)
        for session_of in (work.read, work.write):
            with session_of() as session, pytest.raises(TenantMissing, match="not of text"):
                session.execute(statement)


PLAIN = {
    "nothing": select(Tenant.id),
    "WHERE": select(Tenant.id).where(Tenant.name == ""),
    "an order": select(Tenant.id).order_by(Tenant.name),
    "a function": select(func.lower(Tenant.name)),
}


def test_what_was_found_of_a_statement_is_not_taken_for_another() -> None:
    """Those of no tenant are looked through once; what resembles them by text or by table is none of them."""
    for _ in range(2):
        assert [name for name, one in PLAIN.items() if names_tenants(one)] == []
        assert [name for name, one in (HOLD | DO_NOT).items() if not names_tenants(one)] == ["of nobody"]
        for statement in TEXTS.values():
            with pytest.raises(TenantMissing, match="not of text"):
                names_tenants(statement)


def test_sql_is_written_as_text_in_the_store_only() -> None:
    """What goes past the session, by its connection, is looked at by nobody."""
    portal = Path(__file__).parents[2] / "portal"
    above = [one for one in portal.rglob("*.py") if portal / "store" not in one.parents]
    assert len(above) > 100
    assert [f"{one.relative_to(portal)}: {name}" for one in above for name in _beside_sessions(one)] == []


def _beside_sessions(module: Path) -> list[str]:
    """What a module takes of SQLAlchemy for text, and where it asks a session for its connection."""
    found = []
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            found += [one.name for one in node.names if one.name in ("text", "literal_column", "DDL")]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found += [name for name in ("connection", "exec_driver_sql") if name == node.func.attr]
    return found
