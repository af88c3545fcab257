"""The audit: one chain per tenant and one for the portal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String
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


class AuditEvent(TenantOwned, ChainLink, Base):
    """One line in a tenant's chain."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_subject", "tenant_id", "subject_id", "seq"),)


class PortalAuditEvent(ChainLink, Base):
    """One line in the portal's own chain: sign-ins, people, operator commands, support."""

    __tablename__ = "portal_audit_events"
