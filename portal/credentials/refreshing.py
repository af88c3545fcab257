"""Renewing grants: one exchange per expiry, however many threads, processes and machines ask (T44 to T47).

A refresh token can be used once. So whoever wants to use it claims the grant first: a lease in its row,
committed before the call. Just before sending, the lease is looked at again, and the call's deadline began
to run before that look, so that a process that slept in between sends nothing. What comes back is stored
only over the generation it was got for. The claim also makes the renewal due at the lease's end: when its
process dies, the worker takes it up (``portal.worker``). A pause that Atlassian asked for stands in the row
too, so that no process asks within it (T33).
"""

import random
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.log import record
from portal.credentials.announcing import announce_end
from portal.credentials.grant_sites import look_at_sites
from portal.credentials.grants import (
    KEEP_ALIVE,
    RENEWAL,
    AccessToken,
    end_grant,
    hold_grant,
    keep_pair,
)
from portal.credentials.registry import Registry
from portal.credentials.renewal_claims import Claim, claim_renewal, is_still_ours, let_go
from portal.jira.answers import Code, JiraTrouble
from portal.jira.oauth2_tokens import TokenPair
from portal.store import due
from portal.store.patience import patiently
from portal.store.tables import Grant
from portal.store.work import Work, now_of

LONGEST_PAUSE = timedelta(minutes=5)
# A wrong client secret is mended by a person; an app of the tenant's own is tried at once when it is.
SECRET_PAUSE = timedelta(hours=1)

# Nothing was sent, or the server did nothing: the refresh token is as good as before.
NOT_USED = frozenset({
    Code.ADDRESS_REFUSED, Code.NAME_UNKNOWN, Code.CONNECT_TIMEOUT, Code.PROXY_FAILED, Code.TLS_UNTRUSTED,
    Code.TLS_WRONG_HOST, Code.TLS_EXPIRED, Code.PLAIN_HTTP_REFUSED, Code.RATE_LIMITED, Code.CLIENT_REFUSED,
})  # fmt: skip


def renew(work: Work, registry: Registry, grant_id: UUID, generation: int) -> bool:
    """Exchange the refresh token of this generation, unless somebody else does or did, or has to wait.
    Whether what came back is kept.

    Raises what the exchange met, and ``grant_ended`` when Atlassian does not know the refresh token any more.
    """
    claim = claim_renewal(work, registry, grant_id, generation)
    if claim is None:
        return False
    try:
        pair = _exchange(work, registry, claim)
    except JiraTrouble as trouble:
        if patiently(partial(_note_failure, work, claim, trouble)):
            raise _as_seen(trouble) from None
        return False
    if pair is None:
        let_go(work, claim)
        return False
    # A database that is away for a moment must not cost the grant (T49).
    held = patiently(partial(_save, work, claim, pair))
    if held and claim.app.server is None:
        look_at_sites(work, registry, grant_id, held)
    return held is not None


def _exchange(work: Work, registry: Registry, claim: Claim) -> TokenPair | None:
    """Trade the refresh token; None when the lease was lost before anything was sent."""
    client = registry.oauth2_client(claim.app, registry.cloud.lease / 3)
    server = claim.app.server
    # Jira Data Center refuses a renewal without the callback of the consent, by a bare invalid_grant.
    also = {"redirect_uri": registry.portal_url + server.callback_path} if server else {}
    # The session first: its deadline begins to run when it is made, and has to before the look (T46).
    with client._get_oauth_client() as session:
        if not is_still_ours(work, registry, claim):
            return None
        pair: TokenPair = session.refresh_token(
            client.access_token_url, refresh_token=claim.refresh_token.reveal(), **also
        )
        return pair


def _save(work: Work, claim: Claim, pair: TokenPair) -> AccessToken | None:
    """Store the new pair over the generation it was got for."""
    with work.write() as session:
        row = hold_grant(session, claim.grant_id)
        if row is None or row.state != "active" or row.generation != claim.generation:
            return None  # disconnected meanwhile, or another was faster: what we got is dropped
        keep_pair(session, row, pair)
        if pair.scopes is not None:
            row.scopes = sorted(pair.scopes)
        record(session, work, "grant.renewed", subject_id=row.id, generation=row.generation)
        return AccessToken(pair.access_token, row.generation)


def _note_failure(work: Work, claim: Claim, trouble: JiraTrouble) -> bool:
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


def _postpone(session: Session, row: Grant, claim: Claim, trouble: JiraTrouble) -> None:
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
