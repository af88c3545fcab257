"""What the pages say of a sprint before something is done with it: what is in it, and where it can go."""

from dataclasses import dataclass
from functools import partial

from portal.boards import rights
from portal.boards.features import FeatureOff, Off
from portal.boards.moves import TO_SPRINT
from portal.boards.paging import Listing, read_pages
from portal.boards.reading import MOST_ISSUES, Reading, reading
from portal.boards.sprint_changes import SprintDesk, read_sprint
from portal.jira.agile import Sprint
from portal.jira.answers import Code, JiraTrouble
from portal.jira.issues import Issue
from portal.kinds.features import EDIT_SPRINTS, SPRINT_ISSUES, SPRINTS, Feature


@dataclass(frozen=True)
class Inside:
    """How many issues are in a sprint, and how many of them are done; ``is_whole``: all were counted."""

    count: int
    done: int
    is_whole: bool

    @property
    def open(self) -> int:
        """Those that are not done."""
        return self.count - self.done


@dataclass(frozen=True)
class SprintPage:
    """A sprint and what is asked about it.

    ``sprint`` is None where the change is off, ``inside`` where it was not wanted or cannot be told;
    ``planned`` are the sprints that open issues can go to, none where the person may not move them.
    """

    sprint: Sprint | None
    inside: Inside | None
    planned: tuple[Sprint, ...]
    off: tuple[Off, ...]


def may_make(desk: SprintDesk) -> tuple[bool, tuple[Off, ...]]:
    """Whether the board has sprints, if nothing is off, and what is off for somebody who wants to make one.

    Raises as ``reading`` does.
    """
    with reading(desk.work, desk.registry, desk.board) as reader:
        features = reader.features
        has_sprints = not (features.may(SPRINTS) and features.may(EDIT_SPRINTS)) or _has_sprints(reader)
        if has_sprints and not features.off:
            rights.learn(reader, (EDIT_SPRINTS,), partial(rights.projects_of_board, reader))
            features.may(EDIT_SPRINTS)
        return has_sprints, features.off


def _has_sprints(reader: Reading) -> bool:
    """Jira answers 400 for the sprints of a board without."""
    try:
        _planned(reader)
    except JiraTrouble as trouble:
        if trouble.code is not Code.BAD_REQUEST:
            raise
        return False
    return True


def sprint_page(
    desk: SprintDesk, sprint_id: int, feature: Feature, *, counted: bool = False, aims: bool = False
) -> SprintPage:
    """The sprint for a page that does ``feature`` with it; ``counted`` with its issues, ``aims`` with the
    sprints after it. Raises as ``reading`` does."""
    with reading(desk.work, desk.registry, desk.board) as reader:
        features = reader.features
        if not features.may(feature):
            return SprintPage(None, None, (), features.off)
        try:
            sprint = read_sprint(reader, sprint_id)
        except FeatureOff as error:
            return SprintPage(None, None, (), (error.off,))

        def read() -> tuple[Listing[Issue] | None, tuple[Sprint, ...]]:
            issues = features.read(SPRINT_ISSUES, lambda: issues_of(reader, sprint_id)) if counted else None
            return issues, _planned(reader) if aims and issues and issues.entries else ()

        wanted = (feature, TO_SPRINT) if aims else (feature,)
        issues, planned = rights.beside(reader, wanted, partial(rights.projects_of_board, reader), read)
        if not features.may(feature):
            return SprintPage(None, None, (), features.off)
        planned = planned if planned and features.may(TO_SPRINT) else ()
        return SprintPage(sprint, inside_of(issues) if issues else None, planned, features.off)


def issues_of(reader: Reading, sprint_id: int) -> Listing[Issue]:
    """The issues of a sprint, of whatever board; sub-tasks go where their issues go, and are left out."""
    found = read_pages(lambda start: reader.agile.whole_sprint(sprint_id, start), MOST_ISSUES)
    return Listing(tuple(one for one in found.entries if not one.is_subtask), None, found.cut)


def inside_of(issues: Listing[Issue]) -> Inside:
    """Counted."""
    done = sum(one.is_done for one in issues.entries)
    return Inside(len(issues.entries), done, not issues.cut)


def _planned(reader: Reading) -> tuple[Sprint, ...]:
    board_id = reader.board.jira_board_id
    page = reader.features.read(SPRINTS, lambda: reader.agile.sprints(board_id, ("future",)))
    return tuple(page.entries) if page else ()
