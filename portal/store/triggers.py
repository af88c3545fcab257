"""Taking away a trigger that refuses something, for who owns the tables: within one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session


@contextmanager
def without(session: Session, table: str, trigger: str) -> Iterator[None]:
    """Have the table's trigger not hold inside the block. Where that raises, the transaction puts it back.

    Both names are the portal's own, never given by anybody. Raises what SQLAlchemy does.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        put_back = f"ALTER TABLE {table} ENABLE TRIGGER {trigger}"
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    else:
        made = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")
        put_back = connection.execute(made, {"name": trigger}).scalar_one()
        connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
    yield
    connection.exec_driver_sql(put_back)
