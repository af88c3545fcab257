"""Base of all tables and the column types they share."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, LargeBinary, MetaData, String, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

# Named constraints: migrations can address them on both databases.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out, on both databases.

    SQLite keeps no zone: a time with an offset would come back naive and hours off.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, turn the rest into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite dropped."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed(TypeDecorator[bytes]):
    """A column of sealed bytes (:mod:`portal.store.sealing`); never holds anything readable."""

    impl = LargeBinary
    cache_ok = True


class Words(TypeDecorator[list[str]]):
    """A list of words without blanks, kept as text with a blank between; none is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str | None:
        """Join them; refuse what would come back as two."""
        if any(len(word.split()) != 1 for word in value or ()):
            raise ValueError("a word has no blanks")
        return " ".join(value) if value else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str]:
        """Take them apart."""
        return value.split() if value else []


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {
        datetime: UtcDateTime(),
        UUID: Uuid(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
        list[dict[str, str]]: JSON(),
        list[dict[str, Any]]: JSON(),
        str: String(255),
    }

    def __repr__(self) -> str:
        # Never the columns: an error report that prints a row must not print what it holds.
        return f"<{type(self).__name__}>"


class TenantOwned:
    """A row that belongs to one tenant. ``tenant_id`` leads every key, so that nothing can cross."""

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True, sort_order=-2
    )


class WithId:
    """A row known by a random id."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4, sort_order=-1)
