"""Processes of the portal that accept and send deliveries, to be killed at it.

``python -m tests.support.delivery_processes`` reads orders from its standard input, one JSON object a line,
and answers each with a line. An order is done in a child of its own, which kills itself at the step it names:

``accept``  a program's request, of which no answer comes back
``turn``    what is due of deliveries
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from urllib3.connection import HTTPConnection

from portal.app import create_app
from portal.config import Settings, read_settings
from portal.credentials.delivery_ways import DELIVER, DELIVER_AGAIN
from portal.deliveries import accepting, outcomes_of_calls, sending
from portal.start import open_store
from portal.worker import do_one, opened
from tests.credentials.rotation import process_environment

ROOT = Path(__file__).parents[2]
Order = dict[str, Any]
# Where a child kills itself, in the order of the steps: the function, and whether before or after it.
ACCEPTING: dict[str, tuple[Any, str, bool]] = {
    "unwritten": (accepting, "add_many", False),
    "uncommitted": (accepting, "go_on", True),
    "committed": (accepting, "accept", True),
}
SENDING: dict[str, tuple[Any, str, bool]] = {
    "unclaimed": (sending, "take", False),
    "claimed": (sending, "take", True),
    "token": (sending, "_posted", False),
    "sent": (HTTPConnection, "getresponse", False),
    "answered": (sending, "answered", False),
    "unmarked": (outcomes_of_calls, "go_on", True),
    "marked": (sending, "answered", True),
}


class Nursery:
    """The process that has children which die."""

    def __init__(self, settings: Settings) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.delivery_processes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=process_environment(settings),
        )

    def run(self, do: str, at: str, **order: object) -> int:
        """Have a child do something until this step; how it ended: minus the signal."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, "at": at, **order}, default=str) + "\n")
        self._process.stdin.flush()
        return int(json.loads(self._process.stdout.readline())["ended"])

    def end(self) -> None:
        """Close its orders, which ends it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@contextmanager
def nursery(settings: Settings) -> Iterator[Nursery]:
    """Such a process, ended with the block."""
    made = Nursery(settings)
    try:
        yield made
    finally:
        made.end()


class Started:
    """The server or a worker of a portal, begun anew each time it is killed."""

    def __init__(self, settings: Settings, *module: str, **more: str) -> None:
        self._command, self._environment = (
            [sys.executable, "-m", *module],
            process_environment(settings, **more),
        )
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environment,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Of the process that was begun last."""
        return self._process.pid

    def kill(self) -> None:
        """Kill it with all its children, and start it again."""
        self.end()
        self._process = self._start()

    def kill_child(self) -> None:
        """Kill the child that was begun last, as the kernel does when memory runs out."""
        pid = self.pid
        with suppress(FileNotFoundError, ProcessLookupError, IndexError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
            os.kill(int(children[-1]), signal.SIGKILL)

    def end(self) -> None:
        """Kill it for good."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)


@contextmanager
def running(*started: Started) -> Iterator[None]:
    """Whatever happens, none of them outlives the block."""
    try:
        yield
    finally:
        for one in started:
            one.end()


def accept(order: Order) -> None:
    """Take a program's request as the server does."""
    settings = read_settings()
    app = create_app(settings, store=open_store(settings))
    headers = {"Authorization": f"Bearer {order['key']}", "Idempotency-Key": order["name"]}
    headers["Content-Type"] = "application/json"
    path = f"/api/v1/alm-accounts/{order['account']}/builds"
    body = json.dumps(order["items"])
    app.test_client().post(path, data=body, headers=headers, base_url=settings.base_url)


def turn(_: Order) -> None:
    """Send what is due."""
    with opened(read_settings()) as tools:
        while do_one(tools, (DELIVER, DELIVER_AGAIN)):
            pass


def end_in(order: Order) -> NoReturn:
    """Do it, in this child, and be gone."""
    owner, name, after = (ACCEPTING | SENDING)[order["at"]]
    is_sending = {"now": order["at"] != "sent"}
    real_posted = sending._posted

    def posted(*given: Any) -> object:
        is_sending["now"] = True  # the connection is used for the token before
        return real_posted(*given)

    if order["at"] == "sent":
        sending._posted = posted
    setattr(owner, name, _killing(getattr(owner, name), after, is_sending))
    {"accept": accept, "turn": turn}[order["do"]](order)
    os._exit(0)


def _killing(real: Callable[..., Any], after: bool, when: dict[str, bool]) -> Callable[..., Any]:
    """The function, and before or after it the end of this process."""

    def call(*given: Any, **named: Any) -> Any:
        if when["now"] and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = real(*given, **named)
        if when["now"]:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return call


def main() -> None:
    """Do what the lines say until they end."""
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            end_in(order)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"ended": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()
