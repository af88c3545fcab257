"""Credentials, and the flows by which they come."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base, Sealed, TenantOwned, WithId
from portal.store.tables.accounts import of_account

SETTLED = "state <> 'pending'"


class Credential(TenantOwned, WithId, Base):
    """What proves an identity to that Jira: the account's own (``user_id`` is None) or a person's.

    ``state``: ``pending`` until an admin confirmed the identity, then ``active``; ``ended`` when it can
    serve no longer, with the reason in ``ended_why``. Who it acts as comes from ``/rest/api/2/myself``.
    """

    __tablename__ = "credentials"
    __table_args__ = (
        of_account(),
        Index(
            "uq_credentials_person",
            "tenant_id",
            "account_id",
            "user_id",
            unique=True,
            sqlite_where=text(f"user_id IS NOT NULL AND {SETTLED}"),
            postgresql_where=text(f"user_id IS NOT NULL AND {SETTLED}"),
        ),
        Index(
            "uq_credentials_own",
            "tenant_id",
            "account_id",
            unique=True,
            sqlite_where=text(f"user_id IS NULL AND {SETTLED}"),
            postgresql_where=text(f"user_id IS NULL AND {SETTLED}"),
        ),
    )

    account_id: Mapped[UUID]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10))
    ended_why: Mapped[str | None] = mapped_column(String(40))
    # Jira binds a token to the consumer it was given to.
    consumer_key: Mapped[str] = mapped_column(String(120))
    access_token: Mapped[bytes | None] = mapped_column(Sealed)
    token_secret: Mapped[bytes | None] = mapped_column(Sealed)
    session_handle: Mapped[bytes | None] = mapped_column(Sealed)
    expires_at: Mapped[datetime | None]
    authorization_expires_at: Mapped[datetime | None]
    jira_key: Mapped[str]
    jira_name: Mapped[str]
    jira_display_name: Mapped[str]
    jira_email: Mapped[str]
    connected_by: Mapped[UUID]
    connected_at: Mapped[datetime]


class Flow(TenantOwned, WithId, Base):
    """One way through a consent page. Ends with the person, sign-in, tenant and account it began with.

    No foreign keys: the page that says how it ended must work after its account is gone.
    """

    __tablename__ = "flows"

    account_id: Mapped[UUID]
    account_version: Mapped[int]
    signing_key_id: Mapped[UUID]
    user_id: Mapped[UUID]
    sign_in_id: Mapped[UUID]
    # account: the account's own credential; person: the person's.
    purpose: Mapped[str] = mapped_column(String(10))
    board_id: Mapped[UUID | None]
    path: Mapped[str]
    request_token: Mapped[bytes | None] = mapped_column(Sealed)
    request_secret: Mapped[bytes | None] = mapped_column(Sealed)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    # A problem's code, or ``connected``; None until it has ended.
    outcome: Mapped[str | None] = mapped_column(String(40))
    evidence: Mapped[dict[str, Any] | None]
    credential_id: Mapped[UUID | None]


class FlowLookup(Base):
    """From the hash of a request token to its flow: a callback does not name its tenant."""

    __tablename__ = "flow_lookups"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    flow_id: Mapped[UUID]
    expires_at: Mapped[datetime]
