"""What the account may do in the projects of the chosen boards."""

from collections.abc import Callable, Mapping
from functools import partial

from portal.checklist.calls import Calls, NotAsked
from portal.checklist.checks.data import OF_SCOPES, STOPS, acts_as, asks_for_boards, boards_looked_at
from portal.checklist.outcome import Outcome, State, failed, proved, unknown, waiting
from portal.checklist.row import Row
from portal.checklist.scene import KeptBoard
from portal.checklist.words import many
from portal.jira.agile import Agile, Board
from portal.jira.answers import Code, JiraTrouble
from portal.jira.permissions import Permission, my_permissions
from portal.kinds.features import BOARDS
from portal.kinds.scopes import READ_PERMISSIONS, names_of

# Each costs two calls; they are those first by key.
MOST_PROJECTS = 20
BROWSE = "BROWSE_PROJECTS"
# Jira's keys, with what they are called in English where Jira tells no name.
NAMES = {
    BROWSE: "Browse Projects",
    "CREATE_ISSUES": "Create Issues",
    "EDIT_ISSUES": "Edit Issues",
    "MANAGE_SPRINTS_PERMISSION": "Manage Sprints",
}
# A Jira that knows one key of a call not refuses all of it, so those of Jira Software are asked for apart.
_OF_ISSUES: tuple[str, ...] = (BROWSE, "CREATE_ISSUES", "EDIT_ISSUES")
_OF_SPRINTS: tuple[str, ...] = ("MANAGE_SPRINTS_PERMISSION",)
# Atlassian, "Jira scopes for OAuth 2.0 (3LO)": either of them opens the call.
_OPENING = frozenset({"read:jira-work", READ_PERMISSIONS})

Told = list[Permission] | JiraTrouble | NotAsked


def permissions(calls: Calls) -> Outcome:
    """Whether the account may do what it is for, project by project."""
    if not calls.scene.boards:
        return unknown("no_board_chosen")
    own = calls.scene.account.own
    if own is not None and own.scopes is not None and not is_opened_by_scope(calls):
        return _closed(calls)
    found = _places(calls)
    if isinstance(found, Outcome):
        return found
    places, boards_left, is_untold = found
    some = {project: places[project] for project in sorted(places)[:MOST_PROJECTS]}
    asked = _questions(some, is_read_only=calls.scene.account.read_only)
    answers = calls.side_by_side([partial(_ask, calls, keys, project) for project, keys in asked], STOPS)
    told: dict[tuple[str, tuple[str, ...]], Told] = dict(zip(asked, answers, strict=True))
    unasked = {project for (project, _), one in told.items() if isinstance(one, NotAsked)}
    left = [(boards_left, "board"), (len(places) - len(some) + len(unasked), "project")]
    outcome = _outcome(calls, told, " and ".join(many(number, word) for number, word in left if number))
    # Of a board that did not tell its projects nothing is known.
    is_well = outcome.state is State.PROVED
    return unknown("projects_untold", tried=outcome.tried) if is_well and is_untold else outcome


def is_opened_by_scope(calls: Calls) -> bool:
    """Whether a scope that was granted, as far as any is told, opens the call."""
    own = calls.scene.account.own
    return own is not None and own.scopes is not None and bool(own.scopes & _OPENING)


def _closed(calls: Calls, tried: str = "") -> Outcome:
    """What was granted does not open the call; whose it is to grant more decides what to do."""
    account = calls.scene.account
    if not account.kind.is_cloud:
        return unknown("projects_untold", tried=tried)
    is_token = account.own is not None and account.own.is_pasted
    shared = "shared_permissions_untold" if account.is_by_shared_app else "permissions_untold"
    return unknown("token_permissions_untold" if is_token else shared, tried=tried)


def _places(calls: Calls) -> tuple[dict[str, bool], int, bool] | Outcome:
    """The projects of the boards that are there, and whether one of their boards can have sprints; then how
    many boards were not looked at, and whether one did not tell its projects.

    A board of Jira Cloud names its project; elsewhere the projects are asked for, at the same time as boards.
    """
    kept, is_cloud = boards_looked_at(calls), calls.scene.account.kind.is_cloud
    asks: list[Callable[[], object]] = [*asks_for_boards(calls)]
    if not is_cloud:
        asks += [partial(_projects, calls, board) for board in kept]
    told = calls.side_by_side(asks, STOPS)
    passed_over = {number % len(kept) for number, one in enumerate(told) if isinstance(one, NotAsked)}
    left = len(calls.scene.boards) - len(kept) + len(passed_over)
    boards = [(board, number) for number, board in enumerate(told[: len(kept)]) if isinstance(board, Board)]
    if not boards and not passed_over:
        is_told = any(isinstance(one, JiraTrouble) and one.code not in OF_SCOPES for one in told)
        return waiting("boards") if is_told else unknown("boards_untold", scopes=names_of(BOARDS.scopes))
    places: dict[str, bool] = {}
    for board, number in boards:
        for project in [board.project_key] if is_cloud else _keys(told[len(kept) + number]):
            places[project] = places.get(project, False) or board.type != "kanban"
    is_untold = not is_cloud and any(isinstance(told[len(kept) + n], JiraTrouble) for _, n in boards)
    if is_untold and not places:
        return unknown("projects_untold")
    return places, left, is_untold


def _projects(calls: Calls, kept: KeptBoard) -> list[str]:
    with calls.as_account() as acting:
        return Agile(acting.jira).project_keys(kept.id)


def _keys(told: object) -> list[str]:
    """The projects of a board; one without name, which is any, where it has none of its own."""
    if isinstance(told, JiraTrouble | NotAsked):
        return []
    return told if isinstance(told, list) and told else [""]


def _questions(places: Mapping[str, bool], *, is_read_only: bool) -> list[tuple[str, tuple[str, ...]]]:
    """What to ask of which project: sprints where there can be some, and changing where we may."""
    if is_read_only:
        return [(project, (BROWSE,)) for project in sorted(places)]
    of_sprints = [(project, _OF_SPRINTS) for project in sorted(places) if places[project]]
    return [(project, _OF_ISSUES) for project in sorted(places)] + of_sprints


def _ask(calls: Calls, keys: tuple[str, ...], project: str) -> list[Permission]:
    with calls.as_account() as acting:
        return my_permissions(acting.jira, keys, project)


def _outcome(calls: Calls, told: Mapping[tuple[str, tuple[str, ...]], Told], left: str) -> Outcome:
    projects = list(
        dict.fromkeys(project for (project, _), one in told.items() if not isinstance(one, NotAsked))
    )
    tried = f"Asked what the account may do in {', '.join(_project(one) for one in projects)}."
    lacking = {
        project: [name for one in _of(project, told) for name in _lacking(one)] for project in projects
    }
    troubles = [one for one in told.values() if isinstance(one, JiraTrouble)]
    if any(lacking.values()):
        missing = "; ".join(
            f"{', '.join(names)} in {_project(project)}" for project, names in lacking.items() if names
        )
        return failed("permissions_missing", tried=tried, missing=missing, user=acts_as(calls))
    held = dict.fromkeys(one.name or NAMES[one.key] for said in told.values() for one in _held(said))
    if left:
        return unknown("permissions_unasked", tried=tried, left=left)
    if not held or any(trouble.code in OF_SCOPES for trouble in troubles):
        return _closed(calls, tried)
    return proved(f"{acts_as(calls)} has {', '.join(held)} in {', '.join(map(_project, projects))}.", tried)


def _of(project: str, told: Mapping[tuple[str, tuple[str, ...]], Told]) -> list[Told]:
    return [one for (of_project, _), one in told.items() if of_project == project]


def _lacking(told: Told) -> list[str]:
    """Names of what is not held. Raises the trouble that says nothing of permissions."""
    if isinstance(told, list):
        return [f"“{one.name or NAMES[one.key]}”" for one in told if not one.held]
    if isinstance(told, NotAsked):
        return []
    if told.code not in {Code.NOT_FOUND, Code.BAD_REQUEST, *OF_SCOPES}:
        raise told
    # A project is hidden from whoever may not browse it; a key this Jira does not know cannot be held.
    return [f"“{NAMES[BROWSE]}”"] if told.code is Code.NOT_FOUND else []


def _held(told: Told) -> list[Permission]:
    return told if isinstance(told, list) else []


def _project(key: str) -> str:
    return f"project {key}" if key else "any project (a board names none)"


ROWS = (
    Row(
        "permissions",
        "Permissions in the projects of the chosen boards",
        permissions,
        after=("identity",),
        uses=("boards",),
    ),
)
