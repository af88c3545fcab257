"""Grants: keeping the one pair of tokens an app has for an Atlassian account, and ending it.

A grant is there as long as a credential rests on it; the last one that goes takes it along (design, 4).
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.orm import Session

from portal.audit.log import record
from portal.credentials.connections import App
from portal.credentials.held_data import forget_unheld
from portal.credentials.shared_grants import claim_account, free_account
from portal.jira.atlassian import Me, Site
from portal.jira.oauth2_tokens import TokenPair
from portal.secret import Secret
from portal.store import due
from portal.store.tables import Credential, Grant, OauthApp
from portal.store.vault import put_secret
from portal.store.work import Work, now_of

RENEWAL = "refresh"  # the kind of due work
# Atlassian forgets a refresh token that nobody used for 90 days ("OAuth 2.0 (3LO) apps").
IDLE_END = timedelta(days=90)
KEEP_ALIVE = timedelta(days=30)
# What a credential is without when it has ended.
ERASED = {"access_token": None, "token_secret": None, "session_handle": None, "grant_id": None}


@dataclass(frozen=True)
class AccessToken:
    """The one of a grant that is sent, and the generation of its pair."""

    token: Secret
    generation: int


@dataclass(frozen=True)
class Consent:
    """What came of a consent at Atlassian: tokens, whose, for which sites and scopes."""

    app: App
    pair: TokenPair
    me: Me
    sites: Sequence[Site]
    scopes: frozenset[str]


def find_grant(session: Session, app_id: UUID, provider_account: str) -> Grant | None:
    """The grant of this app and Atlassian account, held until the transaction ends."""
    wanted = select(Grant).where(Grant.app_id == app_id, Grant.provider_account == provider_account)
    return _held(session, wanted)


def hold_grant(session: Session, grant_id: UUID) -> Grant | None:
    """A grant of the session's tenant by id, held until the transaction ends."""
    return _held(session, select(Grant).where(Grant.id == grant_id))


def _held(session: Session, wanted: Select[Grant]) -> Grant | None:
    """The row as it is once the lock was got: what this session read of it earlier may be older."""
    return session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).first()


def hold_grants(session: Session, which: ColumnElement[bool]) -> list[UUID]:
    """Hold the grants on which these credentials rest, in order of id, so that two never wait in a ring."""
    ids = sorted(
        {grant_id for grant_id in session.scalars(select(Credential.grant_id).where(which)) if grant_id}
    )
    for grant_id in ids:
        hold_grant(session, grant_id)
    return ids


def hold_app(session: Session, app_id: UUID) -> None:
    """Of two first consents at once by accounts of one app, the slower finds the faster one's grant."""
    session.get(OauthApp, (session.info["tenant_id"], app_id), with_for_update=True)


def keep_grant(session: Session, work: Work, consent: Consent) -> UUID:
    """Store what a consent gave: the newer pair replaces the older one of the same grant."""
    hold_app(session, consent.app.id)
    row = find_grant(session, consent.app.id, consent.me.account_id)
    if row is None:
        row = Grant(
            id=uuid4(),
            tenant_id=work.tenant,
            app_id=consent.app.id,
            provider_account=consent.me.account_id,
            generation=0,
        )
    row.state, row.ended_why = "active", None
    row.scopes = sorted(consent.scopes)
    row.sites = [site.as_json() for site in consent.sites]
    keep_pair(session, row, consent.pair)
    if consent.app.is_shared:
        claim_account(session, work.tenant, consent.app, consent.me)
    record(session, work, "grant.given", subject_id=row.id, generation=row.generation, scopes=row.scopes)
    return row.id


def keep_pair(session: Session, row: Grant, pair: TokenPair) -> None:
    """A new pair in the row of its grant, whose exchange is over with that.

    Where the answer brought no refresh token, the one before goes on.
    """
    now = now_of(session)
    put_secret(session, row, "access_token", pair.access_token)
    if pair.refresh_token is not None:
        put_secret(session, row, "refresh_token", pair.refresh_token)
    row.expires_at = now + timedelta(seconds=pair.expires_in)
    row.refreshed_at = now
    row.generation += 1
    row.lease = row.lease_until = row.pending_since = row.trouble = row.suspect = None
    row.retry_at = row.asked_until = None
    row.attempts = 0
    session.add(row)
    session.flush()
    due.put(session, RENEWAL, row.id, now + _spread(KEEP_ALIVE), row.tenant_id)


def end_own_pause(work: Work, grant_id: UUID) -> None:
    """A person asks whether it was mended: after a renewal failed, the next try need not wait longer than the
    server itself asked for."""
    with work.write() as session:
        row = hold_grant(session, grant_id)
        if row is not None and row.trouble is not None:
            row.retry_at = row.asked_until


def _spread(span: timedelta) -> timedelta:
    """A little less than ``span``, by chance: what began together must not fall due together."""
    return span * random.uniform(0.9, 1.0)  # noqa: S311  # nosec B311 # no secret


def end_grant(session: Session, work: Work, row: Grant, why: str) -> None:
    """The grant can serve no longer: its tokens are erased, and who rests on it has to connect again."""
    row.state, row.ended_why = "ended", why
    row.access_token = row.refresh_token = None
    row.lease = row.lease_until = row.pending_since = row.trouble = row.suspect = None
    row.retry_at = row.asked_until = None
    due.drop(session, RENEWAL, row.id)
    free_account(session, row)
    record(
        session, work, "grant.ended", outcome="failed", subject_id=row.id, generation=row.generation, why=why
    )


def release(session: Session, grant_ids: Iterable[UUID | None]) -> None:
    """After credentials went: forget each grant on which no other rests."""
    for grant_id in sorted({grant_id for grant_id in grant_ids if grant_id}):
        row = hold_grant(session, grant_id)
        rests = select(func.count()).select_from(Credential).where(Credential.grant_id == grant_id)
        if row is None or session.scalar(rests):
            continue
        due.drop(session, RENEWAL, row.id)
        free_account(session, row)
        app, account = session.get(OauthApp, (row.tenant_id, row.app_id)), row.provider_account
        session.delete(row)
        session.flush()
        if app is not None and app.client_id is not None:
            forget_unheld(session, app.client_id, account)


def erase(session: Session, which: ColumnElement[bool]) -> list[tuple[UUID, UUID]]:
    """Delete the credentials that ``which`` selects and what only they rested on; (account, id) of each."""
    stale = hold_grants(session, which)
    gone = delete(Credential).where(which).returning(Credential.account_id, Credential.id)
    rows = session.execute(gone).all()
    release(session, stale)
    return [(row.account_id, row.id) for row in rows]


def idle_end(refreshed_at: datetime) -> datetime:
    """When Atlassian would forget the grant, were it not used again."""
    return refreshed_at + IDLE_END
