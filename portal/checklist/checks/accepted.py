"""When client ID and secret of an OAuth 2.0 app were last taken, at Atlassian or at a Jira Data Center.

No call asks for that alone, and one answer is given to a wrong ID and to a wrong secret (RFC 6749, section
5.2: ``invalid_client``). So a renewal proves both, under the one claim there is for it; or a consent or
renewal since they were entered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.checklist.calls import Calls, NotAsked
from portal.checklist.checks.cloud import app_of
from portal.checklist.checks.first_call import ask_who_it_is
from portal.checklist.outcome import BUSY
from portal.checklist.words import day_of
from portal.credentials.access_tokens import KeptTrouble
from portal.credentials.acting_as import NotConnected
from portal.credentials.grants import end_own_pause
from portal.credentials.refreshing import renew
from portal.jira.answers import Code, JiraTrouble
from portal.store.tables import Grant

# Not renewed again within it, however often somebody presses.
FRESH_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Accepted:
    """``at``: when the other side last took the ID and secret held now; ``trouble``: what the last try met.

    ``was_tried``: a renewal was tried in this very run. ``is_stale``: they were taken some while ago, and the
    account has no grant of its own by which they could be tried again.
    """

    at: datetime | None
    trouble: JiraTrouble | None
    was_tried: bool
    is_stale: bool

    @property
    def is_refused(self) -> bool:
        """Whether it does not take them."""
        return self.trouble is not None and self.trouble.code is Code.CLIENT_REFUSED

    @property
    def was_accepted(self) -> bool:
        """Whether they were taken just now: the client is looked at first, so also where only the refresh
        token was refused."""
        return self.was_tried and (self.trouble is None or self.trouble.code is Code.GRANT_ENDED)


def accepted(calls: Calls) -> Accepted:
    """How ID and secret stand, found out once in a run. What need not be renewed is renewed only where a
    person asked for the run."""
    return calls.once("app accepted", lambda: _accepted(calls))


def _accepted(calls: Calls) -> Accepted:
    since, chosen = app_of(calls).secret_set_at, _chosen(calls, _grants(calls))
    met = _tried_now(calls, chosen, since) if chosen else None
    grants = _grants(calls)
    after = next((one for one in grants if chosen and one.id == chosen.id), None)
    was_tried = chosen is not None and after is not None and _tries(after) != _tries(chosen)
    trouble = _of_the_try(after, met) if was_tried and after else _kept_trouble(calls, grants, after)
    taken = [one.refreshed_at for one in grants if since is None or one.refreshed_at >= since]
    at = max(taken, default=None)
    is_stale = chosen is None and at is not None and at < calls.scene.now - FRESH_FOR
    return Accepted(at, trouble, was_tried=was_tried, is_stale=is_stale)


def _tried_now(calls: Calls, grant: Grant, since: datetime | None) -> JiraTrouble | None:
    """Have it renewed where a person wants to know, else where the call that asks who the account is has to:
    a token whose time is over is renewed by it, and what that meets is ours to tell."""
    if calls.scene.by_person and not _is_fresh(calls, grant, since):
        trouble = _renewed(calls, grant)
        if trouble is not None:
            return trouble
    own = calls.scene.account.own
    if own is None or own.grant_id != grant.id or not calls.scene.asks_who_it_is:
        return None
    try:
        ask_who_it_is(calls)
    except JiraTrouble as trouble:
        return trouble
    except (NotConnected, NotAsked):  # the row about the consent says so
        return None
    return None


def _tries(grant: Grant) -> tuple[int, int]:
    """What every try to renew it changes."""
    return grant.generation, grant.attempts


def _of_the_try(after: Grant, met: JiraTrouble | None) -> JiraTrouble | None:
    """What came of renewing it, as its row says: that a call met something proves nothing of the renewal.
    What came back then is known of the very same trouble only."""
    if after.state != "active":
        return JiraTrouble(Code.GRANT_ENDED)
    if after.trouble is None:
        return None
    return met if met is not None and met.code == after.trouble else JiraTrouble(Code(after.trouble))


def _is_fresh(calls: Calls, grant: Grant, since: datetime | None) -> bool:
    """Whether ID and secret were taken a moment ago, so that another renewal would tell nothing new; each
    risks the refresh token, where its answer is lost on the way."""
    is_late = grant.refreshed_at < calls.scene.now - FRESH_FOR
    return grant.trouble is None and not is_late and (since is None or grant.refreshed_at >= since)


def _kept_trouble(calls: Calls, grants: Sequence[Grant], chosen: Grant | None) -> JiraTrouble | None:
    """What an earlier try met. A wrong secret is every consent's trouble; another pause is of the one, and
    is one that the server asked for: any other was ended for this run."""
    if any(one.trouble == Code.CLIENT_REFUSED for one in grants):
        return JiraTrouble(Code.CLIENT_REFUSED)
    if chosen is None or chosen.trouble is None or chosen.retry_at is None:
        return None
    pause = max(1, int((chosen.retry_at - calls.scene.now).total_seconds()))
    return KeptTrouble(Code(chosen.trouble), retry_after=pause)


def _grants(calls: Calls) -> Sequence[Grant]:
    with calls.work.read() as session:
        return session.scalars(select(Grant).where(Grant.app_id == app_of(calls).id)).all()


def _chosen(calls: Calls, grants: Sequence[Grant]) -> Grant | None:
    """The grant of the account itself, or the one that waits to be confirmed as its own. Never a person's:
    were an answer lost on the way, they would pay for a check of the account."""
    account = calls.scene.account
    standing = {one.id: one for one in grants if one.state == "active"}
    own = [standing.get(view.grant_id) for view in (account.own, account.pending) if view and view.grant_id]
    return next((one for one in own if one is not None), None)


def _renewed(calls: Calls, grant: Grant) -> JiraTrouble | None:
    """Renew it, unless somebody else does at this moment or the server asked for a pause."""
    if grant.trouble is not None:
        end_own_pause(calls.work, grant.id)
    try:
        with calls.within_ceiling():
            renew(calls.work, calls.registry, grant.id, grant.generation)
    except JiraTrouble as trouble:
        if trouble.code in BUSY:
            raise
        return trouble
    return None


def when(found: Accepted) -> str:
    """When ID and secret were last taken, in words."""
    if found.was_accepted:
        return "just now"
    return f"on {day_of(found.at)}" if found.at else "never"
