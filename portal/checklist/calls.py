"""The calls of one run: each made once, however many rows look at its answer."""

import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Event, Lock
from typing import Any, TypeVar, cast

from portal.checklist.scene import Scene
from portal.credentials.acting_as import Acting, NotConnected, acting_as
from portal.credentials.connections import Connection
from portal.credentials.registry import Registry
from portal.jira.answers import Code, JiraTrouble
from portal.jira.base_urls import BaseUrl
from portal.jira.certificates import Certificate, reach
from portal.jira.public_info import PublicInfo, public_info
from portal.jira.tls import CaRefused
from portal.jira.wire import Wire
from portal.kinds.methods import PASSWORD
from portal.store.work import Work

T = TypeVar("T")
Trouble = JiraTrouble | NotConnected | CaRefused

MOST_AT_ONCE = 4
# A row that asks for many things asks for nothing more then; what it was told counts. Well before the row is
# given up (portal.checklist.going).
ASK_SECONDS = 40.0
_until: ContextVar[float] = ContextVar("until", default=math.inf)


class NotAsked(Exception):
    """There was no time to ask, or the run was given up: it says nothing of what would have been told."""


class Calls:
    """What rows may ask of a Jira. Whatever went wrong is the same JiraTrouble to each that asks.

    ``most`` calls are under way at once: never more than the account allows. ``room`` is held by each thread
    that looks.
    """

    def __init__(self, work: Work, registry: Registry, scene: Scene) -> None:
        self.work = work
        self.registry = registry
        self.scene = scene
        self.most = min(MOST_AT_ONCE, scene.account.max_concurrent)
        self.room = BoundedSemaphore(self.most)
        self._lock = Lock()
        self._locks: dict[str, Lock] = {}
        self._made: dict[str, Any] = {}
        self._given_up = Event()

    @property
    def wire(self) -> Wire:
        """The way out."""
        return self.registry.outbound.wire

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What ``make`` returned or raised when it was first asked for under this name in this run."""
        with self._lock:
            mine = self._locks.setdefault(name, Lock())
        with mine:
            if name not in self._made:
                self._made[name] = _outcome(make)
        if isinstance(self._made[name], Trouble):
            raise self._made[name]
        return cast(T, self._made[name])

    def side_by_side(
        self, asks: Sequence[Callable[[], T]], stops: Collection[Code] = ()
    ) -> list[T | JiraTrouble | NotAsked]:
        """What each returned, or the trouble it met, in their order. None may need the answer of another.

        As many at once as there is room for; the thread that asks does those for which there is none. From
        trouble in ``stops`` on, nothing more is asked: it is the answer to the rest too. When the time of the
        row is over, or the run was given up, the rest is :class:`NotAsked`. Raises what would meet each of
        them alike: NotConnected, CaRefused.
        """
        found: dict[int, T | Trouble | NotAsked] = {}
        stopped_by: list[JiraTrouble] = []
        left: SimpleQueue[int] = SimpleQueue()
        for number in range(len(asks)):
            left.put(number)

        def work_off() -> None:
            while (number := _next(left)) is not None:
                found[number] = met = stopped_by[0] if stopped_by else self._in_time(asks[number])
                if isinstance(met, JiraTrouble) and met.code in stops:
                    stopped_by.append(met)

        with self._helpers(len(asks) - 1) as helpers, ThreadPoolExecutor(max(1, helpers)) as pool:
            running = [pool.submit(copy_context().run, work_off) for _ in range(helpers)]
            work_off()
            for helper in running:
                helper.result()
        return [_passing(found[number]) for number in range(len(asks))]

    def _in_time(self, ask: Callable[[], Any]) -> Any:
        is_late = self._given_up.is_set() or time.monotonic() > _until.get()
        return NotAsked() if is_late else _outcome(ask)

    @contextmanager
    def row_time(self) -> Iterator[None]:
        """The time one row may take for asking side by side."""
        token = _until.set(time.monotonic() + ASK_SECONDS)
        try:
            yield
        finally:
            _until.reset(token)

    def give_up(self) -> None:
        """Ask nothing more side by side: nobody wants the answers."""
        self._given_up.set()

    @contextmanager
    def _helpers(self, wanted: int) -> Iterator[int]:
        """How many of the threads that are wanted find room beside those at work."""
        got = 0
        try:
            while got < wanted and self.room.acquire(blocking=False):
                got += 1
            yield got
        finally:
            if got:
                self.room.release(got)

    def reached(self, host: BaseUrl) -> Certificate | None:
        """Connect to a host and hang up: its certificate."""
        return self.once(f"reach {host}", lambda: reach(self.wire, host, self.scene.account.ca_pem))

    def public_info(self) -> PublicInfo:
        """What the Jira tells anybody, asked at its own address."""
        base, account = cast(BaseUrl, self.scene.base_url), self.scene.account
        ask = lambda: public_info(self.wire, base, account.ca_pem, is_cloud=account.kind.is_cloud)  # noqa: E731
        return self.once("serverInfo", ask)

    @contextmanager
    def as_account(self) -> Iterator[Acting]:
        """Speak as the account itself. Raises what :func:`acting_as` does.

        A password that was refused is sent again only where a person asks for that: Jira counts them, and
        wants a captcha after a few. Anything else that was refused is, where a person asks for the run.
        """
        account = self.scene.account
        is_counted = account.own is not None and account.own.method == PASSWORD
        asked, account_id = self.scene.resends if is_counted else self.scene.by_person, account.id
        acting = acting_as(self.work, self.registry, account_id, None, is_test=asked, by_checklist=True)
        with acting as speaking:
            yield speaking

    @contextmanager
    def within_ceiling(self) -> Iterator[Connection]:
        """The connection, for calls that need no credential, within the account's ceiling."""
        connection = cast(Connection, self.scene.connection)
        with self.registry.within_ceiling(connection):
            yield connection


def _outcome(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except (JiraTrouble, NotConnected, CaRefused) as trouble:
        return trouble


def _passing(found: T | Trouble | NotAsked) -> T | JiraTrouble | NotAsked:
    if isinstance(found, NotConnected | CaRefused):
        raise found
    return found


def _next(numbers: SimpleQueue[int]) -> int | None:
    try:
        return numbers.get_nowait()
    except Empty:
        return None
