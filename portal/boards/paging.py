"""Reading lists of several pages, bounded in number; the session of their calls bounds them in time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from portal.jira.issues import Page, Start

T = TypeVar("T")
Read = Callable[[Start], Page[T] | None]
# Makes calls, none of which needs the answer of another, and gives back what each returned, in their order.
Run = Callable[[Sequence[Callable[[], Any]]], list[Any]]


@dataclass(frozen=True)
class Listing(Generic[T]):
    """The first entries of a list. ``total`` is None where Jira does not count; ``cut``: there are more."""

    entries: tuple[T, ...]
    total: int | None
    cut: bool


def read_pages(read: Callable[[Start], Page[T]], most: int, start: Start | None = 0) -> Listing[T]:
    """The first ``most`` entries of what ``read(start)`` gives page by page. Raises JiraTrouble."""
    entries: list[T] = []
    total: int | None = None
    while start is not None and len(entries) < most:
        page = read(start)
        entries += page.entries
        total, start = page.total, page.next_start
    return Listing(tuple(entries[:most]), total, start is not None or len(entries) > most)


def read_lists(run: Run, reads: Sequence[Read[T]], most: int) -> list[Listing[T] | None]:
    """The first ``most`` entries of each list; None for one whose first page is None. Raises JiraTrouble.

    ``run`` makes calls side by side. Pages found by number are asked for at once when the first has said how
    many issues there are; those found by token one after the other, beside the other lists.
    """
    firsts: list[Page[T] | None] = run([partial(read, 0) for read in reads])
    following = [_following(read, first, most) for read, first in zip(reads, firsts, strict=True)]
    parts: list[Listing[T]] = run([ask for asks in following for ask in asks])
    place, found = 0, list[Listing[T] | None]()
    for first, asks in zip(firsts, following, strict=True):
        found.append(_whole(first, parts[place : place + len(asks)], most) if first else None)
        place += len(asks)
    return found


def _following(read: Read[T], first: Page[T] | None, most: int) -> list[Callable[[], Listing[T]]]:
    """The calls that read what comes after the first page."""
    if first is None or first.next_start is None or len(first.entries) >= most:
        return []

    def page(start: Start) -> Page[T]:
        return read(start) or Page([], start, None, None)

    def one(start: Start) -> Listing[T]:
        return Listing(tuple(page(start).entries), None, False)

    if first.total is None or isinstance(first.next_start, str):
        return [partial(read_pages, page, most - len(first.entries), first.next_start)]
    starts = range(first.next_start, min(first.total, most), max(1, len(first.entries)))
    return [partial(one, start) for start in starts]


def _whole(first: Page[T], parts: Sequence[Listing[T]], most: int) -> Listing[T]:
    """The list of its first page and what follows; cut as well where Jira counted more than it sent."""
    entries = (*first.entries, *(entry for part in parts for entry in part.entries))
    is_short = len(entries) < first.total if first.total is not None else bool(first.next_start) and not parts
    is_cut = is_short or len(entries) > most or any(part.cut for part in parts)
    return Listing(entries[:most], first.total, is_cut)
