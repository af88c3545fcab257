"""Reading lists of several pages, bounded in number; the session of their calls bounds them in time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from portal.jira.issues import Page, Start

T = TypeVar("T")


@dataclass(frozen=True)
class Listing(Generic[T]):
    """The first entries of a list. ``total`` is None where Jira does not count; ``cut``: there are more."""

    entries: tuple[T, ...]
    total: int | None
    cut: bool


def read_pages(read: Callable[[Start], Page[T]], most: int) -> Listing[T]:
    """The first ``most`` entries of what ``read(start)`` gives page by page. Raises JiraTrouble."""
    entries: list[T] = []
    total: int | None = None
    start: Start | None = 0
    while start is not None and len(entries) < most:
        page = read(start)
        entries += page.entries
        total, start = page.total, page.next_start
    return Listing(tuple(entries[:most]), total, start is not None or len(entries) > most)
