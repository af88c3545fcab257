"""What there is to choose before an idea is pushed: projects, types of issue, and what their forms want."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.boards.asked_fields import OWN, Screen, screen_of
from portal.boards.boards import BoardView
from portal.boards.features import FeatureOff, Off
from portal.boards.idea_views import IdeaView
from portal.boards.reading import Reading, reading
from portal.credentials.registry import Registry
from portal.jira import new_issues
from portal.jira.answers import Code, JiraTrouble
from portal.jira.found_issues import DESCRIPTION
from portal.jira.jql import is_key
from portal.jira.new_issues import IssueType, Project, ScreenField
from portal.kinds.features import COLUMNS, NEW_ISSUES
from portal.store.work import Work


@dataclass(frozen=True)
class PushPage:
    """What there is to choose, each None before it is its turn; ``off`` is why there is nothing.

    ``gone`` is a sentence about what was chosen and is not there.
    """

    projects: tuple[Project, ...] | None = None
    project: str = ""
    types: tuple[IssueType, ...] | None = None
    type: IssueType | None = None
    screen: Screen | None = None
    off: tuple[Off, ...] = ()
    gone: str = ""


def is_project(typed: str) -> bool:
    """Whether this is the key of a project."""
    return is_key(f"{typed}-1") and typed == typed.strip()


def read_choices(
    work: Work, registry: Registry, board: BoardView, idea: IdeaView, project: str, type_id: str
) -> PushPage:
    """Projects, types of the chosen one, fields of the chosen type, as the person at work may make issues.

    The only project is chosen. Raises as ``reading`` does.
    """
    project, gone = project if is_project(project) else "", ""
    with reading(work, registry, board) as reader:
        jira, need = reader.acting.jira, reader.features.need
        try:
            types = need(NEW_ISSUES, lambda: _types(reader, project)) if project else None
            if types is None:
                gone = f"Jira shows you no project {project}." if project else ""
                listed = need(NEW_ISSUES, lambda: _projects(reader))
                if gone or len(listed) != 1:
                    return PushPage(projects=tuple(listed), gone=gone)
                project = listed[0].key
                types = need(NEW_ISSUES, lambda: new_issues.issue_types(jira, project))
            page = PushPage(project=project, types=tuple(types))
            chosen = next((one for one in types if one.id == type_id), None)
            if chosen is None:
                gone = f"In {project} Jira offers you that type of issue no longer." if type_id else ""
                return replace(page, gone=gone)
            fields = need(NEW_ISSUES, lambda: new_issues.screen_fields(jira, project, chosen.id))
            return replace(page, type=chosen, screen=screen_for(idea, fields))
        except FeatureOff as error:
            return PushPage(off=(error.off,))


def screen_for(idea: IdeaView, fields: Sequence[ScreenField]) -> Screen:
    """What to ask for. A description that Jira wants and the idea has not is asked for as well."""
    return screen_of(fields, OWN if idea.description else OWN - {DESCRIPTION})


def _types(reader: Reading, project: str) -> list[IssueType] | None:
    """None where Jira shows no such project."""
    try:
        return new_issues.issue_types(reader.acting.jira, project)
    except JiraTrouble as trouble:
        if trouble.code is not Code.NOT_FOUND:
            raise
        return None


def _projects(reader: Reading) -> list[Project]:
    """Those of the board; where Jira tells none of it, all."""
    agile, board_id = reader.agile, reader.board.jira_board_id
    try:
        keys = reader.features.read(COLUMNS, lambda: agile.project_keys(board_id))
    except JiraTrouble as trouble:
        if trouble.code not in (Code.NOT_FOUND, Code.NOT_JIRA, Code.FORBIDDEN, Code.BAD_REQUEST):
            raise
        keys = None
    if keys:
        return [Project(key, key) for key in keys]
    return new_issues.projects(reader.acting.jira)
