"""Claims: the one moment that decides who renews a grant, by a lease in its row (T44 to T46)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from portal.credentials.connections import App, app_of
from portal.credentials.grants import RENEWAL, hold_grant
from portal.credentials.registry import Registry
from portal.secret import Secret
from portal.store import due
from portal.store.tables import Grant, OauthApp
from portal.store.vault import get_secret
from portal.store.work import Work, now_of


@dataclass(frozen=True)
class Claim:
    """The right to exchange the refresh token of one generation, until the lease ends.

    ``was_pending``: an exchange of this generation was begun before, and its outcome is not known.
    """

    grant_id: UUID
    generation: int
    lease: UUID
    was_pending: bool
    app: App
    refresh_token: Secret


def is_leased(row: Grant, now: datetime) -> bool:
    """Whether somebody is renewing it."""
    return row.lease_until is not None and row.lease_until > now


def is_free(row: Grant, now: datetime) -> bool:
    """Nobody is at it, and the pause after the last failure is over."""
    return not is_leased(row, now) and (row.retry_at is None or row.retry_at <= now)


def claim_renewal(work: Work, registry: Registry, grant_id: UUID, generation: int) -> Claim | None:
    """The one moment that decides who exchanges; None for everybody else."""
    with work.write() as session:
        row = hold_grant(session, grant_id)
        now = now_of(session)
        if row is None or row.state != "active" or row.generation != generation:
            return None
        if not is_free(row, now):
            return None
        was_pending = row.pending_since is not None
        row.lease, row.lease_until = uuid4(), now + timedelta(seconds=registry.cloud.lease)
        row.pending_since = row.pending_since or now
        row.attempts += 1
        due.put(session, RENEWAL, row.id, row.lease_until, work.tenant)
        app = app_of(session, session.get_one(OauthApp, (work.tenant, row.app_id)))
        token = get_secret(session, row, "refresh_token")
        return Claim(row.id, row.generation, row.lease, was_pending, app, token)


def is_still_ours(work: Work, registry: Registry, claim: Claim) -> bool:
    """Whether enough of the lease is left to send and be answered: a process may have slept (T46)."""
    needed = timedelta(seconds=registry.cloud.lease / 2)
    with work.read() as session:
        row = session.get(Grant, (work.tenant, claim.grant_id))
        if row is None or row.lease != claim.lease or row.lease_until is None:
            return False
        return row.lease_until - now_of(session) > needed


def let_go(work: Work, claim: Claim) -> None:
    """Nothing was sent: a later refusal must not be told as an answer that was lost."""
    with work.write() as session:
        row = hold_grant(session, claim.grant_id)
        if row is not None and row.lease == claim.lease and not claim.was_pending:
            row.lease = row.lease_until = row.pending_since = None
