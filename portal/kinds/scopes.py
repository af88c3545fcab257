"""The scopes of Jira Cloud this portal can use: name in Atlassian's console, id, and what needs each.

Names and ids: developer.atlassian.com, "Jira Software scopes for OAuth 2.0 (3LO)" and "Jira scopes for OAuth
2.0 (3LO)"; which call needs which: the scopes of Jira's OpenAPI descriptions. Sprints are written and deleted
by two scopes that the guide of many products calls one permission (mission row C5).
"""

from collections.abc import Iterable
from dataclasses import dataclass

OFFLINE = "offline_access"
READ_ME = "read:me"
READ_USER = "read:jira-user"


@dataclass(frozen=True)
class Scope:
    """One permission. ``api`` is where the console lists it; ``use`` says what it is needed for.

    ``is_required``: without it nobody can connect. ``is_preset``: ticked to begin with.
    """

    id: str
    name: str
    api: str
    use: str
    is_required: bool = False
    is_preset: bool = False


@dataclass(frozen=True)
class Feature:
    """What a person can do here, and the scopes that all of its calls together need."""

    name: str
    title: str
    scopes: frozenset[str]


_USER_API = "User Identity API"
_GRANULAR = "Jira API, granular scopes"
_CLASSIC = "Jira API, classic scopes"

SCOPES = (
    Scope("read:project:jira", "View projects", _GRANULAR, "Boards", is_preset=True),
    Scope(
        "read:board-scope:jira-software",
        "View boards, backlogs, and related items",
        _GRANULAR,
        "Boards and backlogs",
        is_preset=True,
    ),
    Scope("read:epic:jira-software", "View epics and related issues", _GRANULAR, "Epics", is_preset=True),
    Scope("write:epic:jira-software", "Update epics", _GRANULAR, "Changing epics", is_preset=True),
    Scope("read:sprint:jira-software", "View sprints", _GRANULAR, "Sprints", is_preset=True),
    Scope(
        "write:sprint:jira-software",
        "Update sprints",
        _GRANULAR,
        "Changing sprints (first half of Update and delete sprints)",
        is_preset=True,
    ),
    Scope(
        "delete:sprint:jira-software",
        "Delete sprints",
        _GRANULAR,
        "Deleting sprints (second half of Update and delete sprints)",
        is_preset=True,
    ),
    Scope(
        READ_USER,
        "View user profiles",
        _CLASSIC,
        "Proving who somebody is in Jira",
        is_required=True,
        is_preset=True,
    ),
    Scope(
        READ_ME,
        "View active user profile",
        _USER_API,
        "Proving whose Atlassian account it is",
        is_required=True,
        is_preset=True,
    ),
    Scope(
        "read:board-scope.admin:jira-software",
        "View board configuration",
        _GRANULAR,
        "Columns and estimates of boards",
    ),
    Scope("read:issue-details:jira", "View issue details", _GRANULAR, "Issues on boards"),
    Scope("read:audit-log:jira", "View audit logs", _GRANULAR, "Issues of a sprint (Jira asks for it)"),
    Scope("read:avatar:jira", "View avatars", _GRANULAR, "Issues of a sprint, and fields (Jira asks for it)"),
    Scope(
        "read:field-configuration:jira",
        "View field configurations",
        _GRANULAR,
        "Issues of a sprint, and fields (Jira asks for it)",
    ),
    Scope("read:issue-meta:jira", "View issue meta", _GRANULAR, "Issues of a sprint (Jira asks for it)"),
    Scope("read:field:jira", "View fields", _GRANULAR, "Mapping fields"),
    Scope(
        "read:project-category:jira",
        "View project categories",
        _GRANULAR,
        "Mapping fields (Jira asks for it)",
    ),
)
BY_ID = {scope.id: scope for scope in SCOPES}
REQUIRED = tuple(scope.id for scope in SCOPES if scope.is_required)
PRESET = tuple(scope.id for scope in SCOPES if scope.is_preset)

BOARDS = Feature("boards", "Boards", frozenset({"read:project:jira", "read:board-scope:jira-software"}))
SPRINTS = Feature("sprints", "Sprints", frozenset({"read:sprint:jira-software"}))
EPICS = Feature("epics", "Epics", frozenset({"read:epic:jira-software"}))
COLUMNS = Feature(
    "columns",
    "Columns",
    frozenset({"read:board-scope.admin:jira-software", "read:project:jira"}),
)
BACKLOG = Feature(
    "backlog", "Backlog", frozenset({"read:board-scope:jira-software", "read:issue-details:jira"})
)
SPRINT_ISSUES = Feature(
    "sprint_issues",
    "Issues of sprints",
    frozenset(
        {
            "read:issue-details:jira",
            "read:audit-log:jira",
            "read:avatar:jira",
            "read:field-configuration:jira",
            "read:issue-meta:jira",
        }
    ),
)
FIELDS = Feature(
    "fields",
    "Mapping fields",
    frozenset(
        {
            "read:field:jira",
            "read:avatar:jira",
            "read:project-category:jira",
            "read:project:jira",
            "read:field-configuration:jira",
        }
    ),
)
FEATURES = (BOARDS, BACKLOG, COLUMNS, SPRINTS, SPRINT_ISSUES, EPICS, FIELDS)


def with_required(scopes: Iterable[str]) -> tuple[str, ...]:
    """The set asked for at every consent: what was chosen, in the order of :data:`SCOPES`, what identity
    needs, and ``offline_access``, which no console lists and without which nothing could be renewed."""
    chosen = {*scopes, *REQUIRED}
    return (*(scope.id for scope in SCOPES if scope.id in chosen), OFFLINE)


def missing(feature: Feature, granted: frozenset[str] | None) -> list[Scope]:
    """The scopes a feature lacks; none where ``granted`` is None: not every kind knows scopes."""
    if granted is None:
        return []
    return [scope for scope in SCOPES if scope.id in feature.scopes - granted]


def switched_off(granted: frozenset[str]) -> list[tuple[Feature, list[Scope]]]:
    """Every feature that does not work with these scopes, with those it lacks."""
    return [(feature, lacking) for feature in FEATURES if (lacking := missing(feature, granted))]


def names_of(scopes: Iterable[str]) -> str:
    """Scopes as a person reads them: name and id, in the order of :data:`SCOPES`."""
    wanted = set(scopes)
    known = [f"{scope.name} ({scope.id})" for scope in SCOPES if scope.id in wanted]
    return ", ".join([*known, *sorted(wanted - set(BY_ID))])
