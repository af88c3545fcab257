"""The headings under which rows stand: what each part of the checklist is about."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

WAY = "The way to Jira"
ANSWERS = "What answers there"
APPLICATION = "The application on Jira's side"
WHO = "Who the account is"
MAY = "What it may do"
OTHERS = "Who else can connect"
LATER = "What will end, and what has to stay as it is"
SENT = "What is sent"

_ROWS = {
    WAY: ("address", "name", "port", "tls"),
    ANSWERS: ("jira", "base_url", "clocks"),
    APPLICATION: ("client", "signature", "callback", "points", "token"),
    WHO: ("consent", "identity", "personal", "control", "site"),
    MAY: ("scopes", "superfluous", "boards", "fields", "permissions"),
    OTHERS: ("second_person",),
    LATER: ("ends", "reporting", "secret_private", "portal_url"),
    SENT: ("last_delivery", "oldest_waiting"),
}
_TITLES = {row: title for title, rows in _ROWS.items() for row in rows}


def title_of(row: str) -> str:
    """The heading of a row, by its name. Raises KeyError for a row that nobody gave one."""
    return MAY if row.startswith("may_send_") else _TITLES[row]


@dataclass(frozen=True)
class Layer(Generic[T]):
    """A heading with what stands below it."""

    title: str
    below: tuple[T, ...]

    @property
    def id(self) -> str:
        """A name for it within a page."""
        return f"layer-{list(_ROWS).index(self.title)}"


def layers(items: Iterable[T], row_of: Callable[[T], str]) -> list[Layer[T]]:
    """Items under the headings of their rows, in the order in which they come; ``row_of``: its row's name."""
    found: dict[str, list[T]] = {}
    for item in items:
        found.setdefault(title_of(row_of(item)), []).append(item)
    return [Layer(title, tuple(below)) for title, below in found.items()]
