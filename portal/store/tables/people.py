"""Tenants, people, and how they come in."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base, Sealed, TenantOwned, WithId


class Tenant(Base):
    """An organisation."""

    __tablename__ = "tenants"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]


class User(Base):
    """A person, known to the whole portal by e-mail address; may belong to several tenants or be support."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None]
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    is_support: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    # One reset link at a time; the newest replaces the one before. Only its hash is kept.
    reset_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    reset_expires_at: Mapped[datetime | None]


class Membership(Base):
    """A person's role in a tenant: ``admin`` or ``member``."""

    __tablename__ = "memberships"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(10))
    joined_at: Mapped[datetime]


class SignIn(Base):
    """One browser in which a person is signed in. The cookie holds the token; here is its hash only."""

    __tablename__ = "sign_ins"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    user_agent: Mapped[str]
    address: Mapped[str] = mapped_column(String(45))


class SupportVisit(Base):
    """An hour in which one of the support staff may read one tenant's audit, with the reason given."""

    __tablename__ = "support_visits"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str]
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class RootCanary(Base):
    """Proof, per root key that was ever used, that the ring still holds the right one."""

    __tablename__ = "root_canaries"

    root_key_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(Sealed)


class TenantKey(TenantOwned, Base):
    """A tenant's data key, wrapped by a root key. Destroying it destroys every secret of the tenant."""

    __tablename__ = "tenant_keys"

    key_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    root_key_id: Mapped[str] = mapped_column(String(16))
    wrapped: Mapped[bytes] = mapped_column(Sealed)
    created_at: Mapped[datetime]


class Invitation(TenantOwned, WithId, Base):
    """An offer to join the tenant, made to one e-mail address, by a link that works once."""

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("tenant_id", "token_hash"),)

    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
