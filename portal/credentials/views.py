"""Credentials as pages show them: state, who it acts as, until when. Never a token.

The state is derived, not kept: a refusal by Jira stands in the audit (a page that only looks may append
there and nowhere else), and the newest line about a credential decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal import clock
from portal.credentials.grants import idle_end
from portal.jira.answers import Code
from portal.kinds.scopes import OFFLINE
from portal.store.tables import AuditEvent, CloudSite, Credential, Grant, OauthApp

SOON = timedelta(days=30)
IDLE_SOON = timedelta(days=14)
TELLING_EVENTS = ("credential.connected", "credential.tested", "credential.refused")


@dataclass(frozen=True)
class CredentialView:
    """One credential. ``state``: ``connected``, ``limited``, ``pending``, ``ending_soon``, ``expired``,
    ``refused`` or ``ended``; ``code`` names the problem behind it, where there is one.

    One that rests on a grant has ``grant_id``, the ``scopes`` granted, the ``sites`` covered (id, name, url),
    and ``renewable_until``, when it would end were it never used.
    """

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
    grant_id: UUID | None = None
    scopes: frozenset[str] | None = None
    missing: tuple[str, ...] = ()
    sites: tuple[Mapping[str, str], ...] = ()

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
    grounds = _grounds(session, rows)
    return [_view(row, last.get(row.id), grounds.get(row.id)) for row in rows]


@dataclass(frozen=True)
class _Ground:
    """What a credential rests on: its grant, what its app asks for, and the site of its account."""

    grant: Grant
    asked: frozenset[str]
    cloud_id: str | None
    secret_refused: bool


def _grounds(session: Session, rows: list[Credential]) -> dict[UUID, _Ground]:
    ids = [row.id for row in rows if row.grant_id]
    if not ids:
        return {}
    tenant = Credential.tenant_id
    wanted = (
        select(Credential.id, Grant, OauthApp.scopes, CloudSite.cloud_id)
        .join(Grant, (Grant.tenant_id == tenant) & (Grant.id == Credential.grant_id))
        .join(OauthApp, (OauthApp.tenant_id == tenant) & (OauthApp.id == Grant.app_id))
        .join(CloudSite, (CloudSite.tenant_id == tenant) & (CloudSite.account_id == Credential.account_id))
        .where(Credential.id.in_(ids))
    )
    # The secret is the app's: where it was refused for one grant, all of them end with their access tokens.
    refused = set(session.scalars(select(Grant.app_id).where(Grant.trouble == Code.CLIENT_REFUSED)))
    return {
        credential_id: _Ground(grant, frozenset(asked) - {OFFLINE}, cloud_id, grant.app_id in refused)
        for credential_id, grant, asked, cloud_id in session.execute(wanted)
    }


def _last_words(session: Session, ids: list[UUID]) -> dict[UUID, str | None]:
    """For each credential the code of its newest telling line in the audit; None where that was a success."""
    line = aliased(AuditEvent)
    newest = select(func.max(line.seq)).where(line.subject_id.in_(ids), _tells(line))
    wanted = select(AuditEvent.subject_id, AuditEvent.outcome, AuditEvent.details).where(
        AuditEvent.seq.in_(newest.group_by(line.subject_id))
    )
    return {
        subject_id: None if outcome == "ok" else details.get("code")
        for subject_id, outcome, details in session.execute(wanted)
    }


def _tells(line: type[AuditEvent]) -> ColumnElement[bool]:
    """A test that failed for a passing reason, such as a Jira that is down, refuses no credential.

    Where Jira did refuse it, ``credential.refused`` says so.
    """
    lasting = line.details["code"].as_string() == "control_failed"
    return line.event.in_(TELLING_EVENTS) & or_(
        line.event != "credential.tested", line.outcome == "ok", lasting
    )


def _view(row: Credential, refusal: str | None, ground: _Ground | None) -> CredentialView:
    state, code = _state_of(row, refusal, ground)
    view = CredentialView(
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
    return _resting(view, ground) if ground else view


def _resting(view: CredentialView, ground: _Ground) -> CredentialView:
    scopes = frozenset(ground.grant.scopes)
    return replace(
        view,
        renewable_until=idle_end(ground.grant.refreshed_at),
        grant_id=ground.grant.id,
        scopes=scopes,
        missing=tuple(sorted(ground.asked - scopes)),
        sites=tuple(ground.grant.sites),
    )


def _state_of(row: Credential, refusal: str | None, ground: _Ground | None) -> tuple[str, str | None]:
    if row.state != "active":
        return row.state, row.ended_why
    if row.grant_id:
        return _state_by_grant(ground, refusal) if ground else ("ended", "grant_ended")
    if row.expires_at and row.expires_at <= clock.now():
        return "expired", "token_expired"
    if refusal:
        return "refused", refusal
    ends_soon = row.expires_at is not None and row.expires_at - clock.now() < SOON
    return ("ending_soon" if ends_soon else "connected"), None


def _state_by_grant(ground: _Ground, refusal: str | None) -> tuple[str, str | None]:
    """An access token that ends is nothing to tell: the grant is renewed. What stops that is."""
    grant = ground.grant
    if grant.state != "active":
        return "ended", grant.ended_why
    if ground.cloud_id not in {site["id"] for site in grant.sites}:
        refusal = str(Code.SITE_NOT_COVERED)
    elif ground.secret_refused:
        refusal = str(Code.CLIENT_REFUSED)
    if refusal:
        return "refused", refusal
    if idle_end(grant.refreshed_at) - clock.now() < IDLE_SOON:
        return "ending_soon", None
    limited = ground.asked - frozenset(grant.scopes)
    return ("limited", "scopes_narrowed") if limited else ("connected", None)
