"""The practice Jira serves both client libraries by itself, without the portal."""

import pytest

from tests.clients import by_atlassian, by_jira
from tests.clients.work import Worker, expect, new_file
from tests.sandbox.cloud_client import CALLBACK, CloudClient
from tests.support.sandbox import SandboxProcess

LIBRARIES = {"jira": by_jira.work, "atlassian-python-api": by_atlassian.work}
SCOPES = [
    "read:jira-work",
    "write:jira-work",
    "read:jira-user",
    "read:board-scope:jira-software",
    "write:board-scope:jira-software",
    "read:project:jira",
    "read:sprint:jira-software",
    "write:sprint:jira-software",
    "delete:sprint:jira-software",
    "read:issue-details:jira",
    "read:jql:jira",
    "read:epic:jira-software",
    "write:epic:jira-software",
]


@pytest.mark.parametrize("work", LIBRARIES.values(), ids=LIBRARIES)
def test_both_libraries_do_their_work_at_jira_server(sandbox: SandboxProcess, work: Worker) -> None:
    file = new_file()
    seen = work(sandbox.url, sandbox.make_pat("ada"), file, cloud=False)
    expect(sandbox, "server", seen, file, "ada")


@pytest.mark.parametrize("work", LIBRARIES.values(), ids=LIBRARIES)
def test_both_libraries_do_their_work_at_jira_cloud(sandbox: SandboxProcess, work: Worker) -> None:
    app = sandbox.make_app(CALLBACK, SCOPES)
    token = CloudClient(sandbox, app).tokens("ada", scope=" ".join(SCOPES))["access_token"]
    gateway = f"{sandbox.cloud_url}/ex/jira/{sandbox.cloud_ids['acme']}"
    file = new_file()
    seen = work(gateway, token, file, cloud=True)
    expect(sandbox, "acme", seen, file, "ada")
    assert sandbox.content("globex")["deeds"] == sandbox.content("server")["deeds"] == []
    [fetched] = [one for one in sandbox.requests() if one["endpoint"] == "media.binary"]
    assert fetched["token_user"] is None
