"""Completing a sprint, and where its open issues go.

Jira is told to complete it first. From then on its open issues are in the backlog, and the sprint's report
knows that they were not done; taken out before, they would count as removed. Then those that are to go into
another sprint are moved there. Whatever stops that, they are in the backlog, and can be moved later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.boards.moves import BACKLOG, Move, Tick, move_issues, open_sprint
from portal.boards.paging import read_pages
from portal.boards.reading import MOST_ISSUES, Reading, reading
from portal.boards.sprint_changes import ChangedMeanwhile, Known, SprintDesk, hold, note, read_sprint
from portal.boards.sprint_pages import issues_of
from portal.jira.agile import Sprint
from portal.jira.issues import Issue, Page, Start
from portal.jira.sprint_calls import SprintCalls
from portal.kinds.features import BACKLOG as WAITING
from portal.kinds.features import EDIT_SPRINTS, SPRINT_ISSUES


@dataclass
class Ending:
    """The completing of a sprint: the id of the sprint its open issues are to go to (empty: the backlog), and
    how far it got.

    ``left``: the open issues that are to be moved, known once they were read; given where an earlier try has
    not moved them (``is_resumed``). ``moved``: how many Jira took; ``elsewhere``: how many were left as they
    are, for the backlog does not show them any more. ``open``: how many there were, None where that cannot be
    told; ``is_cut``: there may be more.
    """

    target: str
    left: Sequence[str] = ()
    is_completed: bool = False
    open: int | None = None
    is_cut: bool = False
    moved: int = 0
    target_name: str = ""
    elsewhere: int = 0
    is_resumed: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_resumed = bool(self.left)

    @property
    def words(self) -> str:
        """Where the open issues are now, in words."""
        if self.target and (self.moved or self.elsewhere) and not self.left:
            told = [f"{self.moved} open issue{'s' if self.moved != 1 else ''} moved to {self.target_name}."]
            if self.elsewhere:
                told.append(f"Left where they are, as the backlog shows them no more: {self.elsewhere}.")
            if self.is_cut:
                told.append("More may be in the backlog.")
            return " ".join(told)
        if self.is_resumed:
            return "What was not moved stays where it is."
        if self.open == 0:
            return "No issue in it was open."
        return "What was open in it is in the backlog."


def complete_sprint(desk: SprintDesk, sprint_id: int, known: Known, ending: Ending) -> None:
    """Complete a sprint; ``ending`` says what is to be moved afterwards, whatever is raised.

    Raises as ``reading`` does, ``FeatureOff``, ``FieldErrors`` for a target that takes no issue any more, and
    :class:`ChangedMeanwhile` for a sprint that somebody else completed or renamed. One that an earlier try
    completed without being told so is not completed twice.
    """
    with reading(desk.work, desk.registry, desk.board) as reader:
        sprint = reader.features.need(EDIT_SPRINTS, lambda: read_sprint(reader, sprint_id))
        if ending.target:
            ending.target_name = open_sprint(reader, int(ending.target)).name
        is_ours = sprint.state == "closed" and bool(ending.left)
        if not is_ours:
            _judge(sprint, known, desk)
            _close(reader, sprint, ending)
    ending.is_completed = True
    if not is_ours:
        note(desk, "board.sprint_completed", sprint_id, open=ending.open, to=ending.target or BACKLOG)


def move_open(desk: SprintDesk, ending: Ending) -> None:
    """Move what is left into the sprint that was chosen; ``ending`` says how far it got, whatever is raised.

    Raises as :func:`portal.boards.moves.move_issues` does.
    """
    if not (ending.left and ending.target):
        return
    if ending.is_resumed:
        _leave_out_gone_on(desk, ending)
    if not ending.left:
        return
    move = Move(ending.target, tuple(Tick(place, key) for place, key in enumerate(ending.left)))
    try:
        move_issues(desk.work, desk.registry, desk.board, move)
    finally:
        ending.moved += move.moved
        ending.left = [tick.key for tick in move.left]
        ending.target_name = move.name or ending.target_name


def _leave_out_gone_on(desk: SprintDesk, ending: Ending) -> None:
    """Keep those that still wait in the board's backlog, which holds open issues that are in no open sprint:
    others may have gone on with the rest since the sprint was completed."""
    with reading(desk.work, desk.registry, desk.board) as reader:

        def page(start: Start) -> Page[Issue]:
            return reader.agile.backlog(desk.board.jira_board_id, (), start)

        found = reader.features.need(WAITING, lambda: read_pages(page, MOST_ISSUES))
        ending.target_name = open_sprint(reader, int(ending.target)).name
    waiting = {one.key for one in found.entries}
    kept = [key for key in ending.left if key in waiting]
    ending.elsewhere += len(ending.left) - len(kept)
    ending.is_cut = ending.is_cut or found.cut
    ending.left = kept


def _judge(sprint: Sprint, known: Known, desk: SprintDesk) -> None:
    if sprint.state == "closed":
        told = f"“{sprint.name}” is completed already, by you or by somebody else. Look at the board."
        raise ChangedMeanwhile({"": told}, Known.of(sprint, desk.zone))
    hold(sprint, known, desk.zone)


def _close(reader: Reading, sprint: Sprint, ending: Ending) -> None:
    """Remember what is to be moved, then complete it: if the answer is lost, the rest can still be done."""
    ask = reader.features.need if ending.target else reader.features.read
    issues = ask(SPRINT_ISSUES, lambda: issues_of(reader, sprint.id))
    if issues is not None:
        keys = [one.key for one in issues.entries if not one.is_done]
        ending.open, ending.is_cut = len(keys), issues.cut
        ending.left = keys if ending.target else ()
    reader.features.need(
        EDIT_SPRINTS, lambda: SprintCalls(reader.acting.jira).change(sprint.id, {"state": "closed"})
    )
