"""The two ways Jira has for epics: those of company-managed projects, and those of team-managed ones."""

from dataclasses import dataclass, replace

from portal.boards.features import FOUND_EPICS, ONE_ISSUE, FeatureOff
from portal.boards.live import MOST_EPICS
from portal.boards.named_issues import known_issue
from portal.boards.paging import Listing, read_pages
from portal.boards.reading import Reading
from portal.errors import NotHere
from portal.jira import jql
from portal.jira.agile import BoardConfiguration, Epic
from portal.jira.answers import Code, JiraTrouble
from portal.jira.epic_calls import one_epic
from portal.jira.issues import Issue
from portal.kinds.features import EDIT_EPICS, EPIC_OF_ISSUE, EPICS, Feature

# An epic of a team-managed project is changed as any issue is.
EDIT_FOUND_EPICS = replace(EPIC_OF_ISSUE, name="edit_found_epics", title="Changing epics")


@dataclass(frozen=True)
class EpicWay:
    """What reads an epic, changes it, and puts issues into it; ``project_key`` is that of a team-managed
    project, and empty for the others."""

    read: Feature = EPICS
    edit: Feature = EDIT_EPICS
    move: Feature = EDIT_EPICS
    project_key: str = ""

    @property
    def is_team_managed(self) -> bool:
        """Whether its epics are none of Jira's agile interface."""
        return bool(self.project_key)


def way_of_project(project_key: str) -> EpicWay:
    """That of a team-managed project; empty: of all others."""
    return EpicWay(ONE_ISSUE, EDIT_FOUND_EPICS, EPIC_OF_ISSUE, project_key) if project_key else EpicWay()


def way_of_board(configuration: BoardConfiguration | None) -> EpicWay:
    """As far as the board's configuration tells."""
    is_team_managed = configuration is not None and configuration.is_team_managed
    return way_of_project(configuration.project_key if configuration and is_team_managed else "")


def way_of_issue(issue: Issue | None) -> EpicWay:
    """By the project of an issue that was read with the field :data:`PROJECT`."""
    return way_of_project(issue.project_key if issue and issue.is_team_managed else "")


def way_of_key(reader: Reading, key: str) -> EpicWay:
    """The same, where only Cloud has to be asked. Without the permission to read one issue the epics are
    taken for company-managed: Jira refuses what is tried where they are not. Raises JiraTrouble."""
    if not reader.acting.jira.is_cloud:
        return EpicWay()
    try:
        return way_of_issue(known_issue(reader, key))
    except FeatureOff:
        return EpicWay()


def way_and_epic(reader: Reading, key: str) -> tuple[EpicWay, bool]:
    """As :func:`way_of_key`, and whether the key is that of an epic, which is taken for granted without the
    permission to see it. Server has no mark at an issue that tells it, whatever its type is called: there
    the epic itself is asked for. Raises JiraTrouble.
    """
    jira = reader.acting.jira
    try:
        if jira.is_cloud:
            issue = known_issue(reader, key)
            return way_of_issue(issue), issue.is_epic
        reader.features.need(EPICS, lambda: one_epic(jira, key))
    except FeatureOff:
        return EpicWay(), True
    except JiraTrouble as trouble:
        if jira.is_cloud or trouble.code is not Code.NOT_FOUND:
            raise
        return EpicWay(), False
    return EpicWay(), True


def epics_of_board(reader: Reading, way: EpicWay) -> Listing[Epic] | None:
    """The first epics of the board, None while they are off."""
    agile, board_id = reader.agile, reader.board.jira_board_id
    if way.is_team_managed:
        return reader.features.read(
            FOUND_EPICS,
            lambda: read_pages(lambda start: agile.epics_of_project(way.project_key, start), MOST_EPICS),
        )
    return reader.features.read(
        EPICS, lambda: read_pages(lambda start: agile.epics(board_id, start), MOST_EPICS)
    )


def expect_key(key: str) -> None:
    """Raises :class:`NotHere` for what is no key of an issue, and for one with blanks around it."""
    if not jql.is_key(key) or key != key.strip():
        raise NotHere
