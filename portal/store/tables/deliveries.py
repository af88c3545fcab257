"""Deliveries on their way to Jira Cloud."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import LONGEST_IDEMPOTENCY_KEY
from portal.store.base import Base, TenantOwned, WithId
from portal.store.tables.accounts import of_account

MOST_IN_A_CALL = 100  # what Jira takes ("Jira Software Cloud REST API", Builds and others)


class DeliveryWay(TenantOwned, Base):
    """The way of an account's deliveries to Jira; there is one for every account that delivers.

    ``app_name``, ``server_url`` and ``logo_url`` are what is entered in Jira with the credential, and
    ``granted`` what the last test found of each permission. ``last_position`` counts what was accepted:
    within a lane deliveries go in its order. Who sends holds ``lease`` until ``lease_until`` (the
    database's time). ``trouble``: what stops everything, since when, and when it is tried again.
    ``left_out``: kinds of data that Jira does not let it send, each with ``since`` and ``until`` (ISO 8601),
    when it is tried again; the others go. ``batch_size``: items of the next call, fewer after a call that
    Jira refused as a whole.
    """

    __tablename__ = "delivery_ways"
    __table_args__ = (of_account(),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    app_name: Mapped[str] = mapped_column(String(120), default="")
    server_url: Mapped[str] = mapped_column(String(500), default="")
    logo_url: Mapped[str] = mapped_column(String(500), default="")
    granted: Mapped[dict[str, Any]] = mapped_column(default=dict)
    last_position: Mapped[int] = mapped_column(BigInteger, default=0)
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[UUID | None]
    trouble: Mapped[str | None] = mapped_column(String(60))
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    troubled_since: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[dict[str, Any]] = mapped_column(default=dict)
    batch_size: Mapped[int] = mapped_column(default=MOST_IN_A_CALL)


class Delivery(TenantOwned, WithId, Base):
    """A build, deployment, feature flag or piece of development information, as it goes to Jira.

    ``subject`` (hash of the thing it is about) and ``number`` are what Jira goes by: it keeps the state with
    the highest number and ignores the others without a word. ``lane``: order is kept within it. ``label``,
    ``reported`` (the state it tells of) and ``issue_keys`` (each between blanks) are for people; ``body`` is
    the whole. ``state``: ``waiting``, then ``accepted``, ``rejected`` or ``unanswered`` by Jira's word about
    it, or ``failed`` where the call as a whole was refused because of it. ``outcome`` is the same but for
    ``no_issue``: accepted, though Jira knows none of its issues. ``steps``: its way, for people.
    ``sender``: the program key; none where a person sent a state again, which is ``again_of``.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        of_account(),
        Index("ix_deliveries_waiting", "tenant_id", "account_id", "state", "position", "kind"),
        Index("ix_deliveries_subject", "tenant_id", "account_id", "subject", "number"),
        # What is listed is found in the index alone, however rare it is among the newest.
        Index(
            "ix_deliveries_received", "tenant_id", "received_at", "position", "account_id", "kind", "sender"
        ),
        Index("ix_deliveries_outcome", "tenant_id", "outcome", "received_at", "position"),
    )

    account_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(64))
    lane: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str] = mapped_column(Text)
    reported: Mapped[str] = mapped_column(String(20))
    issue_keys: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]]
    sender: Mapped[UUID | None]
    again_of: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    outcome: Mapped[str] = mapped_column(String(12), default="waiting")
    reasons: Mapped[list[str]] = mapped_column(default=list)
    unknown_keys: Mapped[list[str]] = mapped_column(default=list)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class DeliveryRequest(TenantOwned, WithId, Base):
    """A request that named an ``Idempotency-Key``, so that the same one again gets the same answer."""

    __tablename__ = "delivery_requests"
    __table_args__ = (
        of_account(),
        UniqueConstraint("tenant_id", "account_id", "key_id", "idempotency_key"),
        Index("ix_delivery_requests_received", "tenant_id", "received_at"),
    )

    account_id: Mapped[UUID]
    key_id: Mapped[UUID]
    idempotency_key: Mapped[str] = mapped_column(String(LONGEST_IDEMPOTENCY_KEY))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    deliveries: Mapped[list[dict[str, Any]]]
    received_at: Mapped[datetime]
