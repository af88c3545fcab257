"""Reading lists of several pages, bounded in number and in time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from portal.jira.agile import Page
from portal.jira.answers import Code, JiraTrouble

T = TypeVar("T")


@dataclass(frozen=True)
class Listing(Generic[T]):
    """The first entries of a list. ``total`` is None where Jira does not count; ``cut``: there are more."""

    entries: tuple[T, ...]
    total: int | None
    cut: bool


class Pace:
    """The time one page of ours may spend on Jira: ``seconds`` for all its calls together.

    Each call has its own deadline on the wire; without this one, a Jira that is slow but answers would
    hold a thread for the sum of them.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def check(self) -> None:
        """JiraTrouble ``deadline`` when no further call may begin."""
        if time.monotonic() > self._until:
            raise JiraTrouble(Code.DEADLINE)


def read_pages(read: Callable[[int], Page[T]], most: int, pace: Pace) -> Listing[T]:
    """The first ``most`` entries of what ``read(start)`` gives page by page. Raises JiraTrouble."""
    entries: list[T] = []
    total: int | None = None
    start: int | None = 0
    while start is not None and len(entries) < most:
        pace.check()
        page = read(start)
        entries += page.entries
        total, start = page.total, page.next_start
    return Listing(tuple(entries[:most]), total, start is not None or len(entries) > most)
