"""Whether support may visit a tenant: always, or on request, while an admin's yes to that person holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal import clock
from portal.store.tables import SupportRequest, Tenant

ALWAYS, ON_REQUEST = "always", "on_request"
ACCESSES = (ALWAYS, ON_REQUEST)
WAITS_FOR = timedelta(days=7)  # a question nobody answers; then it may be asked again


class State(StrEnum):
    """How one of the staff stands with a tenant."""

    OPEN = "open"
    NOT_ASKED = "not_asked"
    ASKED = "asked"
    ALLOWED = "allowed"
    DECLINED = "declined"


@dataclass(frozen=True)
class Standing:
    """``at``: when it was asked or answered; ``until``: when an admin's yes ends."""

    state: State
    at: datetime | None = None
    until: datetime | None = None
    reason: str = ""

    @property
    def may_visit(self) -> bool:
        """Whether a visit may be opened now."""
        return self.state in (State.OPEN, State.ALLOWED)


def may_visit(user_id: UUID | InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """That the person may visit the :class:`Tenant` of the row. Nobody visits an erased one."""
    let_in = exists().where(
        SupportRequest.tenant_id == Tenant.id,
        SupportRequest.user_id == user_id,
        SupportRequest.holds_until > clock.now(),
    )
    return ~Tenant.is_erased & ((Tenant.support_access == ALWAYS) | let_in)


def waits() -> ColumnElement[bool]:
    """That a question waits for an answer."""
    return SupportRequest.granted.is_(None) & (SupportRequest.asked_at > clock.now() - WAITS_FOR)


def standing(session: Session, tenant: Tenant, user_id: UUID) -> Standing:
    """How the person stands with this tenant."""
    mine = (SupportRequest.tenant_id == tenant.id) & (SupportRequest.user_id == user_id)
    counts = select(SupportRequest).where(mine).order_by(*by_weight()).limit(1)
    return standing_of(tenant, session.scalars(counts).first())


def by_weight() -> tuple[ColumnElement[Any], ...]:
    """The order in which one's questions to a tenant count: a yes that holds, then the newest."""
    holds = case((SupportRequest.holds_until > clock.now(), 1), else_=0)
    return holds.desc(), SupportRequest.asked_at.desc()


def standing_of(tenant: Tenant, asked: SupportRequest | None) -> Standing:
    """How one stands with this tenant, whose first question by :func:`by_weight` is this."""
    now = clock.now()
    if tenant.support_access == ALWAYS:
        return Standing(State.OPEN)
    if asked is None:
        return Standing(State.NOT_ASKED)
    if asked.granted is None:
        is_open = asked.asked_at > now - WAITS_FOR
        return Standing(State.ASKED if is_open else State.NOT_ASKED, asked.asked_at, None, asked.reason)
    if not asked.granted:
        return Standing(State.DECLINED, asked.answered_at, None, asked.reason)
    state = State.ALLOWED if asked.holds_until and asked.holds_until > now else State.NOT_ASKED
    return Standing(state, asked.answered_at, asked.holds_until, asked.reason)
