"""``/metrics`` for Prometheus, told to whoever brings the operator's token; others find no such page."""

import hmac
from collections.abc import Iterator

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.core import GaugeMetricFamily, Metric

from portal import metrics
from portal.errors import NotHere
from portal.handlers import DELIVERIES, HANDLERS
from portal.store import waiting
from portal.store.work import NOBODY, Work
from portal.web import access
from portal.web.place import services, store

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
@access.public
def show() -> ResponseReturnValue:
    """Everything that is counted, in Prometheus' text format."""
    _refuse_strangers()
    return metrics.text(_waiting), 200, {"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}


def _refuse_strangers() -> None:
    wanted, given = services().metrics_token, request.authorization
    if wanted is None or given is None or given.type != "bearer":
        raise NotHere
    if not hmac.compare_digest((given.token or "").encode(), wanted.reveal().encode()):
        raise NotHere


def _waiting() -> Iterator[Metric]:
    work = Work(store(), None, NOBODY)
    count = GaugeMetricFamily(
        "almoner_waiting", "Things that are due and not done, by kind.", labels=["kind"]
    )
    oldest = GaugeMetricFamily(
        "almoner_waiting_oldest_seconds", "Seconds the oldest of them has been waiting.", labels=["kind"]
    )
    found = {f"due_work/{kind}": one for kind, one in waiting.due_work(work, HANDLERS).items()}
    found |= {"mails": waiting.mails(work), "deliveries": waiting.deliveries(work, DELIVERIES)}
    for kind, one in found.items():
        count.add_metric([kind], one.count)
        oldest.add_metric([kind], one.oldest)
    yield from (count, oldest)
