"""Inserts that know what to do when the row is there already: of two that write it at once, neither fails."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.store.base import Base

INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_into(session: Session, table: type[Base]) -> Any:
    """``INSERT`` with ``on_conflict_do_update`` and ``on_conflict_do_nothing``, alike on both databases."""
    return INSERTS[session.get_bind().dialect.name](table)
