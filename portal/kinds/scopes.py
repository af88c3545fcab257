"""The scopes of Jira Cloud this portal can use: name in Atlassian's console, id, and what needs each.

Names and ids: developer.atlassian.com, "Jira Software scopes for OAuth 2.0 (3LO)" and "Jira scopes for OAuth
2.0 (3LO)"; which call needs which: the scopes of Jira's OpenAPI descriptions. Sprints are written and deleted
by two scopes that the guide of many products calls one permission (mission row C5). What is done with them
stands in :mod:`portal.kinds.features`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

OFFLINE = "offline_access"
READ_ME = "read:me"
READ_USER = "read:jira-user"
REPORT = "report:personal-data"
READ_PERMISSIONS = "read:permission:jira"


@dataclass(frozen=True)
class Scope:
    """One permission. ``api`` is where the console lists it; ``use`` says what it is needed for.

    ``is_required``: without it nobody can connect. ``is_preset``: ticked to begin with. ``for_programs``: not
    this portal itself makes use of it, but programs that send through it to Jira.
    """

    id: str
    name: str
    api: str
    use: str
    is_required: bool = False
    is_preset: bool = False
    for_programs: bool = False


_USER_API = "User Identity API"
GRANULAR = "Jira API, granular scopes"
_CLASSIC = "Jira API, classic scopes"
_REPORTING_API = "Personal Data Reporting API"

SCOPES = (
    Scope("read:project:jira", "View projects", GRANULAR, "Boards", is_preset=True),
    Scope(
        "read:board-scope:jira-software",
        "View boards, backlogs, and related items",
        GRANULAR,
        "Boards and backlogs",
        is_preset=True,
    ),
    Scope("read:epic:jira-software", "View epics and related issues", GRANULAR, "Epics", is_preset=True),
    Scope("write:epic:jira-software", "Update epics", GRANULAR, "Changing epics", is_preset=True),
    Scope("read:sprint:jira-software", "View sprints", GRANULAR, "Sprints", is_preset=True),
    Scope(
        "write:sprint:jira-software",
        "Update sprints",
        GRANULAR,
        "Changing sprints (first half of Update and delete sprints)",
        is_preset=True,
    ),
    Scope(
        "delete:sprint:jira-software",
        "Delete sprints",
        GRANULAR,
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
        REPORT,
        "Report user accounts",
        _REPORTING_API,
        "Asking Atlassian which accounts were closed or changed, so that their data is erased here",
        is_preset=True,
    ),
    Scope(
        "read:board-scope.admin:jira-software",
        "View board configuration",
        GRANULAR,
        "Columns and estimates of boards",
    ),
    Scope("read:issue-details:jira", "View issue details", GRANULAR, "Issues on boards"),
    Scope("read:audit-log:jira", "View audit logs", GRANULAR, "Issues of a sprint (Jira asks for it)"),
    Scope("read:avatar:jira", "View avatars", GRANULAR, "Issues of a sprint, and fields (Jira asks for it)"),
    Scope(
        "read:field-configuration:jira",
        "View field configurations",
        GRANULAR,
        "Issues of a sprint, and fields (Jira asks for it)",
    ),
    Scope("read:issue-meta:jira", "View issue meta", GRANULAR, "Issues of a sprint (Jira asks for it)"),
    Scope("read:field:jira", "View fields", GRANULAR, "Mapping fields"),
    Scope(
        "read:project-category:jira",
        "View project categories",
        GRANULAR,
        "Mapping fields (Jira asks for it)",
    ),
    Scope(
        READ_PERMISSIONS,
        "View permissions",
        GRANULAR,
        "Telling in the checklist, and on boards, what one may do in a project",
    ),
    Scope(
        "read:jira-work",
        "View Jira issue data",
        _CLASSIC,
        "Offering the status an issue may be given, and what a new issue wants",
    ),
    Scope(
        "write:jira-work",
        "Create and manage issues",
        _CLASSIC,
        "Changing the status of issues, and making issues of ideas",
    ),
    Scope(
        "read:jql:jira",
        "View JQL",
        GRANULAR,
        "Issues of a sprint or epic (Jira asks for it)",
        for_programs=True,
    ),
    Scope(
        "write:board-scope:jira-software",
        "Move issues between boards and backlogs",
        GRANULAR,
        "Moving issues to the backlog",
    ),
    Scope(
        "write:issue:jira-software",
        "Rank and estimate issues",
        GRANULAR,
        "Ranking and estimating issues",
        for_programs=True,
    ),
)
BY_ID = {scope.id: scope for scope in SCOPES}
REQUIRED = tuple(scope.id for scope in SCOPES if scope.is_required)
PRESET = tuple(scope.id for scope in SCOPES if scope.is_preset)
OWN_USE = tuple(scope.id for scope in SCOPES if not scope.for_programs)


def with_required(scopes: Iterable[str]) -> tuple[str, ...]:
    """The set asked for at every consent: what was chosen, in the order of :data:`SCOPES`, what identity
    needs, and ``offline_access``, which no console lists and without which nothing could be renewed."""
    chosen = {*scopes, *REQUIRED}
    return (*(scope.id for scope in SCOPES if scope.id in chosen), OFFLINE)


def of_token(chosen: Iterable[str] | None, *, read_only: bool) -> tuple[str, ...]:
    """What an API token needs and no more: of the ``chosen`` ones (None: of all used here) those that Jira
    knows; where nothing is changed through the account, only those that read."""
    wanted = set(OWN_USE if chosen is None else chosen) | {READ_USER}
    ids = [scope.id for scope in SCOPES if scope.id in wanted and scope.api in (GRANULAR, _CLASSIC)]
    return tuple(id for id in ids if id.startswith("read:") or not read_only)


def names_of(scopes: Iterable[str]) -> str:
    """Scopes as a person reads them: name and id, in the order of :data:`SCOPES`."""
    wanted = set(scopes)
    known = [f"{scope.name} ({scope.id})" for scope in SCOPES if scope.id in wanted]
    return ", ".join([*known, *sorted(wanted - set(BY_ID))])
