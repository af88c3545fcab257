"""Examples on a key's page: lines to copy for each tool that can do what the key may with an account.

They stand in ``templates/programs/lines``, filled in with the account's address; the key is in none of
them: each reads it from where the tool keeps secrets. Bamboo's and GitLab's variables are those of their
manuals ("Bamboo variables", "Predefined CI/CD variables reference").
"""

from dataclasses import dataclass

from flask import render_template

from portal.kinds.methods import OAUTH1
from portal.programs.keys import (
    READ_ACCOUNTS,
    READ_CREDENTIALS,
    READ_PROXY,
    WRITE_DELIVERIES,
    KeyAccount,
    KeyView,
)
from portal.programs.path_refusals import PathRefused
from portal.programs.paths import permit, read_path
from portal.web.place import external

NEW_CURL = "--fail-with-body needs curl 7.76 or newer; with an older one write --fail."
NO_KEY = (
    "What has no key of an issue in its branch or message is refused with that reason. The result of your "
    "build stays as it is."
)
MYSELF = "rest/api/2/myself"
# What a Jira answers as it stands, by itself and below each path that an admin may name: every one, and what
# Jira Cloud alone has or has no more.
_OF_EVERY = (
    "myself", "serverInfo", "project", "issue/picker", "field", "issuetype", "priority", "status",
    "filter/favourite", "dashboard", "mypermissions", "configuration", "resolution", "issueLinkType",
    "groups/picker", "role", "permissions", "screens", "workflow",
)  # fmt: skip
_OF_SERVER, _OF_CLOUD = (*_OF_EVERY, "search"), (*_OF_EVERY, "label", "project/search")


def answered(*, is_cloud: bool) -> tuple[str, ...]:
    """The paths that a Jira of this kind answers, those of most use first."""
    names, versions = (_OF_CLOUD, ("2", "3", "latest")) if is_cloud else (_OF_SERVER, ("2", "latest"))
    of_api = (f"rest/api/{version}/{name}" for version in versions for name in names)
    return MYSELF, "rest/agile/1.0/board", *of_api, "rest/agile/latest/board"


# What stands for * in a path that holds none of them.
_VERSIONS = {"api": "2", "agile": "1.0"}
_NAMES = {"issue": "ABC-1", "project": "ABC"}
IN_SHELL, IN_PROGRAM = "In a shell.", "In your program."


@dataclass(frozen=True)
class Task:
    """What lines are for: ``name`` is that of their file in ``templates/programs/lines``, ``where`` says
    where they go. They are refused without the operation ``needs`` or one of Jira's paths in ``calls``.
    """

    name: str
    title: str
    where: str
    needs: str
    calls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tool:
    """A tool: what has to be known (``notes``), where it keeps the key, and what it is shown doing."""

    name: str
    notes: tuple[str, ...]
    keeping: str
    tasks: tuple[Task, ...]


def _reports(id: str, tool: str, build_in: str, deployment_in: str) -> tuple[Task, Task]:
    return (
        Task(f"{id}_build", f"A build from {tool}", build_in, WRITE_DELIVERIES),
        Task(f"{id}_deployment", f"A deployment from {tool}", deployment_in, WRITE_DELIVERIES),
    )


def _library(id: str, tool: str) -> tuple[Task]:
    calls = ("rest/api/2/serverInfo", MYSELF)
    return (Task(id, f"Who am I in Jira, by {tool}", IN_PROGRAM, READ_PROXY, calls),)


TOOLS = (
    Tool(
        "curl",
        ("To try it, and for every tool that can run a shell script.", NEW_CURL),
        "Put it into the variable ALMONER_KEY; in bash, where nobody sees it: read -rs ALMONER_KEY",
        (
            Task("curl_accounts", "The accounts of this key", IN_SHELL, READ_ACCOUNTS),
            Task("curl_credentials", "A token for Jira", IN_SHELL, READ_CREDENTIALS),
            Task("curl_proxy", "A request to Jira", IN_SHELL, READ_PROXY),
            *_reports("curl", "curl", IN_SHELL, IN_SHELL),
        ),
    ),
    Tool(
        "Python: jira",
        ("pip install jira. The library is that of pycontribs.",),
        "Put it into the environment variable ALMONER_KEY of the program.",
        _library("jira_library", "jira"),
    ),
    Tool(
        "Python: atlassian-python-api",
        ("pip install atlassian-python-api.",),
        "Put it into the environment variable ALMONER_KEY of the program.",
        _library("atlassian_library", "atlassian-python-api"),
    ),
    Tool(
        "Jenkins",
        (
            "For declarative pipelines, with the plugin Credentials Binding, on agents with git and curl.",
            NEW_CURL,
            NO_KEY,
        ),
        "Manage Jenkins → Credentials → Add Credentials: kind Secret text, the key as Secret, ID "
        "almoner-key.",
        _reports(
            "jenkins",
            "Jenkins",
            "In the Jenkinsfile, in pipeline { … } behind stages { … }.",
            "In the Jenkinsfile, in the stage that deploys, behind steps { … }.",
        ),
    ),
    Tool(
        "Bitbucket Server and Data Center",
        (
            "Bitbucket itself cannot report here: it runs no builds, and its webhooks send JSON of their own "
            "and no header Authorization: Bearer. Let the server that builds the repository do it as a last "
            "step: Bamboo by the script below, Jenkins by the lines above, any other by the same script with "
            "its own variables.",
            "In Bamboo make touch almoner.passed the last normal task and the script a final task: final "
            "tasks run after a failure too.",
            NEW_CURL,
            NO_KEY,
        ),
        "In Bamboo: a variable almoner_key_secret of the plan or deployment project. Bamboo hides the values "
        "of variables with secret in their name.",
        _reports(
            "bitbucket",
            "Bitbucket Server and Data Center",
            "A script task among the final tasks of the plan.",
            "A script task among the final tasks of the deployment environment.",
        ),
    ),
    Tool(
        "GitLab CI",
        (NEW_CURL, NO_KEY),
        "Settings → CI/CD → Variables → Add variable: key ALMONER_KEY, the program key as value, masked; "
        "protected only if nothing but protected branches is to report.",
        _reports(
            "gitlab",
            "GitLab CI",
            "In .gitlab-ci.yml; they run when all other stages are over.",
            "In .gitlab-ci.yml, in the job that deploys and names its environment; its image needs curl.",
        ),
    ),
)


@dataclass(frozen=True)
class Lines:
    """Lines to copy: ``id`` is unique on a page, ``where`` says where they go."""

    id: str
    title: str
    where: str
    text: str


def examples(key: KeyView, wanted: str | None = None) -> dict[str, object]:
    """The account of the key that is wanted (an id), else one there are any for, with each tool's lines."""
    if not key.accounts:
        return {"account": None, "tools": ()}
    usable = [one for one in key.accounts if any(_tasks(tool, key, one) for tool in TOOLS)]
    chosen = [one for one in key.accounts if str(one.id) == wanted]
    account = (*chosen, *usable, *key.accounts)[0]
    found = [(tool, [_lines(task, key, account) for task in _tasks(tool, key, account)]) for tool in TOOLS]
    return {"account": account, "tools": [(tool, lines) for tool, lines in found if lines]}


def _tasks(tool: Tool, key: KeyView, account: KeyAccount) -> list[Task]:
    """What the key may, and the account can: of OAuth 1.0a nothing is handed out, nor of one set to read."""
    cannot = {WRITE_DELIVERIES}
    if account.kind.only_sends:
        cannot = {READ_CREDENTIALS, READ_PROXY}
    elif OAUTH1 in account.kind.account_by or account.read_only:
        cannot |= {READ_CREDENTIALS}
    may = set(key.operations) - cannot
    return [
        task for task in tool.tasks if task.needs in may and all(_may_read(key, one) for one in task.calls)
    ]


def _may_read(key: KeyView, path: str) -> bool:
    try:
        permit(read_path(path), "GET", key.paths, can_write=False)
    except PathRefused:
        return False
    return True


def _lines(task: Task, key: KeyView, account: KeyAccount) -> Lines:
    root = external("/api/v1/alm-accounts")
    values = {"accounts": root, "address": f"{root}/{account.id}", "is_cloud": account.kind.is_cloud}
    text = render_template(
        f"programs/lines/{task.name}.txt", path=_path(key, is_cloud=account.kind.is_cloud), **values
    )
    return Lines(task.name.replace("_", "-"), task.title, task.where, text.strip("\n"))


def _path(key: KeyView, *, is_cloud: bool) -> str:
    """One that the key may read, and that such a Jira has; else the first of its own with names in it."""
    known = next((one for one in answered(is_cloud=is_cloud) if _may_read(key, one)), None)
    return known or "/".join(_filled(key.paths[0].split("/")))


def _filled(segments: list[str]) -> list[str]:
    found: list[str] = []
    for place, one in enumerate(segments):
        before = found[-1] if found else ""
        name = _VERSIONS.get(before, "1") if place == 2 else _NAMES.get(before, "1")
        found.append(name if one == "*" else one)
    return found
