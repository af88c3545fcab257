"""The sprints of a board that are over."""

from dataclasses import dataclass

from portal.boards.boards import BoardView
from portal.boards.features import Off
from portal.boards.reading import reading
from portal.credentials.registry import Registry
from portal.jira.agile import Sprint
from portal.jira.answers import Code, JiraTrouble
from portal.jira.issues import Page
from portal.kinds.features import SPRINTS
from portal.store.work import Work


@dataclass(frozen=True)
class ClosedSprints:
    """One page of them in Jira's order, None while sprints are off."""

    page: Page[Sprint] | None
    off: tuple[Off, ...]


def closed_sprints(work: Work, registry: Registry, board: BoardView, start: int) -> ClosedSprints:
    """The closed sprints from place ``start`` on; none for a board without. Raises as ``reading`` does."""
    with reading(work, registry, board) as reader:

        def call() -> Page[Sprint]:
            try:
                return reader.agile.sprints(board.jira_board_id, ("closed",), start)
            except JiraTrouble as trouble:
                if trouble.code is not Code.BAD_REQUEST:
                    raise
                return Page([], start, None, 0)

        return ClosedSprints(reader.features.read(SPRINTS, call), reader.features.off)
