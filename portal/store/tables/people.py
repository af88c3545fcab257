"""Tenants, people, and how they come in."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, ForeignKey, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base, Sealed, TenantOwned, WithId


class Tenant(Base):
    """An organisation.

    ``suspended_at``: the operator has closed it. ``deleted_at``: from when on it may be erased; until then an
    admin may take that back. Of an erased one this row is left, without a name: its audit is about it.
    ``support_access``: whether support may open a visit ``always``, or ``on_request`` when an admin said yes.
    """

    __tablename__ = "tenants"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    support_access: Mapped[str] = mapped_column(String(10), default="always", server_default="always")
    second_factor_required: Mapped[bool] = mapped_column(default=False, server_default=false())

    @hybrid_property
    def is_closed(self) -> bool:
        """Whether nobody works in it at present: it is suspended, or going to be deleted."""
        return self.suspended_at is not None or self.deleted_at is not None

    @is_closed.inplace.expression
    @classmethod
    def _is_closed(cls) -> ColumnElement[bool]:
        return cls.suspended_at.is_not(None) | cls.deleted_at.is_not(None)

    @hybrid_property
    def is_erased(self) -> bool:
        """Whether this row and its audit are all that is left of it."""
        return self.name == ""


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
    # An address that is not confirmed yet, by one link at a time.
    new_email: Mapped[str | None] = mapped_column(String(254))
    email_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True, index=True)
    email_expires_at: Mapped[datetime | None]
    # The second factor (RFC 6238) holds since the first right code; ``totp_step`` is the last one taken.
    totp_secret: Mapped[bytes | None] = mapped_column(Sealed)
    totp_since: Mapped[datetime | None]
    totp_step: Mapped[int | None]


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
    """One browser in which a person is signed in. The cookie holds the token; here is its hash only.

    ``proved_at``: when the person last showed who they are, by password or second factor. While
    ``awaits_second``, only the password was right, and nobody is signed in yet.
    """

    __tablename__ = "sign_ins"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    proved_at: Mapped[datetime]
    awaits_second: Mapped[bool] = mapped_column(default=False, server_default=false())
    ended_at: Mapped[datetime | None]
    user_agent: Mapped[str]
    address: Mapped[str] = mapped_column(String(45))


class RecoveryCode(Base):
    """A code that stands in for the second factor once. Only its hash is kept."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Tries(Base):
    """How much of something that can be guessed was tried of late, by a keyed hash of what is counted:
    nobody reads an address or a name from it.

    What was tried wears off with time, the last of it at ``empty_at``; from then on the row says nothing.
    ``slowed_at``: when somebody was first told to wait, since it was last empty.
    """

    __tablename__ = "tries"

    about_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    empty_at: Mapped[datetime] = mapped_column(index=True)
    slowed_at: Mapped[datetime | None]


class SupportVisit(Base):
    """An hour in which one of the support staff may read one tenant's audit, with the reason given."""

    __tablename__ = "support_visits"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str]
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class SupportRequest(Base):
    """Support asked to visit a tenant that lets them in on request only; ``granted`` is None until an admin
    answers. Who was let in may open visits until ``holds_until``."""

    __tablename__ = "support_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    granted: Mapped[bool | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    holds_until: Mapped[datetime | None]


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
