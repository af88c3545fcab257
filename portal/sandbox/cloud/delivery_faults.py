"""Applying the switches of deliveries."""

from __future__ import annotations

import math
import time

from flask import Response
from werkzeug.wrappers import Response as BaseResponse

from portal.sandbox.cloud.limits import too_many
from portal.sandbox.faults import LONGEST_WAIT
from portal.sandbox.misbehaviour import drop
from portal.sandbox.state import State


def wait(state: State) -> bool:
    """Do not answer before the switch is off again (bounded, so that no thread stays for ever).

    Whether to go on: a call from before everything was put back leaves no trace in what begins then.
    """
    end, epoch = time.monotonic() + LONGEST_WAIT, state.epoch
    while state.faults.deliveries_hang and time.monotonic() < end:
        time.sleep(0.05)
    with state.lock:
        return state.epoch == epoch


def refusal_before(state: State) -> BaseResponse | None:
    """What answers before anybody looks at who sends what; ``None`` when nothing does."""
    faults = state.faults
    if faults.deliveries_status:
        return Response("<html><body>upstream error</body></html>", faults.deliveries_status)
    if faults.deliveries_rate_limited and (seconds := _still_limited(state)):
        return too_many(seconds)
    each = faults.deliveries_limited_each
    return too_many(1) if each and (len(state.delivered.calls) + 1) % each == 0 else None


def _still_limited(state: State) -> int:
    """Seconds left of those that begin with the first refusal; 0 ends it, and puts the switch back."""
    now, delivered = time.monotonic(), state.delivered
    if not delivered.limited_until:
        delivered.limited_until = now + state.faults.deliveries_rate_limited
    left = math.ceil(max(0.0, delivered.limited_until - now))
    if not left:
        delivered.limited_until, state.faults.deliveries_rate_limited = 0.0, 0
    return left


def spoilt(kind: str, answer: BaseResponse) -> BaseResponse:
    """The answer to what was taken, or what the switch leaves of it."""
    if kind == "lost":
        drop()
    if kind == "broken":
        whole = answer.get_data()
        return Response(whole[: len(whole) // 2], answer.status_code, content_type="application/json")
    return answer
