"""Sending what was accepted: a batch at a time, each account on its own (mission rows D2 and D5).

A tenant's turn sends one batch of one of its accounts, the one that was served longest ago; then others have
theirs. Within a lane one delivery is on its way at a time. An account that cannot be reached, or whose
credential Jira refuses, is left out of turns and tried again by itself, after a pause that grows: nothing of
it is given up, and nobody waits for it. A kind of data that Jira does not permit waits the same way, and the
account's other kinds go. Who sends holds the account's lease. One whose process died is taken
up when its lease has run out, and sends the same numbers again, which Jira ignores (T50).
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from portal.credentials.acting_as import NotConnected
from portal.credentials.connections import read_connection
from portal.credentials.delivery_ways import DELIVER_AGAIN, deliver_soon
from portal.credentials.in_use import entered
from portal.credentials.registry import Registry
from portal.credentials.two_legged import Bearer, bearer
from portal.deliveries.answers import read_answer
from portal.deliveries.batches import Batch, has_waiting, holds, take
from portal.deliveries.outcomes_of_calls import answered, not_permitted, not_sent, refused, stopped
from portal.errors import NotHere
from portal.jira import bulk
from portal.jira.answers import Code, JiraTrouble
from portal.kinds.methods import TWO_LEGGED
from portal.store import due
from portal.store.tables import DeliveryWay
from portal.store.work import Work, now_of

NOT_CONNECTED = "not_connected"


class LeaseLost(Exception):
    """Our time is over, or somebody else has this batch: it was not sent here."""


class ContentRefused(Exception):
    """Jira refused the call because of what is in it: calls get smaller until one item is to blame."""

    def __init__(self, trouble: JiraTrouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


class KindRefused(Exception):
    """Jira does not let the credential send this kind of data."""

    def __init__(self, trouble: JiraTrouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


def take_turn(work: Work, registry: Registry, lease_for: timedelta) -> None:
    """Send one batch of one of the tenant's accounts, if any waits; the next turn is then due."""
    batch = take(work, lease_for)
    if batch is not None:
        _send(work, registry, batch, lease_for)


def try_again(work: Work, registry: Registry, account_id: UUID, lease_for: timedelta) -> None:
    """Send a batch of an account that was in trouble, or of a kind that was left out, once the pause is
    over."""
    batch = take(work, lease_for, account_id)
    if batch is not None:
        _send(work, registry, batch, lease_for)


def sweep(work: Work) -> None:
    """Have everything of the tenant's that waits looked at, whatever became of the row that said so."""
    with work.read() as session:
        columns = (DeliveryWay.account_id, DeliveryWay.trouble, DeliveryWay.left_out)
        ways = session.execute(select(*columns).where(has_waiting())).all()
    if not ways:
        return
    with work.write() as session:
        # In this order, as where one is held up: the account's row, then the tenant's.
        for account_id in sorted(way.account_id for way in ways if way.trouble is not None or way.left_out):
            due.put_once(session, DELIVER_AGAIN, account_id, now_of(session), work.tenant)
        deliver_soon(session)


def _send(work: Work, registry: Registry, batch: Batch, lease_for: timedelta) -> None:
    try:
        answer = _called(work, registry, batch, lease_for)
    except LeaseLost:
        not_sent(work, batch)
    except ContentRefused as refusal:
        refused(work, batch, refusal.trouble)
    except KindRefused as refusal:
        not_permitted(work, batch, refusal.trouble)
    except NotConnected as missing:
        stopped(work, batch, (missing.view and missing.view.code) or NOT_CONNECTED, None)
    except JiraTrouble as trouble:
        stopped(work, batch, str(trouble.code), trouble)
    else:
        outcomes = read_answer(batch.kind, batch.bodies, answer).outcomes
        answered(work, batch, outcomes)


def _called(work: Work, registry: Registry, batch: Batch, lease_for: timedelta) -> object:
    """Jira's answer. The call that sends has a third of the lease; whoever slept longer sends nothing."""
    with work.read() as session:
        try:
            connection = read_connection(session, batch.account_id, TWO_LEGGED)
        except NotHere:
            raise NotConnected(batch.account_id, None) from None
    seconds = min(lease_for.total_seconds() / 3, registry.outbound.wire.deadline)
    with registry.within_ceiling(connection):
        held = bearer(work, registry, batch.account_id)
        try:
            return _posted(work, registry, batch, held, seconds)
        except JiraTrouble as trouble:
            if trouble.code is not Code.UNAUTHORIZED:
                raise
        held = bearer(work, registry, batch.account_id, refused=held.token)
        return _posted(work, registry, batch, held, seconds)


def _posted(work: Work, registry: Registry, batch: Batch, held: Bearer, seconds: float) -> object:
    session = registry.cloud_session(held.token, seconds=seconds)
    if not holds(work, batch):
        raise LeaseLost
    body = batch.kind.envelope(list(batch.bodies))
    use = entered(work, registry, batch.account_id, held.credential_id, None, session)
    try:
        with use:
            return bulk.send(session, registry.cloud.atlassian, batch.kind.data.path(held.cloud_id), body)
    except JiraTrouble as trouble:
        if _is_of_content(trouble):
            raise ContentRefused(trouble) from None
        if trouble.code is Code.FORBIDDEN:
            raise KindRefused(trouble) from None
        raise


def _is_of_content(trouble: JiraTrouble) -> bool:
    """By status 400 and 413 alone. No other says that an item is to blame, so none is given up for it."""
    bad = trouble.code is Code.BAD_REQUEST and trouble.evidence.get("status") == "400"
    return bad or trouble.code is Code.TOO_MUCH
