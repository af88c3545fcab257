"""``python -m tests.credentials.rotating``: a process of the portal that renews grants when it is told to.

It reads orders from its standard input, one JSON object a line, and answers each with a line:

``ask``    with many threads at one moment, get an access token of a grant
``renew``  in a child of its own, renew a grant; the child kills or stops itself where ``at`` says

``ROTATING_CLOCK``: seconds by which the clock of this machine is wrong.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NoReturn
from uuid import UUID

import time_machine

from portal.config import read_settings
from portal.credentials import access_tokens, refreshing
from portal.handlers import Tools
from portal.jira.answers import JiraTrouble
from portal.store.work import NOBODY, Work
from portal.worker import opened

Order = dict[str, Any]
# The steps of a renewal, in their order: which function of ``refreshing`` a child stands in front of. The
# step ``sent``, between request and answer, is none of ours: the test kills the child from outside.
STEPS = {
    "unclaimed": "claim_renewal",
    "begun": "_exchange",
    "claimed": "is_still_ours",
    "answered": "_save",
    "unsaved": "record",
    "saved": "look_at_sites",
}


@cache
def tools() -> Tools:
    """Store and registry, opened when they are first needed: a child must not share its parent's."""
    made = opened(read_settings()).__enter__()
    made.store.engine.pool._max_overflow = 0  # several such processes must fit into one database server
    return made


def work_of(order: Order) -> Work:
    """The portal at work in the order's tenant."""
    return Work(tools().store, UUID(order["tenant"]), NOBODY)


def ask(order: Order) -> Order:
    """What each of the threads got: a generation, or the code of a trouble."""
    work, grant_id = work_of(order), UUID(order["grant"])

    def one(number: int) -> int | str:
        time.sleep(max(0.0, order["moment"] - time.clock_gettime(time.CLOCK_MONOTONIC)))
        try:
            held = access_tokens.access_token(work, tools().registry, grant_id, refused=order.get("refused"))
        except JiraTrouble as trouble:
            return str(trouble.code)
        return held.generation

    with ThreadPoolExecutor(order["threads"]) as pool:
        return {"got": list(pool.map(one, range(order["threads"])))}


def renew(order: Order) -> Order:
    """The number of the child that renews; how it ended is told when asked to wait."""
    child = os.fork()
    if child == 0:
        end_in(order)
    return {"pid": child}


def wait(order: Order) -> Order:
    """How a child ended: 0, or minus the signal that ended it."""
    _, status = os.waitpid(order["pid"], 0)
    return {"ended": os.waitstatus_to_exitcode(status)}


def end_in(order: Order) -> NoReturn:
    """Renew, and be gone without a word to the parent's standard output."""
    if step := STEPS.get(order["at"]):
        number = signal.SIGSTOP if order.get("stop") else signal.SIGKILL
        setattr(refreshing, step, stumbling(getattr(refreshing, step), number, order.get("after", False)))
    try:
        refreshing.renew(work_of(order), tools().registry, UUID(order["grant"]), order["generation"])
    except JiraTrouble:
        os._exit(3)
    os._exit(0)


def stumbling(real: Callable[..., Any], number: int, after: bool) -> Callable[..., Any]:
    """A function that sends this process a signal before it does its work, or after."""

    def stumble(*given: Any, **named: Any) -> Any:
        if not after:
            os.kill(os.getpid(), number)
        answer = real(*given, **named)
        if after:
            os.kill(os.getpid(), number)
        return answer

    return stumble


def main() -> None:
    """Do what the lines say until they end."""
    doing = {"ask": ask, "renew": renew, "wait": wait}
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(doing[order["do"]](order)), flush=True)


if __name__ == "__main__":
    wrong_by = timedelta(seconds=float(os.environ.get("ROTATING_CLOCK", "0")))
    if wrong_by:
        time_machine.travel(datetime.now(UTC) + wrong_by, tick=True).start()
    main()
