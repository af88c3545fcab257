"""What a person can do with Jira Cloud here, and the scopes each of it needs (mission row C5).

Which call needs which scope: the scopes of Jira's OpenAPI descriptions.
"""

from dataclasses import dataclass

from portal.kinds.scopes import READ_PERMISSIONS, SCOPES, Scope

READ_WORK = "read:jira-work"
_PLATFORM = ":jira"  # how its granular scopes end
# What a user can be given in a project of Jira, by its name in English, with Jira's key.
RIGHTS = {
    "Create issues": "CREATE_ISSUES",
    "Edit issues": "EDIT_ISSUES",
    "Link issues": "LINK_ISSUES",
    "Manage sprints": "MANAGE_SPRINTS_PERMISSION",
    "Schedule issues": "SCHEDULE_ISSUES",
    "Transition issues": "TRANSITION_ISSUES",
}


@dataclass(frozen=True)
class Feature:
    """What a person can do here, and the scopes that all of its calls together need.

    ``permission``: for a change, what a user has to be given for it in the project, one of :data:`RIGHTS`.
    ``classic``: the scope that Jira's platform takes in the place of its granular ones; Jira Software takes
    none.
    """

    name: str
    title: str
    scopes: frozenset[str]
    permission: str = ""
    classic: str = ""

    @property
    def changes(self) -> bool:
        """Whether it changes anything in Jira."""
        return bool(self.permission)

    @property
    def right(self) -> str:
        """Jira's key of that permission, empty for what changes nothing."""
        return RIGHTS.get(self.permission, "")


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
    classic=READ_WORK,
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
    classic=READ_WORK,
)
# Asking what one may do in a project: without it nothing is off, only told later.
OWN_RIGHTS = Feature(
    "own_rights", "Own permissions in projects", frozenset({READ_PERMISSIONS}), classic=READ_WORK
)
# What reads: each can be tried without changing anything.
FEATURES = (BOARDS, BACKLOG, COLUMNS, SPRINTS, SPRINT_ISSUES, EPICS, FIELDS)

# Changes. What is offered for one to choose among is read with permissions of its own.
EDIT_EPICS = Feature("edit_epics", "Changing epics", frozenset({"write:epic:jira-software"}), "Edit issues")
EDIT_SPRINTS = Feature(
    "edit_sprints", "Changing sprints", frozenset({"write:sprint:jira-software"}), "Manage sprints"
)
DELETE_SPRINTS = Feature(
    "delete_sprints", "Deleting sprints", frozenset({"delete:sprint:jira-software"}), "Manage sprints"
)
TO_BACKLOG = Feature(
    "to_backlog",
    "Moving issues to the backlog",
    frozenset({"write:board-scope:jira-software"}),
    "Schedule issues",
)
_WORK = frozenset({READ_WORK, "write:jira-work"})
STATUS = Feature("status", "Changing the status of issues", _WORK, "Transition issues")
EPIC_OF_ISSUE = Feature("epic_of_issue", "Changing the epic of issues", _WORK, "Edit issues")
NEW_ISSUES = Feature("new_issues", "Pushing ideas to Jira", _WORK, "Create issues")
LINK_BACK = Feature("link_back", "Links from issues to ideas", _WORK, "Link issues")
CHANGES = (
    EDIT_EPICS,
    EDIT_SPRINTS,
    DELETE_SPRINTS,
    TO_BACKLOG,
    STATUS,
    EPIC_OF_ISSUE,
    NEW_ISSUES,
    LINK_BACK,
)


def missing(feature: Feature, granted: frozenset[str] | None) -> list[Scope]:
    """The scopes a feature lacks; none where ``granted`` is None: not every kind knows scopes."""
    if granted is None:
        return []
    lacking = feature.scopes - granted
    if feature.classic in granted:
        lacking = frozenset(id for id in lacking if not id.endswith(_PLATFORM))
    return [scope for scope in SCOPES if scope.id in lacking]


def switched_off(granted: frozenset[str]) -> list[tuple[Feature, list[Scope]]]:
    """Every feature that does not work with these scopes, with those it lacks."""
    return [(feature, lacking) for feature in (*FEATURES, *CHANGES) if (lacking := missing(feature, granted))]
