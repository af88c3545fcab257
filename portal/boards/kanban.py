"""What a kanban board shows: some of what its filter finds is hidden by a query of the board's own."""

from collections.abc import Sequence
from functools import partial

from portal.jira import jql
from portal.jira.agile import Agile, BoardConfiguration
from portal.jira.answers import Code, JiraTrouble
from portal.jira.issues import Issue, Page, Start


class ShownIssues:
    """The issues of a board as its own page in Jira shows them. ``is_unfiltered``: Jira did not take the
    board's query, and all that its filter finds were read."""

    def __init__(self, agile: Agile, configuration: BoardConfiguration | None) -> None:
        self._agile = agile
        self._query = configuration.sub_query if configuration else ""
        self.is_unfiltered = False

    def read(self, board_id: int, names: Sequence[str], start: Start, where: str) -> Page[Issue]:
        """One page of those that meet ``where`` too; the first is read alone. Raises JiraTrouble."""
        read = partial(self._agile.board_issues, board_id, names, start)
        if not self._query:
            return read(where)
        try:
            return read(jql.both(self._query, where))
        except JiraTrouble as trouble:
            if trouble.code is not Code.BAD_REQUEST:
                raise
        page = read(where)
        self._query, self.is_unfiltered = "", True
        return page
