"""Programs: their keys, and the people who let them act as they do."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base, TenantOwned, WithId, Words
from portal.store.tables.accounts import of_account


class ProgramKey(TenantOwned, WithId, Base):
    """A key by which a program enters: of it only a hash is kept.

    ``operations`` is what it may do, on the accounts of :class:`ProgramKeyAccount`. ``paths`` are patterns of
    Jira's paths it may send requests to (:mod:`portal.programs.paths`), ``networks`` (CIDR) from where it is
    taken; from anywhere where there are none. ``last_used_at`` is stamped by the use
    ledger's batches, and once a minute at most for what stands in no ledger.
    """

    __tablename__ = "program_keys"

    name: Mapped[str] = mapped_column(String(120))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    operations: Mapped[list[str]]
    paths: Mapped[list[str]] = mapped_column(Words, server_default="rest/api rest/agile")
    networks: Mapped[list[str]] = mapped_column(Words, nullable=True, default=list)
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class ProgramKeyAccount(TenantOwned, Base):
    """That a program key may be used for an ALM account."""

    __tablename__ = "program_key_accounts"
    __table_args__ = (
        of_account(),
        ForeignKeyConstraint(
            ["tenant_id", "key_id"], ["program_keys.tenant_id", "program_keys.id"], ondelete="CASCADE"
        ),
    )

    key_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)


class ProgramConsent(TenantOwned, Base):
    """That a person lets programs use their own credential for an ALM account; no row: they do not."""

    __tablename__ = "program_consents"
    __table_args__ = (of_account(),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    allowed_at: Mapped[datetime]


class Generation(Base):
    """How often what processes remember of a tenant was changed (:mod:`portal.store.generations`)."""

    __tablename__ = "generations"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger)
