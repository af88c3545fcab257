"""Boards, the ideas kept on them, and what people typed before they had to connect."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base, TenantOwned, WithId
from portal.store.tables.accounts import of_account


class Board(TenantOwned, WithId, Base):
    """A board of the portal: a name of ours on one of the Jira boards an account sees."""

    __tablename__ = "boards"
    __table_args__ = (of_account(), UniqueConstraint("tenant_id", "name"))

    account_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(120))
    jira_board_id: Mapped[int] = mapped_column(BigInteger)
    jira_board_name: Mapped[str]
    made_by: Mapped[UUID]
    created_at: Mapped[datetime]


class Idea(TenantOwned, WithId, Base):
    """An idea kept on a board, and the issue in Jira that it became (mission row A14).

    ``issue_key`` is what it is linked to; its title and status are never kept, everybody reads them as
    themselves. ``has_remote_link``: the issue leads back here. ``marker`` is a word that was sent with the
    issue that was asked for last, by which it can be found, in its field ``marker_in`` (None: in none).
    While ``pushed_at`` is set and ``issue_key`` is not, an answer is waited for until ``doubt_from``; from
    then on it is not known whether Jira has made an issue.
    """

    __tablename__ = "ideas"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "board_id"], ["boards.tenant_id", "boards.id"], ondelete="CASCADE"
        ),
        Index(None, "tenant_id", "board_id"),
    )

    board_id: Mapped[UUID]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(Text)
    made_by: Mapped[UUID]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    issue_key: Mapped[str | None]
    has_remote_link: Mapped[bool] = mapped_column(default=False, server_default=false())
    marker: Mapped[str | None] = mapped_column(String(40))
    marker_in: Mapped[str | None] = mapped_column(String(20))
    pushed_by: Mapped[UUID | None]
    pushed_at: Mapped[datetime | None]
    doubt_from: Mapped[datetime | None]


class KeptForm(TenantOwned, WithId, Base):
    """What a person typed into a form at ``place``, kept while they leave to connect to Jira; and which
    form was sent that makes something, a sprint there or an idea here (``place`` is no path then)."""

    __tablename__ = "kept_forms"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    place: Mapped[str] = mapped_column(String(500))
    fields: Mapped[dict[str, Any]]
    kept_at: Mapped[datetime]
