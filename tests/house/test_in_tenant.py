"""Statements that are asked past the session's hook keep to their tenant, or are refused when they are made:
on SQLite nothing else would hide the rows of others."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Uuid, bindparam, column, delete, exists, func, insert, or_, select, table, text, update
from sqlalchemy.orm import aliased

from portal.store.hot import HotRead
from portal.store.in_tenant import TenantMissing
from portal.store.prepared import Prepared
from portal.store.tables import Board, Idea, Tenant

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
    "text": text("SELECT * FROM boards"),
    "text in FROM": select(column("id")).select_from(text("boards")),
    "a table by its name": select(table("boards", column("id")).c.id),
    "text in WITH": select(text("SELECT id FROM boards").columns(column("id")).cte().c.id),
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
