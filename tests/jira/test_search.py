"""Finding issues on Jira Cloud: pages by token, epics by parent, and odd answers ended (T30)."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.jira.agile import Agile
from portal.jira.base_urls import BaseUrl
from portal.jira.client import JiraClient
from portal.jira.trouble import Code
from portal.jira.wire import Wire
from tests.jira.servers import Server, always, reply

CodeOf = Callable[[Callable[[], object]], Code]
STORY = {"name": "Story", "subtask": False}


def agile(wire: Wire, server: Server) -> Agile:
    return Agile(JiraClient(wire.session(), BaseUrl.stored(server.url + "/ex/jira/c"), is_cloud=True))


def as_json(value: object) -> Any:
    return always(reply(json.dumps(value).encode()))


def asked(request: bytes) -> tuple[str, dict[str, list[str]]]:
    """Path and query of a request."""
    parts = urlsplit(request.split(b" ")[1].decode())
    return parts.path, parse_qs(parts.query)


def test_a_sprint_is_searched_for_and_its_pages_are_found_by_token(wire: Wire) -> None:
    def answer(request: bytes) -> list[bytes]:
        token = asked(request)[1].get("nextPageToken", [""])[0]
        more = {"isLast": True} if token else {"nextPageToken": "a&b=/ü", "isLast": False}
        return [reply(json.dumps({"issues": [{"id": "1", "key": f"S-{len(token)}"}]} | more).encode())]

    with Server(answer) as server:
        first = agile(wire, server).sprint_issues(7, 12, ["customfield_1"])
        last = agile(wire, server).sprint_issues(7, 12, ["customfield_1"], first.next_start or 0)
    assert ([issue.key for issue in first.entries], first.total) == (["S-0"], None)
    assert ([issue.key for issue in last.entries], last.next_start) == (["S-6"], None)
    path, query = asked(server.requests[0])
    assert path == "/ex/jira/c/rest/api/3/search/jql"
    assert query == {
        "jql": ["sprint = 12 ORDER BY Rank ASC"],
        "fields": ["summary,issuetype,status,assignee,parent,customfield_1"],
        "maxResults": ["100"],
    }


@pytest.mark.parametrize(
    "answer",
    [
        {"issues": [], "nextPageToken": "t"},
        {"issues": [{"id": "1"}], "nextPageToken": "same"},
        {"issues": [{"id": "1"}], "nextPageToken": "t" * 2001},
        {"issues": [{"id": "1"}], "nextPageToken": ["t"]},
        {"issues": [{"id": "1"}], "nextPageToken": ""},
        {"issues": [{"id": "1"}], "nextPageToken": "t", "isLast": True},
        {},
    ],
    ids=["empty", "same", "long", "odd", "blank", "last", "nothing"],
)
def test_a_search_that_leads_nowhere_is_ended(wire: Wire, answer: object) -> None:
    with Server(as_json(answer)) as server:
        assert agile(wire, server).sprint_issues(1, 2, start="same").next_start is None


def test_no_more_issues_are_read_than_were_asked_for(wire: Wire) -> None:
    with Server(as_json({"issues": [{"id": "1"}] * 1000, "nextPageToken": "t"})) as server:
        assert len(agile(wire, server).sprint_issues(1, 2).entries) == 100


@pytest.mark.parametrize(
    ("fields", "epic"),
    [
        ({"issuetype": STORY, "parent": {"key": "S-1", "fields": {"summary": "Checkout"}}}, "Checkout"),
        ({"issuetype": STORY, "parent": {"key": "S-1", "fields": None}}, "S-1"),
        (
            {"issuetype": STORY, "parent": {"fields": {"summary": "E", "issuetype": {"hierarchyLevel": 1}}}},
            "E",
        ),
        (
            {"issuetype": STORY, "parent": {"fields": {"summary": "I", "issuetype": {"hierarchyLevel": 2}}}},
            "",
        ),
        ({"issuetype": {"name": "Sub-task", "subtask": True}, "parent": {"key": "S-2"}}, ""),
        ({"issuetype": STORY, "parent": "S-1"}, ""),
        ({"issuetype": STORY}, ""),
    ],
    ids=["summary", "key", "epic", "initiative", "sub-task", "odd", "none"],
)
def test_the_epic_is_the_parent(wire: Wire, fields: dict[str, object], epic: str) -> None:
    with Server(as_json({"issues": [{"id": "1", "fields": fields}]})) as server:
        assert agile(wire, server).sprint_issues(1, 2).entries[0].epic == epic
        assert agile(wire, server).backlog(1).entries[0].epic == epic
    assert asked(server.requests[1])[1]["fields"] == ["summary,issuetype,status,assignee,parent"]


def test_what_is_no_answer_is_trouble(wire: Wire, code_of: CodeOf) -> None:
    with Server(as_json([])) as server:
        assert code_of(lambda: agile(wire, server).sprint_issues(1, 2)) is Code.BROKEN_ANSWER
    refused = reply(b'{"code": 401, "message": "Unauthorized; scope does not match"}', "401 Unauthorized")
    with Server(always(refused)) as server:
        assert code_of(lambda: agile(wire, server).sprint_issues(1, 2)) is Code.SCOPE_MISMATCH
