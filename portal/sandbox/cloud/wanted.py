"""Which permissions each endpoint wants, by Atlassian's OpenAPI descriptions of 2024-10.

An endpoint of the platform takes the one classic scope or the whole granular bundle; Jira Software knows
granular scopes only.
"""

from __future__ import annotations

Bundles = tuple[frozenset[str], ...]


def _platform(classic: str, granular: str) -> Bundles:
    """The classic scope, or all granular ones; those without a verb are read."""
    ids = (name if ":" in name else f"read:{name}" for name in granular.split())
    return frozenset({classic}), frozenset(f"{name}:jira" for name in ids)


def _software(granular: str) -> Bundles:
    return (frozenset(f"read:{name}" for name in granular.split()),)


def _writing(*granular: str) -> Bundles:
    return (frozenset(f"{name}:jira-software" for name in granular),)


_GET_SEARCH = "issue-details audit-log avatar field-configuration issue-meta"
_POST_SEARCH = "issue-details field.default-value field.option field group"
_PROJECTS = (
    "issue-type project project.property user application-role avatar group issue-type-hierarchy "
    "project-category project-version project.component"
)
_BOARD = "board-scope:jira-software issue-details:jira"
_SPRINT_ISSUES = "sprint:jira-software issue-details:jira jql:jira"

READ, WRITE, PEOPLE = "read:jira-work", "write:jira-work", "read:jira-user"
_META = "issue-meta avatar field-configuration"
_COMMENT = "comment comment.property group project project-role user avatar"
_WORKLOG = "group issue-worklog issue-worklog.property project-role user avatar"
_EPIC_ISSUES = "epic:jira-software issue-details:jira jql:jira"
_ISSUE, _AGILE = "/rest/api/3/issue/<key>", "/rest/agile/1.0"
_COMMENT_PATH, _LINK_PATH = f"{_ISSUE}/comment/<comment_id>", f"{_ISSUE}/remotelink/<int:link_id>"
_SPRINT = f"{_AGILE}/sprint/<int:sprint_id>"

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
    "GET /rest/api/3/project": _platform(READ, _PROJECTS),
    "GET /rest/api/3/project/<key>": _platform(READ, _PROJECTS),
    "GET /rest/api/3/issuetype": _platform(READ, "issue-type avatar project-category project"),
    "GET /rest/api/3/status": _platform(READ, "status"),
    "GET /rest/api/3/priority": _platform(READ, "priority"),
    "GET /rest/api/3/user": _platform(PEOPLE, "application-role group user avatar"),
    "GET /rest/api/3/user/search": _platform(PEOPLE, "user user.property application-role avatar group"),
    "GET /rest/api/3/user/assignable/search": _platform(
        PEOPLE, "issue project user application-role avatar group"
    ),
    "GET /rest/api/3/issue/createmeta": _platform(READ, _META),
    "GET /rest/api/3/issue/createmeta/<key>/issuetypes": _platform(READ, _META),
    "GET /rest/api/3/issue/createmeta/<key>/issuetypes/<type_id>": _platform(READ, _META),
    "POST /rest/api/3/issue": _platform(
        WRITE, "write:issue write:comment write:comment.property write:attachment issue"
    ),
    f"GET {_ISSUE}": _platform(
        READ,
        "issue-meta issue-security-level issue.vote issue.changelog avatar issue status user "
        "field-configuration",
    ),
    f"PUT {_ISSUE}": _platform(WRITE, "write:issue"),
    f"DELETE {_ISSUE}": _platform(WRITE, "delete:issue"),
    f"PUT {_ISSUE}/assignee": _platform(WRITE, "write:issue"),
    f"GET {_ISSUE}/editmeta": _platform(READ, "issue-meta field-configuration"),
    f"GET {_ISSUE}/transitions": _platform(READ, "issue.transition status field-configuration"),
    f"POST {_ISSUE}/transitions": _platform(WRITE, "write:issue write:issue.property"),
    f"GET {_ISSUE}/comment": _platform(READ, _COMMENT),
    f"POST {_ISSUE}/comment": _platform(WRITE, f"{_COMMENT} write:comment"),
    f"GET {_COMMENT_PATH}": _platform(READ, _COMMENT),
    f"PUT {_COMMENT_PATH}": _platform(WRITE, f"{_COMMENT} write:comment"),
    f"DELETE {_COMMENT_PATH}": _platform(WRITE, "delete:comment delete:comment.property"),
    f"GET {_ISSUE}/worklog": _platform(READ, _WORKLOG),
    f"POST {_ISSUE}/worklog": _platform(
        WRITE, f"{_WORKLOG} write:issue-worklog write:issue-worklog.property"
    ),
    f"GET {_ISSUE}/remotelink": _platform(READ, "issue.remote-link status"),
    f"POST {_ISSUE}/remotelink": _platform(WRITE, "write:issue write:issue.remote-link issue.remote-link"),
    f"DELETE {_ISSUE}/remotelink": _platform(WRITE, "delete:issue.remote-link write:issue"),
    f"GET {_LINK_PATH}": _platform(READ, "issue.remote-link status"),
    f"DELETE {_LINK_PATH}": _platform(WRITE, "delete:issue.remote-link write:issue"),
    f"POST {_ISSUE}/attachments": _platform(WRITE, "user write:attachment attachment avatar"),
    "GET /rest/api/3/attachment/<file_id>": _platform(READ, "attachment user application-role avatar group"),
    "DELETE /rest/api/3/attachment/<file_id>": _platform(WRITE, "delete:attachment"),
    "GET /rest/api/3/attachment/content/<file_id>": _platform(READ, "attachment"),
    f"GET {_AGILE}/board/<int:board_id>/project": _software("board-scope.admin:jira-software project:jira"),
    f"GET {_AGILE}/board/<int:board_id>/epic/<key>/issue": _software(_EPIC_ISSUES),
    f"POST {_AGILE}/sprint": _writing("write:sprint"),
    f"POST {_SPRINT}": _writing("write:sprint"),
    f"PUT {_SPRINT}": _writing("write:sprint"),
    f"DELETE {_SPRINT}": _writing("delete:sprint"),
    f"POST {_SPRINT}/issue": _writing("write:sprint"),
    f"POST {_AGILE}/backlog/issue": _writing("write:board-scope"),
    f"PUT {_AGILE}/issue/rank": _writing("write:issue"),
    f"GET {_AGILE}/issue/<key>": _software("issue:jira-software"),
    f"GET {_AGILE}/issue/<key>/estimation": _software("issue:jira-software issue-details:jira"),
    f"PUT {_AGILE}/issue/<key>/estimation": (
        frozenset({"write:issue:jira-software", "read:issue-details:jira"}),
    ),
    f"GET {_AGILE}/epic/<key>": _software("epic:jira-software"),
    f"POST {_AGILE}/epic/<key>": _writing("write:epic"),
    f"GET {_AGILE}/epic/<key>/issue": _software(_EPIC_ISSUES),
    f"POST {_AGILE}/epic/<key>/issue": _writing("write:epic"),
}
"""Method and route to the bundles that open it; none at all: anonymous callers may read it."""


def opens(bundles: Bundles, scopes: set[str]) -> bool:
    """Whether one of the bundles is held as a whole."""
    return not bundles or any(bundle <= scopes for bundle in bundles)
