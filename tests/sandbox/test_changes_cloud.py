"""The same on Cloud: by scopes, in two versions, with texts as documents and bytes at a host of their own."""

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.sandbox.cloud_client import CALLBACK, SOFTWARE, CloudClient
from tests.support.sandbox import SandboxProcess

STORY: dict[str, Any] = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "New"}
READING = ["read:jira-work", "read:jira-user", *SOFTWARE]
WRITING = [
    "write:jira-work",
    "write:sprint:jira-software",
    "delete:sprint:jira-software",
    "write:board-scope:jira-software",
    "write:epic:jira-software",
    "write:issue:jira-software",
]
AGILE = "/rest/agile/1.0"
CALLS = [
    ("POST /rest/api/3/issue", "write:jira-work"),
    ("PUT /rest/api/2/issue/SHOP-4", "write:jira-work"),
    ("DELETE /rest/api/3/issue/SHOP-4", "write:jira-work"),
    ("PUT /rest/api/latest/issue/SHOP-4/assignee", "write:jira-work"),
    ("POST /rest/api/2/issue/SHOP-4/comment", "write:jira-work"),
    ("POST /rest/api/3/issue/SHOP-4/attachments", "write:jira-work"),
    ("POST /rest/api/3/issue/SHOP-4/transitions", "write:jira-work"),
    (f"POST {AGILE}/sprint", "write:sprint:jira-software"),
    (f"PUT {AGILE}/sprint/13", "write:sprint:jira-software"),
    (f"DELETE {AGILE}/sprint/13", "delete:sprint:jira-software"),
    (f"POST {AGILE}/backlog/issue", "write:board-scope:jira-software"),
    (f"POST {AGILE}/epic/SHOP-1/issue", "write:epic:jira-software"),
    (f"PUT {AGILE}/issue/rank", "write:issue:jira-software"),
]


class Program:
    """A program at the gateway of acme, for ada, with one app and the scopes that are asked for."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.cloud = CloudClient(sandbox, sandbox.make_app(CALLBACK, [*READING, *WRITING]))
        self.gateway = f"{sandbox.cloud_url}/ex/jira/{sandbox.cloud_ids['acme']}"
        self.token = ""

    def consent(self, *scopes: str) -> None:
        self.token = self.cloud.tokens(scope=" ".join(scopes))["access_token"]

    def send(self, route: str, body: Any = None, **more: Any) -> requests.Response:
        method, _, path = route.partition(" ")
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        if body is not None:
            more["json"] = body
        url = self.gateway + path
        return requests.request(method, url, headers=headers, timeout=10, allow_redirects=False, **more)


@pytest.fixture
def program(sandbox: SandboxProcess) -> Program:
    return Program(sandbox)


def test_writing_wants_its_own_scopes(program: Program) -> None:
    for missing in WRITING:
        program.consent(*READING, *(scope for scope in WRITING if scope != missing))
        for route, wanted in CALLS:
            refused = program.send(route, []).status_code == 401
            assert refused == (wanted == missing), (route, missing)


def test_texts_are_documents_from_version_3_on(program: Program, sandbox: SandboxProcess) -> None:
    program.consent(*READING, *WRITING)
    refused = program.send("POST /rest/api/3/issue", {"fields": STORY | {"description": "text"}})
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {"description"})
    line = {"type": "paragraph", "content": [{"type": "text", "text": "one"}]}
    document = {"type": "doc", "version": 1, "content": [line, {"type": "paragraph", "content": []}, line]}
    made = program.send("POST /rest/api/3/issue", {"fields": STORY | {"description": document}}).json()
    assert made["self"] == f"{program.gateway}/rest/api/3/issue/{made['id']}"
    as_text = program.send(f"GET /rest/api/2/issue/{made['key']}").json()
    assert as_text["fields"]["description"] == "one\n\none"
    assert as_text["self"] == f"{program.gateway}/rest/api/2/issue/{made['id']}"
    again = program.send(f"GET /rest/api/3/issue/{made['key']}").json()
    assert again["fields"]["description"] == document
    assert sandbox.content("acme")["issues"][made["key"]]["reporter"] == "ada"
    assert made["key"] not in sandbox.content("globex")["issues"]


def test_bytes_lie_at_another_host(program: Program, sandbox: SandboxProcess) -> None:
    program.consent(*READING, *WRITING)
    form, header = {"file": ("a.txt", b"bytes", "text/plain")}, {"X-Atlassian-Token": "no-check"}
    [made] = program.send("POST /rest/api/3/issue/SHOP-4/attachments", files=form, headers=header).json()
    own = made["content"].removeprefix(program.gateway)
    led = program.send(f"GET {own}")
    assert (led.status_code, own) == (303, f"/rest/api/3/attachment/content/{made['id']}")
    hosts = {urlsplit(url).netloc for url in (sandbox.cloud_url, sandbox.url, *sandbox.sites.values())}
    assert urlsplit(led.headers["Location"]).netloc not in hosts
    assert requests.get(led.headers["Location"], timeout=10).content == b"bytes"
    assert requests.get(led.headers["Location"] + "x", timeout=10).status_code == 404
    assert program.send(f"GET {own}?redirect=false").content == b"bytes"
