"""Credentials as pages show them: state, who it acts as, until when. Never a token.

The state is derived, not kept: a refusal by Jira stands in the audit (a page that only looks may append
there and nowhere else), and the newest line about a credential decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal import clock
from portal.credentials.grants import idle_end
from portal.jira.answers import Code
from portal.kinds.methods import OAUTH1, PASSWORD, PASTED, TWO_LEGGED
from portal.kinds.scopes import OFFLINE
from portal.store.tables import AuditEvent, CloudSite, Credential, Grant, OauthApp

SOON = timedelta(days=30)
IDLE_SOON = timedelta(days=14)
BROKEN = ("pending", "refused", "expired", "ended")
TELLING_EVENTS = ("credential.connected", "credential.tested", "credential.refused")


@dataclass(frozen=True)
class CredentialView:
    """One credential. ``state``: ``connected``, ``limited``, ``pending``, ``ending_soon``, ``expired``,
    ``refused`` or ``ended``; ``code`` names the problem behind it, where there is one.

    One that rests on a grant has ``grant_id``, the ``scopes`` granted, the ``sites`` covered (id, name, url),
    and ``renewable_until``, when it would end were it never used. ``serves_until`` is the end of the way it
    was connected by, where its account was converted.
    """

    id: UUID
    account_id: UUID
    user_id: UUID | None
    method: str
    login: str
    state: str
    code: str | None
    display_name: str
    email: str
    jira_name: str
    connected_by: UUID
    connected_at: datetime
    expires_at: datetime | None
    serves_until: datetime | None
    renewable_until: datetime | None
    grant_id: UUID | None = None
    scopes: frozenset[str] | None = None
    missing: tuple[str, ...] = ()
    sites: tuple[Mapping[str, str], ...] = ()

    @property
    def is_pasted(self) -> bool:
        """Whether it is a token or password that somebody pasted."""
        return self.method in PASTED

    @property
    def serves(self) -> bool:
        """Whether it can be used at all. One that Jira refused last time is tried again, but for a password:
        each wrong one counts, and after a few Jira locks the person out behind a captcha."""
        if self.method == PASSWORD and self.state == "refused":
            return False
        return self.state not in ("pending", "expired", "ended")

    @property
    def works(self) -> bool:
        """Whether it serves, and was not refused when it was last used."""
        return self.state not in BROKEN

    @property
    def ends_by_itself(self) -> bool:
        """Whether it ends before the way it was connected by does, or that way does not end."""
        is_earlier = self.serves_until is None or (self.expires_at or self.serves_until) < self.serves_until
        return is_earlier and self.grant_id is None and self.expires_at is not None

    @property
    def last_day(self) -> date | None:
        """The last day on which it serves, where the way it was connected by comes to an end."""
        if self.serves_until is None or not self.serves:
            return None
        ends = self.expires_at if self.ends_by_itself and self.expires_at else self.serves_until
        return ends.date()


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
class Working:
    """A person's credential that works, as far as numbers need it: no name and no token."""

    account_id: UUID
    method: str


def working(session: Session, account_ids: Iterable[UUID]) -> list[Working]:
    """People's credentials that work, by the rule of :attr:`CredentialView.works`."""
    of_people = Credential.account_id.in_(account_ids) & Credential.user_id.is_not(None)
    rows = list(session.execute(select(*_COUNTED).where(of_people)))
    last = _last_words(session, [row.id for row in rows])
    grounds = _grounds(session, rows)
    states = [(row, _state_of(row, last.get(row.id), grounds.get(row.id))[0]) for row in rows]
    return [Working(row.account_id, row.method) for row, state in states if state not in BROKEN]


# What the state of a credential follows from, beside its grant and the audit.
_COUNTED = (
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
class _Ground:
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


def _grounds(session: Session, rows: Iterable[Any]) -> dict[UUID, _Ground]:
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
        row.credential: _Ground(
            grant=row,
            asked=frozenset(row.asked) - {OFFLINE},
            has_site=row.site is not None,
            cloud_id=row.cloud_id,
            secret_refused=row.app_id in refused,
        )
        for row in session.execute(wanted)
    }


def _last_words(session: Session, ids: list[UUID]) -> dict[UUID, str | None]:
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


def _view(row: Credential, refusal: str | None, ground: _Ground | None) -> CredentialView:
    state, code = _state_of(row, refusal, ground)
    view = CredentialView(
        id=row.id,
        account_id=row.account_id,
        user_id=row.user_id,
        method=row.method,
        login=row.login,
        state=state,
        code=code,
        display_name=row.jira_display_name or row.jira_name,
        email=row.jira_email,
        jira_name=row.jira_name,
        connected_by=row.connected_by,
        connected_at=row.connected_at,
        # The token of one that only sends is got anew whenever it is used.
        expires_at=None if row.method == TWO_LEGGED else row.expires_at,
        serves_until=row.serves_until,
        renewable_until=row.authorization_expires_at,
    )
    return _resting(view, ground) if ground else view


def _resting(view: CredentialView, ground: _Ground) -> CredentialView:
    scopes = frozenset(ground.grant.scopes)
    return replace(
        view,
        renewable_until=idle_end(ground.grant.refreshed_at),
        grant_id=ground.grant.id,
        # Those of Jira Data Center say nothing of single features: everything the person may.
        scopes=scopes if ground.has_site else None,
        missing=tuple(sorted(ground.asked - scopes)),
        sites=tuple(ground.grant.sites),
    )


def _state_of(row: Any, refusal: str | None, ground: _Ground | None) -> tuple[str, str | None]:
    if row.state != "active":
        return row.state, row.ended_why
    if row.serves_until and row.serves_until <= clock.now():
        return "expired", "way_ended"
    state, code = _state_by_itself(row, refusal, ground)
    if state == "connected" and row.serves_until:
        return "ending_soon", None
    return state, code


def _state_by_itself(row: Any, refusal: str | None, ground: _Ground | None) -> tuple[str, str | None]:
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


def _state_by_grant(ground: _Ground, refusal: str | None) -> tuple[str, str | None]:
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
