"""The REST interfaces: as whom, what is seen, and that pycontribs ``jira`` reads them."""

from typing import Any

import jira
import pytest
import requests

from portal.sandbox import data, fields
from tests.sandbox.client import KEY, OTHER_KEY, PracticeClient
from tests.support.sandbox import SandboxProcess

BOARD = "/rest/agile/1.0/board"


def test_nobody_reads_server_info_and_nothing_of_persons(sandbox: SandboxProcess) -> None:
    info = requests.get(f"{sandbox.url}/rest/api/2/serverInfo", timeout=10)
    assert (info.status_code, info.headers["X-AUSERNAME"]) == (200, "anonymous")
    assert (info.json()["baseUrl"], info.json()["deploymentType"]) == (sandbox.url, "Server")
    for path in ("/rest/api/2/myself", "/rest/api/2/issue/SHOP-1", f"{BOARD}/1"):
        answer = requests.get(sandbox.url + path, timeout=10)
        assert answer.status_code == 401
        assert answer.json()["status-code"] == 401
        assert answer.headers["WWW-Authenticate"].startswith("OAuth realm=")


def test_spoilt_signature_is_refused_even_for_server_info(client: PracticeClient) -> None:
    token = client.token_of("ada")
    spoilt = PracticeClient(client.sandbox, "almoner-key", OTHER_KEY).get("/rest/api/2/serverInfo", token)
    assert spoilt.status_code == 401
    assert "oauth_problem=signature_invalid" in spoilt.text
    assert spoilt.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"


def test_lists_are_empty_for_nobody(sandbox: SandboxProcess) -> None:
    rest = f"{sandbox.url}/rest/api/2"
    assert requests.get(f"{rest}/project", timeout=10).json() == []
    assert requests.get(f"{rest}/search", timeout=10).json()["total"] == 0
    assert requests.get(f"{sandbox.url}{BOARD}", timeout=10).json()["values"] == []
    assert not any(row["custom"] for row in requests.get(f"{rest}/field", timeout=10).json())
    asked = requests.get(f"{rest}/mypermissions?permissions=BROWSE_PROJECTS", timeout=10).json()
    assert asked["permissions"]["BROWSE_PROJECTS"]["havePermission"] is False


@pytest.mark.parametrize(
    ("user", "seen"), [("ada", [1, 2]), ("admin", [1, 2]), ("grace", [1]), ("linus", [1])]
)
def test_boards_are_those_of_the_person(client: PracticeClient, user: str, seen: list[int]) -> None:
    token = client.token_of(user)
    assert [board["id"] for board in client.get(BOARD, token).json()["values"]] == seen
    assert client.get(f"{BOARD}/2", token).status_code == (200 if 2 in seen else 404)
    assert client.get("/rest/api/2/issue/PLAT-1", token).status_code == (200 if 2 in seen else 404)
    assert client.get("/rest/api/2/project/PLAT", token).status_code == (200 if 2 in seen else 404)


def test_kanban_board_has_no_sprints(client: PracticeClient) -> None:
    answer = client.get(f"{BOARD}/2/sprint", client.token_of("ada"))
    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == ["The board does not support sprints"]


def test_paging_walks_every_issue_once(client: PracticeClient) -> None:
    token = client.token_of("grace")
    keys: list[str] = []
    total = 1
    while len(keys) < total:
        page = client.get(f"{BOARD}/1/issue?startAt={len(keys)}&maxResults=15", token).json()
        keys += [issue["key"] for issue in page["issues"]]
        total = page["total"]
    assert keys == [issue.key for issue in data.ISSUES if issue.project is data.SHOP]
    assert len(keys) >= 40


def test_sprints_and_their_issues(client: PracticeClient) -> None:
    token = client.token_of("grace")
    sprints = client.get(f"{BOARD}/1/sprint?state=active,future", token).json()["values"]
    assert [sprint["state"] for sprint in sprints] == ["active", "future"]
    by_board = client.get(f"{BOARD}/1/sprint/12/issue", token).json()["issues"]
    assert by_board == client.get("/rest/agile/1.0/sprint/12/issue", token).json()["issues"]
    assert {issue["fields"]["status"]["name"] for issue in by_board} == {
        "To Do",
        "In Progress",
        "In Review",
        "Done",
    }
    backlog = client.get(f"{BOARD}/1/backlog", token).json()["issues"]
    assert not {issue["key"] for issue in by_board} & {issue["key"] for issue in backlog}


def test_hostile_text_is_served_as_it_is(client: PracticeClient) -> None:
    found = client.get(f"{BOARD}/1/sprint/12/issue?fields=summary", client.token_of("grace")).json()["issues"]
    text = " ".join(issue["fields"]["summary"] for issue in found)
    assert all(part in text for part in ("<script>alert(1)</script>", "\u202e", "🎉", "' \" `"))


def test_configuration_has_columns_and_estimation(client: PracticeClient) -> None:
    token = client.token_of("ada")
    scrum = client.get(f"{BOARD}/1/configuration", token).json()
    assert [column["name"] for column in scrum["columnConfig"]["columns"]] == [
        "To Do",
        "In Progress",
        "In Review",
        "Done",
    ]
    assert scrum["estimation"]["field"]["fieldId"] == fields.STORY_POINTS
    assert "estimation" not in client.get(f"{BOARD}/2/configuration", token).json()


def test_fields_have_real_types(client: PracticeClient) -> None:
    rows: list[dict[str, Any]] = client.get("/rest/api/2/field", client.token_of("ada")).json()
    kinds = [row["schema"].get("custom", "") for row in rows if "schema" in row]
    for kind in ("gh-epic-link", "gh-epic-label", "gh-sprint", "gh-lexo-rank"):
        assert kinds.count(f"com.pyxis.greenhopper.jira:{kind}") == 1
    assert kinds.count("com.atlassian.jira.plugin.system.customfieldtypes:float") == 2
    assert any(row["id"] == "duedate" for row in rows)


@pytest.mark.parametrize(
    ("jql", "first"),
    [
        ("project = SHOP AND issuetype = Epic ORDER BY Rank", "SHOP-1"),
        ('"Epic Link" = SHOP-2 and assignee = currentUser()', "SHOP-18"),
        ("sprint in (13) AND assignee is EMPTY", "SHOP-17"),
    ],
)
def test_search(client: PracticeClient, jql: str, first: str) -> None:
    token = client.token_of("ada")
    found = client.get(f"/rest/api/2/search?jql={requests.utils.quote(jql)}", token).json()
    assert found["issues"][0]["key"] == first
    assert client.get("/rest/api/2/search?jql=colour%20%3D%20red", token).status_code == 400


def test_what_the_practice_jira_cannot_search_for_it_refuses(client: PracticeClient) -> None:
    """An answer would be that to another question."""
    token, path = client.token_of("ada"), "/rest/api/2/search?jql="
    for name in ("fixVersion", "labels"):
        for rest in ("!= a", "not in (a)", "is not EMPTY", "~ a"):
            refused = client.get(path + requests.utils.quote(f"{name} {rest}"), token)
            assert refused.status_code == 400, (name, rest)
        assert client.get(f"{path}{name}%20is%20EMPTY", token).json()["total"] > 0


def test_permissions_differ(client: PracticeClient) -> None:
    path = "/rest/api/2/mypermissions?permissions=BROWSE_PROJECTS,ADMINISTER&projectKey=SHOP"
    for user, admin in (("grace", False), ("admin", True)):
        rows = client.get(path, client.token_of(user)).json()["permissions"]
        assert (rows["BROWSE_PROJECTS"]["havePermission"], rows["ADMINISTER"]["havePermission"]) == (
            True,
            admin,
        )


def test_pycontribs_jira_reads_it(client: PracticeClient) -> None:
    oauth = {"access_token": client.token_of("ada"), "access_token_secret": "", "consumer_key": "almoner-key"}
    oauth |= {"key_cert": KEY.private_pem, "signature_method": "RSA-SHA1"}
    reader = jira.JIRA(client.sandbox.url, oauth=oauth, max_retries=0)
    assert reader.myself()["name"] == "ada"
    assert [board.name for board in reader.boards()] == ["SHOP board", "Platform kanban"]
    assert [sprint.id for sprint in reader.sprints(1, state="active")] == [12]
    assert reader.issue("SHOP-8").fields.summary.startswith("<script>")
    assert reader.search_issues("project = PLAT", maxResults=3).total == 8
