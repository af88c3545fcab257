"""The permissions an app can ask for, by name and id (Atlassian's OpenAPI descriptions of 2024-10)."""

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
_DELETE = {
    "delete:async-task": "Cancel asynchronous tasks",
    "delete:attachment": "Delete attachments",
    "delete:avatar": "Delete avatars",
    "delete:build-info": "Delete build information",
    "delete:cmdb-attribute": "Delete attributes of Assets",
    "delete:cmdb-object": "Delete objects of Assets",
    "delete:cmdb-schema": "Delete schemas of Assets",
    "delete:cmdb-type": "Delete types of Assets",
    "delete:comment": "Delete comments",
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
        *_scopes("jira", "granular", ":jira", _PLATFORM | _DELETE),
        *_scopes("jira", "granular", ":jira-software", _SOFTWARE),
    )
}


def jira_scopes(scopes: list[str]) -> list[str]:
    """Those that belong to Jira, in their order."""
    return [scope for scope in scopes if scope in SCOPES and SCOPES[scope].api == "jira"]
