"""What a key may send to a path: by its patterns, to read or to write, and never to administer by a general
pattern (T29)."""

import pytest

from portal.programs.path_refusals import PathRefused, Why
from portal.programs.paths import PRESETS, permit, read_path

# Facts of Jira's REST API: where writes change issues and what belongs to them, and where they administer.
ORDINARY = """
agile/1.0/backlog/issue agile/1.0/board/7 agile/1.0/board/7/properties/key agile/1.0/epic/none/issue
agile/1.0/epic/E-1/rank agile/1.0/issue/A-1/estimation agile/1.0/sprint/7/swap
agile/1.0/sprint/7/properties/key api/3/attachment/7 api/3/bulk/issues/fields api/3/bulk/issues/move
api/3/comment/7/properties/key api/3/component/7 api/3/dashboard/7/gadget/8
api/3/dashboard/7/items/8/properties/key api/3/filter/7/columns api/3/filter/7/favourite api/3/issue
api/3/issue/archive api/3/issue/bulk api/3/issue/properties/multi api/3/issue/A-1 api/3/issue/A-1/assignee
api/3/issue/A-1/attachments api/3/issue/A-1/comment/7 api/3/issue/A-1/notify api/3/issue/A-1/properties/key
api/3/issue/A-1/properties/workflow api/3/issue/A-1/properties/user.scheme api/3/issue/A-1/remotelink/7
api/2/issue/A-1/restore api/2/issue/A-1/subtask/move api/latest/issue/A-1/transitions api/3/issue/A-1/votes
api/3/issue/A-1/watchers api/3/issue/A-1/worklog/7/properties/key api/3/issueLink/7
api/3/project/PLAT/properties/key api/3/project/PLAT/version api/3/task/7/cancel api/3/version/7/mergeto/8
api/3/version/7/relatedwork/8 api/3/comment/7/properties/status agile/1.0/board/7/properties/settings
agile/1.0/sprint/7/properties/user api/3/project/PLAT/properties/workflow api/2/comment/7/properties/user.key
api/3/dashboard/7/items/8/properties/permissions api/3/dashboard/7/copy api/3/filter/7 api/3/component
api/3/version/7/move api/3/issueLink api/3/bulk/issues/fields api/3/issues/archive/export
"""
ADMINISTRATIVE = """
api/2/user api/2/user/application api/2/user/avatar/7 api/2/user/columns api/2/user/password
api/2/user/session/mal api/2/user/anonymization/rerun api/3/user/properties/key api/2/myself
api/2/myself/password api/2/mypreferences api/3/mypreferences/locale api/2/group api/2/group/user
api/3/group/user api/2/role/7/actors api/3/project/PLAT/role/7 api/2/applicationrole/key
api/2/password/policy/createUser api/2/permissionscheme/7/permission/8 api/3/project/PLAT/permissionscheme
api/3/filter/7/permission/8 api/3/issuesecurityschemes/level/default api/3/issuetypescheme/7/issuetype/move
api/3/issuetypescreenscheme/7 api/3/notificationscheme/7/notification/8 api/2/priorityschemes/7
api/2/project/PLAT/priorityscheme/7 api/3/workflowscheme/7/draft/publish api/3/screenscheme/7
api/3/fieldconfigurationscheme/project api/2/settings/baseUrl api/3/settings/columns
api/3/announcementBanner api/2/terminology/entries api/2/email-templates/apply
api/3/application-properties/key api/3/configuration/timetracking/options api/3/field
api/3/field/f/context/7/option/8/issue api/3/app/field/f/context/configuration api/2/customFields
api/3/fieldconfiguration/7/fields api/3/issueLinkType/7 api/3/issuetype/7/avatar2 api/3/priority/default
api/3/projectCategory/7 api/3/resolution/move api/2/screens/7/tabs/8/fields/9/move api/3/statuses
api/3/universal_avatar/type/project/owner/7 api/2/workflow/7/properties api/3/workflow/rule/config
api/3/workflow/transitions/7/properties api/3/workflows/create api/3/webhook/refresh api/2/auditing/record
api/2/cluster/node/7/offline api/2/cluster/zdu/approve api/2/index-snapshot api/2/reindex/request
api/2/licenseValidator api/2/monitoring/jmx/startExposing api/2/upgrade
api/2/project api/3/project/PLAT api/3/project/PLAT/archive api/latest/project/PLAT/delete
api/3/project/PLAT/features/jsw.agility api/3/project/7/email api/2/project/PLAT/type/software
api/3/project/PLAT/classification-level/default api/3/project/PLAT/avatar api/3/project/PLAT/avatar2
api/2/project/PLAT/avatar/7 api/2/avatar/project/temporary agile/1.0/board/7/features
api/3/dashboard/bulk/edit api/3/filter/7/owner api/3/filter/defaultShareScope api/3/plans/plan
api/3/plans/plan/7/team api/3/data-policy api/3/data-policy/project api/3/uiModifications/7
api/2/user/properties/status api/2/workflow/properties/key api/2/settings/properties/key
"""
# The same, written so that a careless comparison would not see it.
HIDDEN = """
api/2/USER api/2/User/password api/2/user.json api/2/user.xml/password api/2/user;x=1
api/2/user%3Bx/password api/2/%75ser api/2/%2575ser/password api/2/%252575ser api/2/x%2Fuser
api/2/x%252Fuser%252Fpassword api/2/user%20 api/2/user%3Fx api/2/user%23/password api/2/issue%2FA-1/user
api/2/issue;x/A-1/user api/2/ISSUE/A-1/user api/2/%ef%bd%95ser api/2/permissionscheme.json
api/2/PermissionSchemes/7 api/2/x%2Fpermissionscheme agile/1.0/user agile/1.0/issue/user
api/2/issues/A-1/user api/2/Project/PLAT api/2/project.json api/2/project;x/PLAT
api/2/project%2FPLAT api/2/PROJECT/PLAT/Restore
api/x/issue/A-1/user api/2/project/issue/A-1/user api/2/comment/user.key
api/2/comment/7/properties/x%2Fuser api/2/comment/7/Properties/user api/2/user/7/properties/key
api/2/comment/7/properties/user/x api/2/properties/user api/2/x/properties/user
api/2/filter/7/Owner api/2/project%2FPLAT%2Femail
"""
READ_BY_POST = """
api/2/search api/3/search api/latest/search api/2/search/ api/3/search/jql api/3/search/approximate-count
api/3/search/id api/3/issue/bulkfetch api/3/issue/watching api/3/issue/A-1/changelog/list api/3/comment/list
api/2/worklog/list api/3/jql/parse api/3/jql/match api/3/jql/sanitize api/3/jql/pdcleaner
api/3/jql/autocompletedata api/3/expression/eval api/3/expression/evaluate api/3/expression/analyse
api/3/permissions/check api/3/permissions/project api/3/changelog/bulkfetch api/3/workflows
api/3/workflows/create/validation api/3/workflowscheme/read api/3/workflowscheme/update/mappings
api/3/priorityscheme/mappings api/3/app/field/context/configuration/list
"""
NO_READING = """
api/2/searches api/2/search/x api/1/search agile/1.0/search api/2/%73earch api/2/search;x api/2/search%2Fjql
api/2/search.json api/3/issue/bulk api/3/issue/A-1/changelog api/3/issue/a%2Fb/changelog/list
api/3/comment/list/x api/3/workflows/create api/3/jql/function/computation
"""
WRITING = ("POST", "PUT", "PATCH", "DELETE")


def verdict(path: str, method: str, patterns: tuple[str, ...] = PRESETS, *, can_write: bool = True) -> str:
    """Why not, or "" where the key may."""
    try:
        permit(read_path(path), method, patterns, can_write)
    except PathRefused as error:
        return error.why
    return ""


def verdicts(paths: str, *methods: str, can_write: bool = True) -> dict[str, set[str]]:
    """What the presets say of each path, whatever the method."""
    return {
        path: {verdict(f"rest/{path}", method, can_write=can_write) for method in methods}
        for path in paths.split()
    }


@pytest.mark.parametrize(
    ("paths", "writer"),
    [(ORDINARY, ""), (ADMINISTRATIVE, Why.ADMINISTRATIVE), (HIDDEN, Why.ADMINISTRATIVE)],
    ids=["ordinary", "administrative", "hidden"],
)
def test_who_may_write(paths: str, writer: str) -> None:
    """Everybody may read all of it; who may only read writes nothing."""
    expected = dict.fromkeys(paths.split())
    assert verdicts(paths, *WRITING) == {path: {writer} for path in expected}
    assert verdicts(paths, *WRITING, can_write=False) == {path: {Why.READS_ONLY} for path in expected}
    assert verdicts(paths, "GET", "HEAD", can_write=False) == {path: {""} for path in expected}


def test_some_posts_only_read() -> None:
    assert verdicts(READ_BY_POST, "POST", can_write=False) == {path: {""} for path in READ_BY_POST.split()}
    refused = {path: {Why.READS_ONLY} for path in (READ_BY_POST + NO_READING).split()}
    assert (
        verdicts(READ_BY_POST, "PUT", "PATCH", "DELETE", can_write=False)
        | verdicts(NO_READING, "POST", can_write=False)
        == refused
    )


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "get", "Put", "", "PROPFIND", "GET "])
def test_no_other_method(method: str) -> None:
    assert verdict("rest/api/2/issue/A-1", method) == Why.METHOD


# What a key's patterns cover: method, path, patterns, and why not.
COVERED = [
    ("GET", "rest/api/2", ("rest/api/2",), ""),
    ("GET", "rest/api/20/x", ("rest/api/2",), Why.NOT_NAMED),
    ("GET", "rest/api/2/issues", ("rest/api/2/issue",), Why.NOT_NAMED),
    ("GET", "rest/api/2", ("rest/api/2/issue",), Why.NOT_NAMED),
    ("GET", "rest/api/2/myself", (), Why.NOT_NAMED),
    ("GET", "rest/pat/latest/tokens", (*PRESETS, "rest/pat"), ""),
    ("GET", "rest/api/2/issue/A-1/comment/7", ("rest/api/*/issue/*/comment",), ""),
    ("GET", "rest/api/2/issue/A-1", ("rest/api/2/issue/*/comment",), Why.NOT_NAMED),
    ("GET", "rest/api/2/issue/A-1/worklog", ("rest/api/2/issue/*/comment",), Why.NOT_NAMED),
    ("GET", "rest/api/2/issue/a/b/comment", ("rest/api/2/issue/*/comment",), Why.NOT_NAMED),
    # One server sees one segment, another two: both must be covered.
    ("GET", "rest/api/2/issue/a%2Fcomment", ("rest/api/2/issue/*/comment",), Why.NOT_NAMED),
    ("GET", "rest/api/2/issue/a%2Fb/comment", ("rest/api/2/issue/*/comment",), Why.NOT_NAMED),
    ("GET", "rest/api/2/issue/a/comment/b%2Fc", ("rest/api/2/issue/*/comment",), ""),
    ("GET", "secure/attachment/7/a%20b.png", ("secure/attachment",), ""),
    # Where files of issues lie, which who may read all issues may read.
    ("GET", "secure/attachment/7/a%20b.png", PRESETS, ""),
    ("GET", "secure/attachment/7/a%20b.png", ("rest/api/2/issue",), Why.NOT_NAMED),
    ("POST", "secure/attachment/7/a%20b.png", PRESETS, Why.NOT_NAMED),
    ("GET", "secure/attachments/7", PRESETS, Why.NOT_NAMED),
    ("GET", "secure/a%2Fattachment/7", PRESETS, Why.NOT_NAMED),
    # To administer, a pattern that covers the path names it.
    ("POST", "rest/api/2/user", ("rest/api/2/user",), ""),
    ("PUT", "rest/api/2/user/password", ("rest/api/2/user",), ""),
    ("PUT", "rest/api/2/user/password", ("rest/api/2/*/password",), ""),
    ("PUT", "rest/api/2/user/password", ("rest/api/2/*",), Why.ADMINISTRATIVE),
    ("PUT", "rest/api/2/user/password", ("rest/api/2",), Why.ADMINISTRATIVE),
    ("PUT", "rest/api/2/user/password", ("rest",), Why.ADMINISTRATIVE),
    ("PUT", "rest/api/2/user/password", (*PRESETS, "rest/api/2/group"), Why.ADMINISTRATIVE),
    ("PUT", "rest/api/3/user/password", (*PRESETS, "rest/api/2/user"), Why.ADMINISTRATIVE),
    ("POST", "rest/api/2/project/PLAT/role/7", ("rest/api/2/project",), Why.ADMINISTRATIVE),
    ("POST", "rest/api/2/project/PLAT/role/7", ("rest/api/2/project/*/role",), ""),
    ("PUT", "rest/api/2/project/PLAT", ("rest/api/2/project",), ""),
    ("PUT", "rest/api/2/project/PLAT", ("rest/api/2/project/PLAT",), ""),
    ("PUT", "rest/api/2/project/PLAT", ("rest/api/2",), Why.ADMINISTRATIVE),
    ("POST", "rest/api/2/project", ("rest/api/2/*",), Why.ADMINISTRATIVE),
    ("PUT", "rest/api/2/project/PLAT%2Frole", ("rest/api/2/project",), Why.ADMINISTRATIVE),
    ("POST", "rest/api/2/user;x", ("rest/api/2/user",), Why.NOT_NAMED),
    ("DELETE", "rest/webhooks/1.0/webhook/7", ("rest/*",), Why.ADMINISTRATIVE),
    ("DELETE", "rest/webhooks/1.0/webhook/7", ("rest/webhooks",), ""),
    ("PUT", "rest/applinks/3.0/applicationlink/7", ("rest/applinks",), ""),
    ("POST", "rest/auth/1/session", ("rest",), Why.ADMINISTRATIVE),
    ("POST", "secure/admin/AddUser", ("secure",), Why.ADMINISTRATIVE),
]


def test_patterns_cover_whole_segments() -> None:
    seen = [
        (method, path, patterns, verdict(path, method, patterns)) for method, path, patterns, _ in COVERED
    ]
    assert seen == COVERED


@pytest.mark.parametrize(
    ("method", "path", "pattern"),
    [
        ("GET", "rest/pat/latest/tokens", "rest/pat"),
        ("GET", "secure", "secure"),
        ("GET", "mallory/x", ""),
        ("GET", "rest/mallory", ""),
        ("PUT", "rest/api/2/user/password", "rest/api/2/user"),
        ("POST", "rest/api/3/project/PLAT/role/10002", "rest/api/3/project/*/role"),
        ("PUT", "rest/api/3/project/USER", "rest/api/3/project"),
        ("PUT", "rest/api/3/project/PLAT/features/jsw", "rest/api/3/project/*/features"),
        ("PUT", "rest/api/3/filter/7/owner", "rest/api/3/filter/*/owner"),
        ("POST", "rest/api/3/plans/plan", "rest/api/3/plans"),
        ("OPTIONS", "rest/api/3/project", ""),
    ],
)
def test_what_an_admin_can_name(method: str, path: str, pattern: str) -> None:
    """Nothing but words of Jira; and a key that names it may do it."""
    with pytest.raises(PathRefused) as refused:
        permit(read_path(path), method, PRESETS, can_write=True)
    assert refused.value.pattern == pattern
    if pattern:
        permit(read_path(path), method, (pattern,), can_write=True)


def test_where_files_of_issues_lie_is_named() -> None:
    """``content`` of an attachment leads there, from a key that may read some issues only."""
    with pytest.raises(PathRefused) as refused:
        permit(read_path("secure/attachment/10017/a.png"), "GET", ("rest/api/2",), can_write=False)
    assert refused.value.pattern == "secure/attachment"
