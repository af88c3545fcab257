"""The audit: one chain per tenant and one for the portal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base, TenantOwned


class ChainLink:
    """The columns of an audit line, whichever chain it stands in. Ids only: names are joined at display."""

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-1)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[UUID | None]
    event: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(String(40))
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


_TOLD = text("event <> 'uses.batch'")


class AuditEvent(TenantOwned, ChainLink, Base):
    """One line in a tenant's chain."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_subject", "tenant_id", "subject_id", "seq"),
        Index("ix_audit_events_account", "tenant_id", "account_id", "seq"),
        # What activity shows: the lines of the use ledger, one a second while somebody works, stand between.
        Index("ix_audit_events_activity", "tenant_id", "seq", sqlite_where=_TOLD, postgresql_where=_TOLD),
    )


class PortalAuditEvent(ChainLink, Base):
    """One line in the portal's own chain: sign-ins, people, operator commands, support."""

    __tablename__ = "portal_audit_events"
    __table_args__ = (Index("ix_portal_audit_events_subject", "subject_id", "seq"),)


class AuditIndex(Base):
    """What support may search across tenants: when and in which tenant something happened, by request id,
    account, event or outcome. No person and no detail stands here."""

    __tablename__ = "audit_index"
    __table_args__ = (
        Index("ix_audit_index_request_id", "request_id"),
        Index("ix_audit_index_account_id", "account_id", "at"),
        Index("ix_audit_index_at", "at"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(String(40))


class Segment:
    """The columns of a part of a chain that was closed: exported to a file and taken out of the database.

    The chain goes on from ``last_hash``. ``digest`` is the SHA-256 of the file.
    """

    last_seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-1)
    first_seq: Mapped[int]
    last_at: Mapped[datetime]
    last_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    file: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    closed_at: Mapped[datetime]


class AuditSegment(TenantOwned, Segment, Base):
    """A closed part of a tenant's chain."""

    __tablename__ = "audit_segments"


class PortalAuditSegment(Segment, Base):
    """A closed part of the portal's own chain."""

    __tablename__ = "portal_audit_segments"


class Use(TenantOwned, Base):
    """One use of a credential: the use ledger. Each batch is closed by a line of the audit with its count and
    digest, so that the chain covers it.

    ``holder_id``: whose credential it was, None for the account's own. ``code``: what went wrong, or None.
    A program's calls that went well are counted together: ``calls`` of one ``method`` to paths of one
    ``template`` that were answered by one ``status``, ``millis`` together; ``at`` is the first of them.
    """

    __tablename__ = "uses"
    __table_args__ = (
        Index("ix_uses_account", "tenant_id", "account_id", "at"),
        Index("ix_uses_credential", "tenant_id", "credential_id", "at"),
        Index("ix_uses_at", "tenant_id", "at"),
        Index("ix_uses_actor", "tenant_id", "actor_id", "at"),
    )

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[UUID | None]
    account_id: Mapped[UUID]
    credential_id: Mapped[UUID]
    holder_id: Mapped[UUID | None]
    calls: Mapped[int]
    code: Mapped[str | None] = mapped_column(String(60))
    request_id: Mapped[str | None] = mapped_column(String(40))
    method: Mapped[str | None] = mapped_column(String(10))
    template: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[int | None]
    millis: Mapped[int | None]
