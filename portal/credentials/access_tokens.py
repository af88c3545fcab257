"""Access tokens of grants, for whoever is about to send one: a living one is handed out, another renewed.

Whoever finds the renewal under way waits for it, or goes on with a token that still lives: renewal begins
before its end.
"""

import random
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from portal.credentials.grants import AccessToken
from portal.credentials.refreshing import renew
from portal.credentials.registry import Registry
from portal.credentials.renewal_claims import is_free, is_leased
from portal.jira.answers import Code, JiraTrouble
from portal.store.tables import Grant
from portal.store.vault import get_secret
from portal.store.work import Work, now_of

# An access token is renewed this long before its end, or in the last fifth of its life; until then the older
# one serves on.
EARLY = timedelta(minutes=5)
# From here on it is not sent any more: it could end on its way.
TOO_LATE = timedelta(seconds=30)
WAIT_SECONDS = 12.0
# A token that was got because the one before was refused, and is refused so soon itself, is not mended by
# another one.
REFUSED_AGAIN_SECONDS = 300.0
PAUSE_SECONDS = (0.03, 0.1)


class KeptTrouble(JiraTrouble):
    """What an earlier renewal met, while the pause after it lasts: none was tried now. What came back then is
    not kept."""


@dataclass(frozen=True)
class _Seen:
    """A grant at one moment. ``is_free``: nobody is renewing it and no pause is asked for."""

    held: AccessToken
    is_live: bool
    is_early: bool
    is_free: bool
    trouble: str | None
    pause: int


def access_token(
    work: Work,
    registry: Registry,
    grant_id: UUID,
    *,
    refused: int | None = None,
    at_least: timedelta = timedelta(),
) -> AccessToken:
    """An access token that can be sent now, renewed where it has to be.

    ``refused``: the generation whose token Atlassian refused before its time. ``at_least``: how long it is to
    live on, as far as a new one does. Raises JiraTrouble:
    ``grant_ended`` when nothing can be renewed any more, ``renewing`` when another process takes long, else
    what the exchange met; a fault that passes takes no token that still lives.
    """
    return _got(work, registry, grant_id, refused, at_least)[0]


def another_token(work: Work, registry: Registry, grant_id: UUID, refused: int) -> AccessToken | None:
    """Another access token in the place of that of the generation ``refused``, which was refused before its
    time; None where that one was itself got for a refusal a moment ago, as far as this machine knows.

    Raises what :func:`access_token` does.
    """
    pauses, why = registry.outbound.slots.pauses, "renewed"
    if pauses.left(grant_id, why):
        with work.read() as session:
            row = session.get(Grant, (work.tenant, grant_id))
            if row is not None and row.generation == refused:
                return None
    held, is_ours = _got(work, registry, grant_id, refused, timedelta())
    if is_ours:  # not what another got meanwhile, because it was time
        pauses.begin(grant_id, why, REFUSED_AGAIN_SECONDS)
    return held


def _got(
    work: Work, registry: Registry, grant_id: UUID, refused: int | None, at_least: timedelta
) -> tuple[AccessToken, bool]:
    """As :func:`access_token` says, and whether it was this call that renewed it."""
    until = time.monotonic() + WAIT_SECONDS
    is_ours = False
    while time.monotonic() < until:
        seen = _look(work, grant_id, refused, at_least)
        if seen.is_live and not (seen.is_early and seen.is_free):
            return seen.held, is_ours
        if seen.is_free:
            try:
                is_ours = renew(work, registry, grant_id, seen.held.generation)
            except JiraTrouble as trouble:
                if not seen.is_live or trouble.code is Code.GRANT_ENDED:
                    raise
                return seen.held, is_ours
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
            held=AccessToken(get_secret(session, row, "access_token"), row.generation),
            is_live=row.expires_at - now > needed and row.generation != refused,
            is_early=row.expires_at - now < _early(row),
            is_free=is_free(row, now),
            trouble=row.trouble if pause > 0 and not is_leased(row, now) else None,
            pause=max(1, int(pause)),
        )


def _early(row: Grant) -> timedelta:
    """When to renew ahead of time: spread over grants, the same for all who look at one."""
    return min(EARLY, _life(row) / 5) * (1 + (row.id.int + row.generation) % 8 / 16)


def _life(row: Grant) -> timedelta:
    return row.expires_at - row.refreshed_at
