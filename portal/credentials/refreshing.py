"""Renewing grants: one exchange per expiry, however many threads, processes and machines ask (T44 to T47).

A refresh token can be used once. So whoever wants to use it claims the grant first: a lease in its row,
committed before the call. Just before sending, the lease is looked at again, and the call's deadline began
to run before that look, so that a process that slept in between sends nothing. What comes back is stored
only over the generation it was got for. The claim also makes the renewal due at the lease's end: when its
process dies, the worker takes it up (``portal.worker``). A pause that Atlassian asked for stands in the row
too, so that no process asks within it (T33).
"""

import random
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.audit.log import record
from portal.credentials.announcing import announce_end
from portal.credentials.connections import App, app_of
from portal.credentials.grants import KEEP_ALIVE, RENEWAL, end_grant, hold_grant, keep_pair
from portal.credentials.registry import Registry
from portal.jira.answers import Code, JiraTrouble
from portal.jira.atlassian import Site
from portal.jira.oauth2_tokens import TokenPair
from portal.secret import Secret
from portal.store import due
from portal.store.patience import patiently
from portal.store.tables import Grant, OauthApp
from portal.store.vault import get_secret
from portal.store.work import Work, now_of

# An access token is renewed this long before its end, or in the last fifth of its life; until then the older
# one serves on.
EARLY = timedelta(minutes=5)
# From here on it is not sent any more: it could end on its way.
TOO_LATE = timedelta(seconds=30)
WAIT_SECONDS = 12.0
PAUSE_SECONDS = (0.03, 0.1)
LONGEST_PAUSE = timedelta(minutes=5)
# A wrong client secret is mended by a person; an app of the tenant's own is tried at once when it is.
SECRET_PAUSE = timedelta(hours=1)

# Nothing was sent, or the server did nothing: the refresh token is as good as before.
NOT_USED = frozenset(
    {
        Code.ADDRESS_REFUSED,
        Code.NAME_UNKNOWN,
        Code.CONNECT_TIMEOUT,
        Code.PROXY_FAILED,
        Code.TLS_UNTRUSTED,
        Code.TLS_WRONG_HOST,
        Code.TLS_EXPIRED,
        Code.PLAIN_HTTP_REFUSED,
        Code.RATE_LIMITED,
        Code.CLIENT_REFUSED,
    }
)


class KeptTrouble(JiraTrouble):
    """What an earlier renewal met, while the pause after it lasts: none was tried now. What came back then is
    not kept."""


@dataclass(frozen=True)
class Held:
    """An access token and the generation of its pair."""

    token: Secret
    generation: int


@dataclass(frozen=True)
class _Seen:
    """A grant at one moment. ``is_free``: nobody is renewing it and no pause is asked for."""

    held: Held
    is_live: bool
    is_early: bool
    is_free: bool
    trouble: str | None
    pause: int


@dataclass(frozen=True)
class _Claim:
    """The right to exchange the refresh token of one generation, until the lease ends.

    ``was_pending``: an exchange of this generation was begun before, and its outcome is not known.
    """

    grant_id: UUID
    generation: int
    lease: UUID
    was_pending: bool
    app: App
    refresh_token: Secret


def access_token(
    work: Work,
    registry: Registry,
    grant_id: UUID,
    *,
    refused: int | None = None,
    at_least: timedelta = timedelta(),
) -> Held:
    """An access token that can be sent now, renewed where it has to be.

    ``refused``: the generation whose token Atlassian refused before its time. ``at_least``: how long it is to
    live on, as far as a new one does. Raises JiraTrouble:
    ``grant_ended`` when nothing can be renewed any more, ``renewing`` when another process takes long, else
    what the exchange met; a fault that passes takes no token that still lives.
    """
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        seen = _look(work, grant_id, refused, at_least)
        if seen.is_live and not (seen.is_early and seen.is_free):
            return seen.held
        if seen.is_free:
            try:
                renew(work, registry, grant_id, seen.held.generation)
            except JiraTrouble as trouble:
                if not seen.is_live or trouble.code is Code.GRANT_ENDED:
                    raise
                return seen.held
            continue
        if seen.trouble:
            raise KeptTrouble(Code(seen.trouble), retry_after=seen.pause)
        time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311  # nosec B311 # no secret
    raise JiraTrouble(Code.RENEWING, retry_after=2)


def _look(work: Work, grant_id: UUID, refused: int | None, at_least: timedelta) -> _Seen:
    with work.read() as session:
        row = session.get(Grant, (work.tenant, grant_id))
        if row is None or row.state != "active":
            raise JiraTrouble(Code.GRANT_ENDED)
        now = now_of(session)
        pause = (row.retry_at - now).total_seconds() if row.retry_at else 0.0
        needed = max(min(TOO_LATE, _life(row) / 10), min(at_least, _life(row) * 0.9))
        return _Seen(
            held=Held(get_secret(session, row, "access_token"), row.generation),
            is_live=row.expires_at - now > needed and row.generation != refused,
            is_early=row.expires_at - now < _early(row),
            is_free=_is_free(row, now),
            trouble=row.trouble if pause > 0 and not _is_leased(row, now) else None,
            pause=max(1, int(pause)),
        )


def _is_leased(row: Grant, now: datetime) -> bool:
    return row.lease_until is not None and row.lease_until > now


def _is_free(row: Grant, now: datetime) -> bool:
    """Nobody is at it, and the pause after the last failure is over."""
    return not _is_leased(row, now) and (row.retry_at is None or row.retry_at <= now)


def _early(row: Grant) -> timedelta:
    """When to renew ahead of time: spread over grants, the same for all who look at one."""
    return min(EARLY, _life(row) / 5) * (1 + (row.id.int + row.generation) % 8 / 16)


def _life(row: Grant) -> timedelta:
    return row.expires_at - row.refreshed_at


def renew(work: Work, registry: Registry, grant_id: UUID, generation: int) -> None:
    """Exchange the refresh token of this generation, unless somebody else does or did, or has to wait.

    Raises what the exchange met, and ``grant_ended`` when Atlassian does not know the refresh token any more.
    """
    claim = _claim(work, registry, grant_id, generation)
    if claim is None:
        return
    try:
        pair = _exchange(work, registry, claim)
    except JiraTrouble as trouble:
        if patiently(partial(_note_failure, work, claim, trouble)):
            raise _as_seen(trouble) from None
        return
    if pair is None:
        _let_go(work, claim)
    # A database that is away for a moment must not cost the grant (T49).
    elif (held := patiently(partial(_save, work, claim, pair))) and claim.app.server is None:
        look_at_sites(work, registry, grant_id, held)


def _claim(work: Work, registry: Registry, grant_id: UUID, generation: int) -> _Claim | None:
    """The one moment that decides who exchanges; None for everybody else."""
    with work.write() as session:
        row = hold_grant(session, grant_id)
        now = now_of(session)
        if row is None or row.state != "active" or row.generation != generation:
            return None
        if not _is_free(row, now):
            return None
        was_pending = row.pending_since is not None
        row.lease, row.lease_until = uuid4(), now + timedelta(seconds=registry.cloud.lease)
        row.pending_since = row.pending_since or now
        row.attempts += 1
        due.put(session, RENEWAL, row.id, row.lease_until, work.tenant)
        app = app_of(session, session.get_one(OauthApp, (work.tenant, row.app_id)))
        token = get_secret(session, row, "refresh_token")
        return _Claim(row.id, row.generation, row.lease, was_pending, app, token)


def _exchange(work: Work, registry: Registry, claim: _Claim) -> TokenPair | None:
    """Trade the refresh token; None when the lease was lost before anything was sent."""
    client = registry.oauth2_client(claim.app, registry.cloud.lease / 3)
    server = claim.app.server
    # Jira Data Center refuses a renewal without the callback of the consent, by a bare invalid_grant.
    also = {"redirect_uri": registry.portal_url + server.callback_path} if server else {}
    # The session first: its deadline begins to run when it is made, and has to before the look (T46).
    with client._get_oauth_client() as session:
        if not _still_ours(work, registry, claim):
            return None
        pair: TokenPair = session.refresh_token(
            client.access_token_url, refresh_token=claim.refresh_token.reveal(), **also
        )
        return pair


def _still_ours(work: Work, registry: Registry, claim: _Claim) -> bool:
    """Whether enough of the lease is left to send and be answered: a process may have slept (T46)."""
    needed = timedelta(seconds=registry.cloud.lease / 2)
    with work.read() as session:
        row = session.get(Grant, (work.tenant, claim.grant_id))
        if row is None or row.lease != claim.lease or row.lease_until is None:
            return False
        return row.lease_until - now_of(session) > needed


def _let_go(work: Work, claim: _Claim) -> None:
    """Nothing was sent: a later refusal must not be told as an answer that was lost."""
    with work.write() as session:
        row = hold_grant(session, claim.grant_id)
        if row is not None and row.lease == claim.lease and not claim.was_pending:
            row.lease = row.lease_until = row.pending_since = None


def _save(work: Work, claim: _Claim, pair: TokenPair) -> Held | None:
    """Store the new pair over the generation it was got for."""
    with work.write() as session:
        row = hold_grant(session, claim.grant_id)
        if row is None or row.state != "active" or row.generation != claim.generation:
            return None  # disconnected meanwhile, or another was faster: what we got is dropped
        keep_pair(session, row, pair)
        if pair.scopes is not None:
            row.scopes = sorted(pair.scopes)
        record(session, work, "grant.renewed", subject_id=row.id, generation=row.generation)
        return Held(pair.access_token, row.generation)


def _note_failure(work: Work, claim: _Claim, trouble: JiraTrouble) -> bool:
    """What a failed exchange means for the grant. False: it moved on meanwhile, and nothing failed."""
    with work.write() as session:
        row = hold_grant(session, claim.grant_id)
        if row is None or row.lease != claim.lease or row.generation != claim.generation:
            return row is None or row.state != "active"
        if trouble.code is Code.GRANT_REFUSED:
            # A refusal after an answer that never came means that Atlassian replaced the token then.
            why = row.suspect or ("renewal_lost" if claim.was_pending else "grant_refused")
            end_grant(session, work, row, why)
            announce_end(session, row, why)
            return True
        if trouble.code is Code.CLIENT_REFUSED and row.trouble != trouble.code:  # once, not at every try
            about: dict[str, Any] = {"subject_id": row.id, "generation": row.generation}
            record(session, work, "grant.renewal_failed", outcome="failed", **about, code=str(trouble.code))
        _postpone(session, row, claim, trouble)
        return True


def _postpone(session: Session, row: Grant, claim: _Claim, trouble: JiraTrouble) -> None:
    """Keep the token and try again later: not before the server asked, and never all at once (T33)."""
    now = now_of(session)
    asked = timedelta(seconds=trouble.retry_after or 0)
    own_secret = trouble.code is Code.CLIENT_REFUSED and not claim.app.is_shared
    longest = SECRET_PAUSE if own_secret else LONGEST_PAUSE
    backoff = min(timedelta(seconds=2 ** min(row.attempts, 12)), longest)
    chance = random.uniform(1.0, 1.25)  # noqa: S311  # nosec B311 # no secret
    row.retry_at = now + max(asked, backoff) * chance
    row.asked_until = now + asked if asked else None
    row.trouble = str(trouble.code)
    row.lease = row.lease_until = None
    if trouble.code in NOT_USED and not claim.was_pending:
        row.pending_since = None
    due.put(session, RENEWAL, row.id, row.retry_at, row.tenant_id)


def _as_seen(trouble: JiraTrouble) -> JiraTrouble:
    """To those who use the grant, a refused refresh token is its end."""
    return JiraTrouble(Code.GRANT_ENDED) if trouble.code is Code.GRANT_REFUSED else trouble


def renew_in_doubt(work: Work, registry: Registry, grant_id: UUID, why: str) -> None:
    """Renew a grant that something else may have ended: only that tells.

    ``why``: what its end is put down to, now or whenever its refresh token is refused.
    """
    with work.write() as session:
        row = hold_grant(session, grant_id)
        if row is None or row.state != "active":
            return
        row.suspect, generation = why, row.generation
    with suppress(JiraTrouble):  # its row says what came of it
        renew(work, registry, grant_id, generation)


def look_at_sites(work: Work, registry: Registry, grant_id: UUID, held: Held) -> None:
    """Note which sites the grant covers now. A failure changes nothing."""
    with suppress(JiraTrouble):
        sites_now(work, registry, grant_id, held)


def sites_now(work: Work, registry: Registry, grant_id: UUID, held: Held) -> list[Site]:
    """Ask Atlassian which sites the grant covers, and note it. Raises JiraTrouble, and notes nothing then."""
    with registry.cloud_session(held.token, seconds=registry.cloud.lease / 3) as session:
        sites = registry.cloud.atlassian.sites(session)
    with work.write() as session:
        row = hold_grant(session, grant_id)
        if row is not None and row.generation == held.generation:
            row.sites = [site.as_json() for site in sites]
    return sites


def refresh_due(work: Work, registry: Registry, grant_id: UUID) -> None:
    """What the worker does when a renewal falls due: what a crash left, what failed, what lay idle."""
    with work.write() as session:
        row = hold_grant(session, grant_id)
        if row is None or row.state != "active":
            due.drop(session, RENEWAL, grant_id)
            return
        generation = row.generation
        asleep_since = now_of(session) - row.refreshed_at
        if row.pending_since is None and row.trouble is None and asleep_since < KEEP_ALIVE / 2:
            due.put(session, RENEWAL, grant_id, row.refreshed_at + KEEP_ALIVE, work.tenant)
            return
    with suppress(JiraTrouble):  # the row of the grant says what came of it, and when to try again
        renew(work, registry, grant_id, generation)
