"""Credentials as pages show them: state, who it acts as, until when. Never a token.

The state is derived, not kept: a refusal by Jira stands in the audit (a page that only looks may append
there and nowhere else), and the newest line about a credential decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.store.tables import AuditEvent, Credential

SOON = timedelta(days=30)
TELLING_EVENTS = ("credential.connected", "credential.tested", "credential.refused")


@dataclass(frozen=True)
class CredentialView:
    """One credential. ``state``: ``connected``, ``pending``, ``ending_soon``, ``expired``, ``refused`` or
    ``ended``; ``code`` names the problem behind the last two."""

    id: UUID
    account_id: UUID
    user_id: UUID | None
    state: str
    code: str | None
    display_name: str
    email: str
    jira_name: str
    connected_by: UUID
    connected_at: datetime
    expires_at: datetime | None
    renewable_until: datetime | None

    @property
    def serves(self) -> bool:
        """Whether it can be used at all; one that Jira refused last time is tried again."""
        return self.state not in ("pending", "expired", "ended")


def view_of(session: Session, row: Credential) -> CredentialView:
    """The view of one credential."""
    return views_of(session, [row])[0]


def views_of(session: Session, rows: Iterable[Credential]) -> list[CredentialView]:
    """The views of several credentials, in the same order."""
    rows = list(rows)
    last = _last_words(session, [row.id for row in rows])
    return [_view(row, last.get(row.id)) for row in rows]


def _last_words(session: Session, ids: list[UUID]) -> dict[UUID, str | None]:
    """For each credential the code of its newest line in the audit; None where that was a success."""
    wanted = (
        select(AuditEvent)
        .where(AuditEvent.subject_id.in_(ids), AuditEvent.event.in_(TELLING_EVENTS))
        .order_by(AuditEvent.seq.desc())
    )
    last: dict[UUID, str | None] = {}
    for line in session.scalars(wanted):
        if line.subject_id is not None and _tells(line):
            last.setdefault(line.subject_id, None if line.outcome == "ok" else line.details.get("code"))
    return last


def _tells(line: AuditEvent) -> bool:
    """A test that failed for a passing reason, such as a Jira that is down, refuses no credential.

    Where Jira did refuse it, ``credential.refused`` says so.
    """
    failed = line.event == "credential.tested" and line.outcome != "ok"
    return not failed or line.details.get("code") == "control_failed"


def _view(row: Credential, refusal: str | None) -> CredentialView:
    state, code = _state(row, refusal)
    return CredentialView(
        id=row.id,
        account_id=row.account_id,
        user_id=row.user_id,
        state=state,
        code=code,
        display_name=row.jira_display_name or row.jira_name,
        email=row.jira_email,
        jira_name=row.jira_name,
        connected_by=row.connected_by,
        connected_at=row.connected_at,
        expires_at=row.expires_at,
        renewable_until=row.authorization_expires_at,
    )


def _state(row: Credential, refusal: str | None) -> tuple[str, str | None]:
    if row.state != "active":
        return row.state, row.ended_why
    if row.expires_at and row.expires_at <= clock.now():
        return "expired", "token_expired"
    if refusal:
        return "refused", refusal
    if row.expires_at and row.expires_at - clock.now() < SOON:
        return "ending_soon", None
    return "connected", None
