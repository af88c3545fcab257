"""The checklist of an ALM account: what each row said last, runs, what changed, and links to the guide."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base, TenantOwned, WithId
from portal.store.tables.accounts import of_account


class Check(TenantOwned, Base):
    """What one row of the checklist said when it was last looked at.

    ``state`` is one of :class:`portal.checklist.outcome.State`; ``since`` is when this state and code began,
    ``proved_at`` when it was last proved. ``evidence`` fills the sentences of the problem ``code``.
    ``broken_since``: it failed then, and has not been seen to be well since; ``told_at``: the admins know.
    """

    __tablename__ = "checks"
    __table_args__ = (of_account(),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    row: Mapped[str] = mapped_column(String(40), primary_key=True)
    run_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(12))
    code: Mapped[str | None] = mapped_column(String(60))
    waits_for: Mapped[str | None] = mapped_column(String(40))
    said: Mapped[str] = mapped_column(Text)
    tried: Mapped[str] = mapped_column(Text)
    evidence: Mapped[dict[str, Any]]
    looked_at: Mapped[datetime]
    since: Mapped[datetime]
    proved_at: Mapped[datetime | None]
    broken_since: Mapped[datetime | None]
    told_at: Mapped[datetime | None]


class CheckRun(TenantOwned, WithId, Base):
    """One going-through of the checklist. ``why``: ``person``, ``night``, ``use`` or ``guide``.

    ``rows`` are those looked at, all where it is None. A run without ``ended_at`` is under way until
    ``lease_until``, which its process begins anew every few seconds; after it, that process is gone.
    """

    __tablename__ = "check_runs"
    __table_args__ = (of_account(), Index("ix_check_runs_account", "tenant_id", "account_id", "started_at"))

    account_id: Mapped[UUID]
    why: Mapped[str] = mapped_column(String(10))
    asked_by: Mapped[UUID | None]
    rows: Mapped[list[str] | None]
    started_at: Mapped[datetime]
    lease_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any] | None]


class CheckChange(TenantOwned, WithId, Base):
    """That a row said something else than before; ``was`` is None where it was looked at first."""

    __tablename__ = "check_changes"
    __table_args__ = (of_account(), Index("ix_check_changes_account", "tenant_id", "account_id", "at"))

    account_id: Mapped[UUID]
    run_id: Mapped[UUID]
    row: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    was: Mapped[str | None] = mapped_column(String(12))
    was_code: Mapped[str | None] = mapped_column(String(60))
    now: Mapped[str] = mapped_column(String(12))
    now_code: Mapped[str | None] = mapped_column(String(60))


class GuideLink(TenantOwned, WithId, Base):
    """A link by which somebody without an account here sees what to type in Jira; its token as a hash.

    ``seen_at`` is when its page was last open: meanwhile the portal looks whether it is done.
    """

    __tablename__ = "guide_links"
    __table_args__ = (
        of_account(),
        Index("uq_guide_links_tenant_id_token_hash", "tenant_id", "token_hash", unique=True),
    )

    account_id: Mapped[UUID]
    token_hash: Mapped[bytes]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
