"""The permissions an app can ask for, by name and id, and which of them each endpoint wants.

Ids and what an endpoint wants: Atlassian's OpenAPI descriptions of the Jira platform and Jira Software of
2024-10. An endpoint of the platform takes the one classic scope or the whole granular bundle; Jira Software
knows granular scopes only.
"""

from __future__ import annotations

from dataclasses import dataclass

OFFLINE = "offline_access"
APIS = {
    "personal-data": "Personal data reporting API",
    "user-identity": "User Identity API",
    "jira": "Jira API",
}


@dataclass(frozen=True)
class Scope:
    """A permission: its id, its name as people read it, and the API it belongs to."""

    id: str
    name: str
    api: str
    kind: str


def _scopes(api: str, kind: str, suffix: str, rows: dict[str, str]) -> list[Scope]:
    return [Scope(scope + suffix, name, api, kind) for scope, name in rows.items()]


_PLATFORM = {
    "read:application-role": "View application roles",
    "read:audit-log": "View audit logs",
    "read:avatar": "View avatars",
    "read:field": "View fields",
    "read:field-configuration": "View field configurations",
    "read:field.default-value": "View field default values",
    "read:field.option": "View field options",
    "read:group": "View groups",
    "read:issue": "View issues",
    "read:issue-details": "View issue details",
    "read:issue-meta": "View issue meta",
    "read:issue-type": "View issue types",
    "read:issue-type-hierarchy": "View issue type hierarchies",
    "read:jql": "View JQL",
    "read:permission": "View permissions",
    "read:project": "View projects",
    "read:project-category": "View project categories",
    "read:project-version": "View project versions",
    "read:project.component": "View project components",
    "read:project.property": "View project properties",
    "read:status": "View statuses",
    "read:user": "View users",
    "write:issue": "Create and update issues",
}
_SOFTWARE = {
    "read:board-scope": "View boards, backlogs, and related items",
    "write:board-scope": "Move issues between boards and backlogs",
    "read:board-scope.admin": "View board configuration",
    "write:board-scope.admin": "Create and update board configuration",
    "delete:board-scope.admin": "Delete board configuration",
    "read:epic": "View epics and related issues",
    "write:epic": "Update epics",
    "read:issue": "View issues on boards",
    "write:issue": "Rank and estimate issues",
    "read:sprint": "View sprints",
    "write:sprint": "Create and update sprints",
    "delete:sprint": "Delete sprints",
}
_CLASSIC = {
    "read:jira-user": "View user profiles",
    "read:jira-work": "View Jira issue data",
    "write:jira-work": "Create and manage issues",
    "manage:jira-project": "Manage project settings",
    "manage:jira-configuration": "Manage Jira global settings",
    "manage:jira-webhook": "Manage Jira webhooks",
}
SCOPES: dict[str, Scope] = {
    scope.id: scope
    for scope in (
        *_scopes("personal-data", "classic", "", {"report:personal-data": "Report user accounts"}),
        *_scopes("user-identity", "classic", "", {"read:me": "View active user profile"}),
        *_scopes("user-identity", "classic", "", {"read:account": "View user profiles of the account"}),
        *_scopes("jira", "classic", "", _CLASSIC),
        *_scopes("jira", "granular", ":jira", _PLATFORM),
        *_scopes("jira", "granular", ":jira-software", _SOFTWARE),
    )
}

Bundles = tuple[frozenset[str], ...]


def _platform(classic: str, granular: str) -> Bundles:
    return frozenset({classic}), frozenset(f"read:{name}:jira" for name in granular.split())


def _software(granular: str) -> Bundles:
    return (frozenset(f"read:{name}" for name in granular.split()),)


_GET_SEARCH = "issue-details audit-log avatar field-configuration issue-meta"
_POST_SEARCH = "issue-details field.default-value field.option field group"
_PROJECTS = (
    "issue-type project project.property user application-role avatar group issue-type-hierarchy "
    "project-category project-version project.component"
)
_BOARD = "board-scope:jira-software issue-details:jira"
_SPRINT_ISSUES = "sprint:jira-software issue-details:jira jql:jira"

WANTED: dict[str, Bundles] = {
    "GET /rest/api/3/myself": _platform("read:jira-user", "application-role group user avatar"),
    "GET /rest/api/3/serverInfo": (),
    "GET /rest/api/3/field": _platform(
        "read:jira-work", "field avatar project-category project field-configuration"
    ),
    "GET /rest/api/3/mypermissions": _platform("read:jira-work", "permission"),
    "GET /rest/api/3/project/search": _platform("read:jira-work", _PROJECTS),
    "GET /rest/api/3/search": _platform("read:jira-work", _GET_SEARCH),
    "POST /rest/api/3/search": _platform("read:jira-work", _POST_SEARCH),
    "GET /rest/api/3/search/jql": _platform("read:jira-work", _GET_SEARCH),
    "POST /rest/api/3/search/jql": _platform("read:jira-work", _POST_SEARCH),
    "GET /rest/agile/1.0/board": _software("board-scope:jira-software project:jira"),
    "GET /rest/agile/1.0/board/<int:board_id>": _software(_BOARD),
    "GET /rest/agile/1.0/board/<int:board_id>/configuration": _software(
        "board-scope.admin:jira-software project:jira"
    ),
    "GET /rest/agile/1.0/board/<int:board_id>/sprint": _software("sprint:jira-software"),
    "GET /rest/agile/1.0/board/<int:board_id>/sprint/<int:sprint_id>/issue": _software(_SPRINT_ISSUES),
    "GET /rest/agile/1.0/board/<int:board_id>/epic": _software("epic:jira-software"),
    "GET /rest/agile/1.0/board/<int:board_id>/issue": _software(_BOARD),
    "GET /rest/agile/1.0/board/<int:board_id>/backlog": _software(_BOARD),
    "GET /rest/agile/1.0/sprint/<int:sprint_id>": _software("sprint:jira-software"),
    "GET /rest/agile/1.0/sprint/<int:sprint_id>/issue": _software(_SPRINT_ISSUES),
}
"""Method and route to the bundles that open it; none at all: anonymous callers may read it."""


def opens(bundles: Bundles, scopes: set[str]) -> bool:
    """Whether one of the bundles is held as a whole."""
    return not bundles or any(bundle <= scopes for bundle in bundles)


def jira_scopes(scopes: list[str]) -> list[str]:
    """Those that belong to Jira, in their order."""
    return [scope for scope in scopes if scope in SCOPES and SCOPES[scope].api == "jira"]
