"""A board as its Jira has it now, read with the credential of the person who looks and no other (B7)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from portal.boards import rights
from portal.boards.boards import BoardView
from portal.boards.cards import Card, CardFields, EpicCard, epic_card_of, lay_out
from portal.boards.features import BOARD_ISSUES
from portal.boards.kanban import ShownIssues
from portal.boards.live_views import BoardChoice, Lane, Lists, LiveBoard
from portal.boards.moves import TO_SPRINT, Target, targets
from portal.boards.paging import Listing, read_pages
from portal.boards.reading import Reading, ReadIssues, reading
from portal.boards.troubles import NOT_SHOWN_BY_JIRA
from portal.credentials.registry import Registry
from portal.jira import jql
from portal.jira.agile import BoardConfiguration, Column, Sprint
from portal.jira.answers import Code, JiraTrouble
from portal.jira.issues import Issue, Page, Start
from portal.kinds.features import (
    BACKLOG,
    DELETE_SPRINTS,
    EDIT_SPRINTS,
    EPICS,
    SPRINT_ISSUES,
    SPRINTS,
    TO_BACKLOG,
    Feature,
)
from portal.store.work import Work

MOST_EPICS = 100
KANBAN = "kanban"  # as a board's configuration says it
ReadFound = Callable[[int, Sequence[str], Start, str], Page[Issue]]
WAYS = (EDIT_SPRINTS, DELETE_SPRINTS, TO_SPRINT, TO_BACKLOG)  # what is offered on a board with sprints


def read_board(work: Work, registry: Registry, board: BoardView, asked: BoardChoice) -> LiveBoard:
    """The board as the person at work sees it: configuration, then sprints, then all issues side by side.

    Raises as :func:`portal.boards.reading.reading` does. For a sprint that is gone the active one is shown.
    """
    with reading(work, registry, board) as reader:
        return _Reader(reader, asked).read()


class _Reader:
    """Reads one board once."""

    def __init__(self, reader: Reading, asked: BoardChoice) -> None:
        self._agile = reader.agile
        self._reader = reader
        self._id = reader.board.jira_board_id
        self._features = reader.features
        self._asked = asked
        self._is_gone = False
        self._is_unfiltered = False

    def read(self) -> LiveBoard:
        configuration = self._reader.configuration()
        fields = self._reader.fields(configuration)
        page = self._features.read(SPRINTS, self._sprints)
        sprints = tuple(page.entries) if page else ()
        has_sprints = not self._is_without_sprints(page, configuration)
        if has_sprints:
            lane, backlog = self._sprint_and_backlog(page, configuration, fields)
        else:
            # Jira's list of a board's issues holds its backlog too: kanban shows that as a column.
            lane, backlog = self._whole(configuration, fields), None
        can_change_sprints = page is not None and self._features.may(EDIT_SPRINTS)
        epics, targets = self._epics(), self._targets(sprints, lane, backlog)
        return LiveBoard(
            asked=self._asked,
            has_sprints=has_sprints,
            sprints=sprints,
            more_sprints=page is not None and page.next_start is not None,
            lane=lane,
            backlog=backlog,
            epics=epics,
            targets=targets,
            can_change_sprints=can_change_sprints,
            can_delete_sprint=bool(lane and lane.sprint) and self._features.may(DELETE_SPRINTS),
            off=self._features.off,
            is_sprint_gone=self._is_gone,
            is_unfiltered=self._is_unfiltered,
        )

    def _targets(
        self, sprints: Sequence[Sprint], lane: Lane | None, backlog: Listing[Card] | None
    ) -> tuple[Target, ...]:
        """None for a sprint that is over, nor on a board without sprints."""
        if lane is not None and (lane.sprint is None or lane.sprint.state == "closed"):
            return ()
        return targets(self._features, sprints, lane.listing if lane else None, backlog)

    def _sprints(self) -> Page[Sprint] | None:
        """Those active and planned. None for a board without sprints: Jira answers 400 for those."""
        try:
            return self._agile.sprints(self._id, ("active", "future"))
        except JiraTrouble as trouble:
            if trouble.code is Code.BAD_REQUEST:
                return None
            raise

    def _is_without_sprints(
        self, sprints: Page[Sprint] | None, configuration: BoardConfiguration | None
    ) -> bool:
        """Jira said so; while sprints are off, the board's configuration does."""
        if self._features.is_off(SPRINTS):
            return configuration is not None and configuration.type == KANBAN
        return sprints is None

    def _chosen(self, sprints: Sequence[Sprint]) -> Sprint | None:
        wanted = self._asked.sprint_id
        if wanted is None:
            return next((sprint for sprint in sprints if sprint.state == "active"), None)
        known = next((sprint for sprint in sprints if sprint.id == wanted), None)
        try:
            return known or self._features.read(SPRINTS, lambda: self._agile.sprint(wanted))
        except JiraTrouble as trouble:
            if trouble.code not in NOT_SHOWN_BY_JIRA:
                raise
        self._is_gone, self._asked = True, replace(self._asked, sprint_id=None)
        return self._chosen(sprints)

    def _sprint_and_backlog(
        self, page: Page[Sprint] | None, configuration: BoardConfiguration | None, fields: CardFields
    ) -> Lists:
        """Both, with what the person may do there known. Without the sprints none of it is offered; and where
        one took a call of its own, there is room for no other beside the backlog's."""
        sprints = page.entries if page else []
        sprint = self._chosen(sprints)
        read = partial(self._planned, sprint, configuration, fields)
        is_apart = self._is_gone or (sprint is not None and sprint not in sprints)
        is_closed = sprint is not None and sprint.state == "closed"
        if page is None or (is_apart and not is_closed):
            return read()
        project = configuration.project_key if configuration else ""
        return rights.of_board(self._reader, WAYS, project, read)

    def _planned(
        self, sprint: Sprint | None, configuration: BoardConfiguration | None, fields: CardFields
    ) -> Lists:
        """A sprint and the backlog; beside a sprint that is over the backlog is not read."""
        wanted: list[tuple[Feature, ReadIssues]] = []
        if sprint is not None:
            wanted.append((SPRINT_ISSUES, self._found(self._of_sprint(sprint.id))))
        if sprint is None or sprint.state != "closed":
            wanted.append((BACKLOG, self._found(self._agile.backlog)))
        lists = self._reader.cards(fields, wanted)
        backlog = lists.pop() if len(lists) == 2 or sprint is None else None
        columns = configuration.columns if configuration else None
        return _laid_out(sprint, lists[0], columns) if sprint else None, backlog

    def _of_sprint(self, sprint_id: int) -> ReadFound:
        return lambda board_id, names, start, where: self._agile.sprint_issues(
            board_id, sprint_id, names, start, where
        )

    def _whole(self, configuration: BoardConfiguration | None, fields: CardFields) -> Lane:
        shown = ShownIssues(self._agile, configuration)
        [listing] = self._reader.cards(fields, [(BOARD_ISSUES, self._found(shown.read))])
        self._is_unfiltered = shown.is_unfiltered
        if configuration is None:
            return _laid_out(None, listing, None)
        # Without a status a column can never show anything, as kanban's Backlog column while it is off.
        return _laid_out(None, listing, [column for column in configuration.columns if column.status_ids])

    def _found(self, read: ReadFound) -> ReadIssues:
        """The issues that were looked for. A key that is no issue's is a bad request to Jira."""

        def call(names: Sequence[str], start: Start) -> Page[Issue]:
            try:
                return read(self._id, names, start, self._asked.where)
            except JiraTrouble as trouble:
                if trouble.code is not Code.BAD_REQUEST or not jql.is_key(self._asked.search):
                    raise
                return Page([], start, None, 0)

        return call

    def _epics(self) -> Listing[EpicCard] | None:
        """What the work is about, where its issues cannot be shown."""
        if not any(self._features.is_off(feature) for feature in (SPRINT_ISSUES, BACKLOG, BOARD_ISSUES)):
            return None
        epics = self._features.read(
            EPICS, lambda: read_pages(lambda start: self._agile.epics(self._id, start), MOST_EPICS)
        )
        if epics is None:
            return None
        cards = tuple(epic_card_of(epic, self._reader.board.base_url) for epic in epics.entries)
        return Listing(cards, epics.total, epics.cut)


def _laid_out(sprint: Sprint | None, listing: Listing[Card] | None, columns: Sequence[Column] | None) -> Lane:
    if listing is None or columns is None:
        return Lane(sprint, None, (), listing)
    return Lane(sprint, *lay_out(listing.entries, columns), listing)
