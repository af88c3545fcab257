"""Calls of one use of a Jira, side by side: each holds a slot of the account, all have the use's time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import TypeVar

from portal.credentials.acting_as import Acting
from portal.credentials.slow_calls import calling

T = TypeVar("T")
MOST_AT_ONCE = 4


def side_by_side(acting: Acting, asks: Sequence[Callable[[], T]]) -> list[T]:
    """What each returned, in their order. None may need the answer of another.

    As many at once as the account's ceiling leaves room for, :data:`MOST_AT_ONCE` at most; the thread that
    asks does the others. After the first trouble nothing more is begun, and it is raised.
    """
    found: dict[int, T] = {}
    left: SimpleQueue[int] = SimpleQueue()
    for number in range(len(asks)):
        left.put(number)

    def work_off() -> None:
        while (number := _next(left)) is not None:
            try:
                found[number] = asks[number]()
            except BaseException:
                while _next(left) is not None:
                    pass
                raise

    wanted = min(len(asks), MOST_AT_ONCE) - 1
    with acting.beside(wanted) as helpers, ThreadPoolExecutor(max(1, helpers)) as pool:
        running = [pool.submit(copy_context().run, work_off) for _ in range(helpers)]
        try:
            work_off()
        finally:
            with calling():  # who waits for them waits for the Jira
                failed = [helper.exception() for helper in running]
    for error in failed:
        if error is not None:
            raise error
    return [found[number] for number in range(len(asks))]


def _next(numbers: SimpleQueue[int]) -> int | None:
    try:
        return numbers.get_nowait()
    except Empty:
        return None
