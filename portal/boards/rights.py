"""What a person may do in the Jira project of a board: asked of Jira before a page offers it.

Only a right that Jira says is lacking switches something off. Where it does not answer, or does not know one
of them, everything stays offered, and a change that is tried is judged by Jira alone.
"""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any, TypeVar

from portal.boards.cards import Card
from portal.boards.live_views import Lists
from portal.boards.reading import Reading
from portal.credentials.side_by_side import side_by_side
from portal.jira.answers import JiraTrouble
from portal.jira.permissions import my_permissions
from portal.kinds.features import COLUMNS, OWN_RIGHTS, Feature

T = TypeVar("T")
Projects = Callable[[], Collection[str]]


def project_of(key: str) -> str:
    """The key of the project of an issue."""
    return key.rpartition("-")[0]


def projects_of_board(reader: Reading) -> Collection[str]:
    """Those its filter names, asked of Jira; none where there is none, or where that may not be asked.

    Raises JiraTrouble.
    """
    if not reader.features.has(COLUMNS):  # Jira wants the same for it
        return ()
    return reader.agile.project_keys(reader.board.jira_board_id)


def beside(reader: Reading, wanted: Iterable[Feature], projects: Projects, read: Callable[[], T]) -> T:
    """What ``read`` gives. Meanwhile Jira is asked which of the rights these changes want the person has, as
    far as they are on else: ``reader.features`` knows then what lacks.

    A right counts where it is held in any of the ``projects``; of several Jira is asked at once for all there
    are. Raises what ``read`` does, and nothing of its own.
    """
    rights = list(dict.fromkeys(one.right for one in wanted if reader.features.is_open(one)))
    if not (rights and reader.features.has(OWN_RIGHTS)):
        return read()
    asks: list[Callable[[], Any]] = [read, partial(_ask, reader, rights, projects)]
    found: T = side_by_side(reader.acting, asks)[0]
    return found


def learn(reader: Reading, wanted: Iterable[Feature], projects: Projects) -> None:
    """The same where there is nothing left to read."""
    beside(reader, wanted, projects, lambda: None)


def of_board(reader: Reading, wanted: Iterable[Feature], project: str, read: Callable[[], Lists]) -> Lists:
    """The lists of a board that ``read`` gives, and with them the same.

    ``project``: that of the board, where its configuration told it, as on Cloud. Else Jira is asked for those
    of the issues that are shown, when they are known, and of a board that shows none nothing.
    """
    if not project:
        found = read()
        if shown := _shown(found):
            learn(reader, wanted, lambda: shown)
        return found
    found = beside(reader, wanted, lambda: [project], read)
    claim_of(reader, project, _shown(found))
    return found


def claim_of(reader: Reading, project: str, shown: Collection[str]) -> None:
    """Claim what lacks in this project only where what is shown is of no other: it may be held there."""
    if set(shown) - {project}:
        reader.features.lack({}, "")


def projects_in(cards: Iterable[Card]) -> set[str]:
    """The projects of these issues."""
    return {project_of(card.key) for card in cards if card.url}


def _shown(lists: Lists) -> set[str]:
    """The projects of the issues that are shown."""
    lane, backlog = lists
    listings = (lane.listing if lane else None, backlog)
    return projects_in(card for one in listings if one for card in one.entries)


def _ask(reader: Reading, rights: list[str], projects: Projects) -> None:
    try:
        found = list(projects())
        project = found[0] if len(found) == 1 else ""
        told = my_permissions(reader.acting.jira, rights, project)
    except JiraTrouble:
        return
    reader.features.lack({one.key: one.name for one in told if not one.held}, project)
