"""What has to be done later: due work, and mail on its way."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base, Sealed


class DueWork(Base):
    """One thing to be done at ``due_at``, without secrets: a kind and the id of the row it is about.

    Who does it holds ``lease`` until ``lease_until`` (the database's time); a lease that ran out means that
    its process died, and the next one takes it up.
    """

    __tablename__ = "due_work"
    __table_args__ = (UniqueConstraint("kind", "subject_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(String(20))
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    subject_id: Mapped[UUID]
    due_at: Mapped[datetime] = mapped_column(index=True)
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)


class Mail(Base):
    """A message to one address. ``content`` (subject and text, sealed: it may hold a link) goes when sent.

    ``once`` names what the message is about, so that it is never made twice. ``message_id`` stays the same
    at every try: a receiver that got it twice shows it once (RFC 5322, section 3.6.4).
    """

    __tablename__ = "mails"
    __table_args__ = (UniqueConstraint("once"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    once: Mapped[str] = mapped_column(String(120))
    recipient: Mapped[str] = mapped_column(String(254))
    content: Mapped[bytes | None] = mapped_column(Sealed)
    message_id: Mapped[str]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    # Given up: when, and in one word why.
    failed_at: Mapped[datetime | None]
    trouble: Mapped[str | None] = mapped_column(String(40))
