"""The state of a credential, which is derived and not kept.

A refusal by Jira stands in the audit (a page that only looks may append there and nowhere else), and the
newest line about a credential decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal import clock
from portal.credentials.grants import idle_end
from portal.jira.answers import Code
from portal.kinds.methods import OAUTH1, TWO_LEGGED
from portal.kinds.scopes import OFFLINE
from portal.store.tables import AuditEvent, CloudSite, Credential, Grant, OauthApp

SOON = timedelta(days=30)
IDLE_SOON = timedelta(days=14)
BROKEN = ("pending", "refused", "expired", "ended")
TELLING_EVENTS = ("credential.connected", "credential.tested", "credential.refused")
# What the state of a credential follows from, beside its grant and the audit.
COUNTED = (
    Credential.id,
    Credential.account_id,
    Credential.method,
    Credential.state,
    Credential.ended_why,
    Credential.grant_id,
    Credential.expires_at,
    Credential.serves_until,
)


@dataclass(frozen=True)
class Ground:
    """What a credential rests on: its grant without the tokens, what its app asks for, and the site of its
    account, which one on Jira Data Center has not."""

    grant: Any
    asked: frozenset[str]
    has_site: bool
    cloud_id: str | None
    secret_refused: bool


# What the state of a credential by a grant follows from.
_GRANT = (
    Grant.id,
    Grant.app_id,
    Grant.state,
    Grant.ended_why,
    Grant.scopes,
    Grant.sites,
    Grant.refreshed_at,
    OauthApp.scopes.label("asked"),
    CloudSite.account_id.label("site"),
    CloudSite.cloud_id,
)


def grounds_of(session: Session, rows: Iterable[Any]) -> dict[UUID, Ground]:
    """What these rest on, for those that rest on a grant."""
    ids = [row.id for row in rows if row.grant_id]
    if not ids:
        return {}
    tenant = Credential.tenant_id
    wanted = (
        select(Credential.id.label("credential"), *_GRANT)
        .join(Grant, (Grant.tenant_id == tenant) & (Grant.id == Credential.grant_id))
        .join(OauthApp, (OauthApp.tenant_id == tenant) & (OauthApp.id == Grant.app_id))
        .outerjoin(
            CloudSite, (CloudSite.tenant_id == tenant) & (CloudSite.account_id == Credential.account_id)
        )
        .where(Credential.id.in_(ids))
    )
    # The secret is the app's: where it was refused for one grant, all of them end with their access tokens.
    refused = set(session.scalars(select(Grant.app_id).where(Grant.trouble == Code.CLIENT_REFUSED)))
    return {
        row.credential: Ground(
            grant=row,
            asked=frozenset(row.asked) - {OFFLINE},
            has_site=row.site is not None,
            cloud_id=row.cloud_id,
            secret_refused=row.app_id in refused,
        )
        for row in session.execute(wanted)
    }


def last_words(session: Session, ids: list[UUID]) -> dict[UUID, str | None]:
    """For each credential the code of its newest telling line in the audit; None where that was a success."""
    if not ids:
        return {}
    return {
        line.subject_id: None if line.outcome == "ok" else line.details.get("code")
        for line in session.execute(NEWEST_TELLING_LINES, {"ids": ids})
    }


_OF_A_LINE = (
    AuditEvent.at,
    AuditEvent.event,
    AuditEvent.outcome,
    AuditEvent.account_id,
    AuditEvent.subject_id,
    AuditEvent.details,
)


def _newest_telling_lines() -> Select[Any]:
    """Of the credentials ``ids``. A test that failed for a passing reason, such as a Jira that is down,
    refuses no credential: where Jira did refuse it, ``credential.refused`` says so."""
    line = aliased(AuditEvent)
    lasting = line.details["code"].as_string() == "control_failed"
    tells = line.event.in_(TELLING_EVENTS) & or_(
        line.event != "credential.tested", line.outcome == "ok", lasting
    )
    about_them = line.subject_id.in_(bindparam("ids", expanding=True))
    newest = select(func.max(line.seq)).where(about_them, tells).group_by(line.subject_id)
    return select(*_OF_A_LINE).where(AuditEvent.seq.in_(newest))


# Made once: every page that shows an account asks, and building it takes longer than running it.
NEWEST_TELLING_LINES = _newest_telling_lines()


def state_of(row: Any, refusal: str | None, ground: Ground | None) -> tuple[str, str | None]:
    """Its state, as pages show it (``CredentialView``), and the code of the problem behind it, if any."""
    if row.state != "active":
        return row.state, row.ended_why
    if row.serves_until and row.serves_until <= clock.now():
        return "expired", "way_ended"
    state, code = _state_by_itself(row, refusal, ground)
    if state == "connected" and row.serves_until:
        return "ending_soon", None
    return state, code


def _state_by_itself(row: Any, refusal: str | None, ground: Ground | None) -> tuple[str, str | None]:
    """Apart from the way it was connected by."""
    if row.grant_id:
        return _state_by_grant(ground, refusal) if ground else ("ended", "grant_ended")
    if row.method == TWO_LEGGED:
        return ("refused", refusal) if refusal else ("connected", None)
    if row.expires_at and row.expires_at <= clock.now():
        return "expired", "token_expired" if row.method == OAUTH1 else "token_ended"
    if refusal:
        return "refused", refusal
    ends_soon = row.expires_at is not None and row.expires_at - clock.now() < SOON
    return ("ending_soon" if ends_soon else "connected"), None


def _state_by_grant(ground: Ground, refusal: str | None) -> tuple[str, str | None]:
    """An access token that ends is nothing to tell: the grant is renewed. What stops that is."""
    grant = ground.grant
    if grant.state != "active":
        return "ended", grant.ended_why
    if ground.has_site and ground.cloud_id not in {site["id"] for site in grant.sites}:
        refusal = str(Code.SITE_NOT_COVERED)
    elif ground.secret_refused:
        refusal = str(Code.CLIENT_REFUSED)
    if refusal:
        return "refused", refusal
    if idle_end(grant.refreshed_at) - clock.now() < IDLE_SOON:
        return "ending_soon", None
    limited = ground.asked - frozenset(grant.scopes)
    return ("limited", "scopes_narrowed") if limited else ("connected", None)
