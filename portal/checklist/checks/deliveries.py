"""What an account that only sends rests on: client ID and secret, a permission for each sort of data, and
that what programs sent got through (mission rows D1, D5)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, defer

from portal.alm_accounts.account_views import AccountView
from portal.checklist.calls import Calls
from portal.checklist.checks.cloud_app import OF_TOKEN_ENDPOINT
from portal.checklist.checks.jira import is_jira
from portal.checklist.outcome import BUSY, Outcome, State, failed, proved, unknown, waiting, warning
from portal.checklist.row import Row
from portal.checklist.words import many
from portal.credentials import two_legged
from portal.credentials.acting_as import NotConnected
from portal.credentials.connections import SendingConnection
from portal.credentials.delivery_ways import permitted
from portal.credentials.waiting_deliveries import left_out, oldest, waiting_of, with_permissions
from portal.jira.answers import Code, JiraTrouble
from portal.jira.bulk import OF_THE_SITE, Allowed, allowed
from portal.jira.oauth2_tokens import TokenPair
from portal.kinds.sent_data import SENT_DATA, SentData, ticked
from portal.store.tables import Delivery, DeliveryWay

# What waits longer without a trouble that is known has nobody who sends it.
WAITS_LONG = timedelta(minutes=10)
_KEPT = "Looked at what is kept of it here; nothing was called."
_ENDS = {"rejected": "delivery_rejected", "failed": "delivery_failed", "unanswered": "delivery_unanswered"}
_ENDED = ("accepted", *_ENDS)  # states


def token(calls: Calls) -> Outcome:
    """Whether Atlassian gives a token for client ID and secret."""
    tried = "Asked Atlassian for a new token with client ID and secret."
    try:
        _token(calls)
    except JiraTrouble as trouble:
        if trouble.code in BUSY:
            raise
        code = OF_TOKEN_ENDPOINT.get(trouble.code, str(trouble.code))
        return _of_the_way(calls, trouble) or failed(code, tried=tried, **trouble.evidence)
    return proved(
        "Atlassian gave a token that lives for a quarter of an hour. It belongs to no person.", tried
    )


def _of_the_way(calls: Calls, trouble: JiraTrouble) -> Outcome | None:
    """What the site meets too has one cause, and is told once: by the row about it."""
    return waiting("jira") if is_jira(calls).code == trouble.code else None


def _token(calls: Calls) -> TokenPair:
    """A new one, asked for once in a run. Raises JiraTrouble; NotConnected before anything was entered."""
    return calls.once("token", lambda: _asked(calls))


def _asked(calls: Calls) -> TokenPair:
    connection, own = _way(calls), calls.scene.account.own
    with calls.within_ceiling():
        return two_legged.ask_to_test(calls.work, calls.registry, connection, own)


def _way(calls: Calls) -> SendingConnection:
    connection = calls.scene.connection
    if not isinstance(connection, SendingConnection):
        raise NotConnected(calls.scene.account.id, None)
    return connection


def may_send(data: SentData, calls: Calls) -> Outcome:
    """Whether this sort of data may be sent: a list of nothing is, and Jira has to complain about it."""
    connection, pair = _way(calls), _token(calls)
    tried = f"Sent a list of nothing to Jira's interface for {data.permission}."
    with calls.within_ceiling(), calls.registry.cloud_session(pair.access_token) as session:
        path = data.path(two_legged.site_of(connection))
        found, trouble = allowed(session, calls.registry.cloud.atlassian, path, data.nothing)
    if found is Allowed.GRANTED:
        permitted(calls.work, calls.scene.account.id, data.name)
        return proved("Jira complained about the empty list, so it would have taken a full one.", tried)
    if found is Allowed.MISSING:
        return failed("delivery_permission_missing", tried=tried, missing=data.permission)
    if trouble is not None and trouble.code in OF_THE_SITE:
        if is_jira(calls).state is not State.PROVED:
            return waiting("jira")
        return failed("delivery_site", tried=tried, host=connection.base_url.host)
    if trouble is not None and trouble.code is not Code.BAD_REQUEST:
        return _of_the_way(calls, trouble) or failed(str(trouble.code), tried=tried, **trouble.evidence)
    return unknown("delivery_permission_untold", tried=tried, missing=data.permission)


def last_delivery(calls: Calls) -> Outcome:
    """What Jira said of what was sent last."""
    with calls.work.read() as session:
        last = [_last(session, calls.scene.account.id, state) for state in _ENDED]
    ended = [(row.finished_at, row) for row in last if row and row.finished_at]
    if not ended:
        return unknown("delivery_none_yet", tried=_KEPT)
    finished_at, row = max(ended, key=lambda one: one[0])
    said = f"{row.label}, {_ago(calls, finished_at)}."
    if row.state in _ENDS:
        return warning(_ENDS[row.state], said, _KEPT, message="; ".join(row.reasons[:3]) or None)
    if row.outcome == "no_issue":
        return warning("delivery_on_no_issue", said, _KEPT, missing=", ".join(row.unknown_keys[:5]))
    if row.outcome == "ignored":
        said += " It ignored it, since it had a newer number of the same, and shows that."
    return proved(f"Jira took {said}", _KEPT)


def _last(session: Session, account_id: UUID, state: str) -> Delivery | None:
    """Of what came to this, the one that stood last in the queue: the index is by state and place."""
    came = select(Delivery).where(_of(account_id), Delivery.state == state).options(defer(Delivery.body))
    return session.scalars(came.order_by(Delivery.position.desc()).limit(1)).first()


def _of(account_id: UUID) -> ColumnElement[bool]:
    return Delivery.account_id == account_id


def oldest_waiting(calls: Calls) -> Outcome:
    """Whether anything waits that should have been sent, and what stops it, or some kinds of it."""
    account_id = calls.scene.account.id
    with calls.work.read() as session:
        waits = waiting_of(session, account_id)
        found = session.execute(with_permissions().where(DeliveryWay.account_id == account_id)).first()
    first = oldest(waits)
    if first is None or found is None:
        return proved("Nothing waits.", _KEPT)
    way, scopes = found
    said = f"{sum(one.count for one in waits.values())} waiting, the oldest since {_ago(calls, first)}."
    if way.paused_at is not None:
        return warning("deliveries_paused", said, _KEPT)
    if way.trouble is not None:
        return failed(way.trouble, said, _KEPT, **way.evidence)
    stay = {kind: why for kind, why in left_out(way, scopes, waits).items() if kind in waits}
    if stay:
        # Jira's refusal first: somebody else has to mend it.
        code = min(why.code for why in stay.values())
        kinds = [data.permission for data in ticked(stay) if stay[data.name].code == code]
        return failed(code, said, _KEPT, missing=", ".join(kinds))
    if first < calls.scene.now - WAITS_LONG:
        return failed("deliveries_not_sent", said, _KEPT)
    return proved(said, _KEPT)


def _ago(calls: Calls, at: datetime) -> str:
    """How long ago, in the largest unit that says something."""
    minutes = max(0, int((calls.scene.now - at).total_seconds() // 60))
    for size, unit in ((1440, "day"), (60, "hour")):
        if minutes >= size:
            return f"{many(minutes // size, unit)} ago"
    return f"{many(minutes, 'minute')} ago"


def _ticks(data: SentData) -> Callable[[AccountView], bool]:
    return lambda account: account.app is not None and data.name in account.app.scopes


_MAY_SEND = tuple(
    Row(
        f"may_send_{data.api}",
        f"May send: {data.permission}",
        partial(may_send, data),
        after=("token",),
        uses=("jira",),
        applies=_ticks(data),
    )
    for data in SENT_DATA
)
OF_THE_CREDENTIAL = (
    Row("token", "Client ID and secret accepted", token, after=("port", "tls"), uses=("jira",)),
    *_MAY_SEND,
)
OF_THE_WAY = (
    Row("last_delivery", "Last delivery", last_delivery),
    Row("oldest_waiting", "Nothing waits too long", oldest_waiting),
)
