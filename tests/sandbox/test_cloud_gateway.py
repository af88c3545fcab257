"""The gateway: which scopes open what, as whom, on which site, and what Cloud writes differently."""

from typing import Any

import pytest
import requests

from portal.sandbox import data
from tests.sandbox.cloud_client import CALLBACK, CloudClient
from tests.support.sandbox import CloudBrowser, SandboxProcess, callback_values

BOARD = "/rest/agile/1.0/board"
SEARCH = "/rest/api/3/search/jql"
JQL = "?jql=project%20%3D%20SHOP"
BOARD_ISSUES = "board-scope:jira-software issue-details:jira"
SPRINT_ISSUES = "sprint:jira-software issue-details:jira jql:jira"
GET_SEARCH = "issue-details:jira audit-log:jira avatar:jira field-configuration:jira issue-meta:jira"
PROJECTS = (
    "issue-type:jira project:jira project.property:jira user:jira application-role:jira avatar:jira "
    "group:jira issue-type-hierarchy:jira project-category:jira project-version:jira project.component:jira"
)
# Path, classic scope, granular bundle; from Atlassian's OpenAPI descriptions of 2024-10.
ENDPOINTS = [
    ("/rest/api/3/myself", "jira-user", "application-role:jira group:jira user:jira avatar:jira"),
    (
        "/rest/api/3/field",
        "jira-work",
        "field:jira avatar:jira project-category:jira project:jira field-configuration:jira",
    ),
    ("/rest/api/3/mypermissions", "jira-work", "permission:jira"),
    ("/rest/api/3/project/search", "jira-work", PROJECTS),
    (f"{SEARCH}{JQL}", "jira-work", GET_SEARCH),
    (BOARD, "", "board-scope:jira-software project:jira"),
    (f"{BOARD}/1", "", BOARD_ISSUES),
    (f"{BOARD}/1/configuration", "", "board-scope.admin:jira-software project:jira"),
    (f"{BOARD}/1/sprint", "", "sprint:jira-software"),
    (f"{BOARD}/1/epic", "", "epic:jira-software"),
    (f"{BOARD}/1/issue", "", BOARD_ISSUES),
    (f"{BOARD}/1/backlog", "", BOARD_ISSUES),
    (f"{BOARD}/1/sprint/12/issue", "", SPRINT_ISSUES),
    ("/rest/agile/1.0/sprint/12", "", "sprint:jira-software"),
    ("/rest/agile/1.0/sprint/12/issue", "", SPRINT_ISSUES),
]


def scopes_of(names: str) -> list[str]:
    return [f"read:{name}" for name in names.split()]


class Narrowing:
    """One person who consents again and again, each time to other scopes."""

    def __init__(self, sandbox: SandboxProcess, scopes: list[str]) -> None:
        self.cloud = CloudClient(sandbox, sandbox.make_app(CALLBACK, scopes))
        self.browser = CloudBrowser(sandbox, "ada")

    def status(self, path: str, scopes: list[str]) -> int:
        back = self.browser.accept(self.cloud.authorize_url(), scopes=scopes)
        token = self.cloud.exchange(callback_values(back)["code"]).json()["access_token"]
        return self.cloud.get(path, token).status_code


@pytest.mark.parametrize(("path", "classic", "granular"), ENDPOINTS, ids=[row[0] for row in ENDPOINTS])
def test_an_endpoint_opens_to_a_whole_bundle_only(
    sandbox: SandboxProcess, path: str, classic: str, granular: str
) -> None:
    bundle = scopes_of(granular)
    everything = [*bundle, "read:jira-work", "read:jira-user", "read:issue:jira-software"]
    narrowing = Narrowing(sandbox, everything)
    assert narrowing.status(path, bundle) == 200
    if classic:
        assert narrowing.status(path, scopes_of(classic)) == 200
    for missing in bundle:
        others = [scope for scope in bundle if scope != missing] + ["read:issue:jira-software"]
        assert narrowing.status(path, others) == 401, missing
    wrong_classic = [f"read:{name}" for name in ("jira-work", "jira-user") if name != classic]
    assert narrowing.status(path, wrong_classic) == 401


def test_posting_a_search_wants_another_bundle(sandbox: SandboxProcess) -> None:
    bundle = scopes_of("issue-details:jira field.default-value:jira field.option:jira field:jira group:jira")
    cloud = CloudClient(sandbox, sandbox.make_app(CALLBACK, bundle))
    url = f"{sandbox.cloud_url}/ex/jira/{sandbox.cloud_ids['acme']}{SEARCH}"
    body = {"jql": "sprint = 12", "fields": ["summary"], "maxResults": 1}
    token = cloud.tokens(scope=" ".join(bundle))["access_token"]
    assert cloud.call(url, token, "POST", json=body).json()["issues"][0]["key"] == "SHOP-4"
    assert cloud.get(f"{SEARCH}{JQL}", token).status_code == 401
    fewer = cloud.tokens(scope=" ".join(bundle[1:]))["access_token"]
    refused = cloud.call(url, fewer, "POST", json=body)
    assert refused.json() == {"code": 401, "message": "Unauthorized; scope does not match"}


@pytest.mark.parametrize(
    "header",
    ["Bearer  {}", "bearer {}", "Bearer\t{}", "Basic {}", "{}", "Bearer x{}", "", None],
)
def test_only_bearer_and_one_blank_count(cloud: CloudClient, header: str | None) -> None:
    token = cloud.tokens()["access_token"]
    url = f"{cloud.sandbox.cloud_url}/ex/jira/{cloud.sandbox.cloud_ids['acme']}/rest/api/3/myself"
    headers = {} if header is None else {"Authorization": header.format(token)}
    with requests.Session() as plain:
        plain.trust_env = False
        answer = plain.get(url, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()) == (401, {"code": 401, "message": "Unauthorized"})


def test_server_info_is_open_and_names_the_site(cloud: CloudClient) -> None:
    url = f"{cloud.sandbox.cloud_url}/ex/jira/{cloud.sandbox.cloud_ids['globex']}/rest/api/3/serverInfo"
    info = requests.get(url, timeout=10).json()
    assert (info["baseUrl"], info["deploymentType"]) == (cloud.sandbox.sites["globex"], "Cloud")
    assert cloud.call(url, "unknown").status_code == 401


def test_other_sites_are_not_there(cloud: CloudClient) -> None:
    token = cloud.tokens(site="acme")["access_token"]
    assert cloud.get("/rest/api/3/myself", token, "globex").status_code == 404
    unknown = f"{cloud.sandbox.cloud_url}/ex/jira/0000/rest/api/3/myself"
    assert cloud.call(unknown, token).status_code == 404
    assert cloud.get("/rest/api/3/nosuch", token).json()["code"] == 404
    assert cloud.call(unknown, token, "OPTIONS").status_code == 404


def test_people_are_accounts(cloud: CloudClient) -> None:
    me = cloud.get("/rest/api/3/myself", cloud.tokens("grace")["access_token"]).json()
    assert (me["accountId"][:7], me["emailAddress"]) == ("557058:", "grace@example.com")
    assert not {"name", "key"} & set(me)
    gateway = f"{cloud.sandbox.cloud_url}/ex/jira/{cloud.sandbox.cloud_ids['acme']}"
    assert me["self"].startswith(f"{gateway}/rest/api/3/user?accountId=557058%3A")


@pytest.mark.parametrize(("user", "seen"), [("ada", [1, 2]), ("grace", [1])])
def test_boards_are_those_of_the_person(cloud: CloudClient, user: str, seen: list[int]) -> None:
    token = cloud.tokens(user)["access_token"]
    rows = cloud.get(BOARD, token).json()["values"]
    assert [board["id"] for board in rows] == seen
    assert rows[0]["location"]["projectKey"] == "SHOP"
    assert cloud.get(f"{BOARD}/2", token).status_code == (200 if 2 in seen else 404)
    found = cloud.get("/rest/api/3/project/search", token).json()
    assert (found["total"], found["isLast"]) == (len(seen), True)
    assert [row["name"] for row in cloud.get(f"{BOARD}?name=platf", token).json()["values"]] == (
        ["Platform kanban"] if 2 in seen else []
    )


def test_issues_are_written_as_on_cloud(cloud: CloudClient) -> None:
    token = cloud.tokens()["access_token"]
    rows = {
        row["schema"]["custom"].rpartition(":")[2]: row["id"]
        for row in cloud.get("/rest/api/3/field", token).json()
        if row["custom"]
    }
    assert "gh-epic-link" not in rows
    issue = cloud.get(f"{BOARD}/1/sprint/12/issue?maxResults=1", token).json()["issues"][0]
    content: dict[str, Any] = issue["fields"]
    assert content["parent"]["key"] == "SHOP-1"
    assert content["assignee"]["accountId"] == "5b10ac8d82e05b22cc7d4ef5"
    assert content[rows["gh-sprint"]][0]["state"] == "active"
    assert "/ex/jira/" in issue["self"]
    assert "/rest/api/3/" in issue["self"]


def test_search_pages_by_token_and_shows_ids_only(cloud: CloudClient) -> None:
    token = cloud.tokens("grace")["access_token"]
    page = cloud.get(f"{SEARCH}{JQL}&maxResults=15", token).json()
    assert set(page) == {"issues", "isLast", "nextPageToken"}
    found = page["issues"]
    for _ in range(5):
        if page["isLast"]:
            break
        page = cloud.get(f"{SEARCH}{JQL}&maxResults=15&nextPageToken={page['nextPageToken']}", token).json()
        found += page["issues"]
    assert found == [{"id": issue.id} for issue in data.ISSUES if issue.project is data.SHOP]
    assert "nextPageToken" not in page


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("jql=", "Unbounded"),
        ("jql=ORDER%20BY%20Rank", "Unbounded"),
        ("jql=colour%3Dred", "does not exist"),
        ("jql=sprint%3D12&nextPageToken=MTA=", "page token"),
        ("jql=sprint%3D12&nextPageToken=%21", "page token"),
        ("jql=sprint%3D12&maxResults=0", "maxResults"),
        ("jql=sprint%3D12&maxResults=x", "maxResults"),
    ],
)
def test_wrong_searches(cloud: CloudClient, query: str, text: str) -> None:
    answer = cloud.get(f"{SEARCH}?{query}", cloud.tokens()["access_token"])
    assert (answer.status_code, text in answer.json()["errorMessages"][0]) == (400, True)


def test_search_by_sprint_parent_and_fields(cloud: CloudClient) -> None:
    token = cloud.tokens()["access_token"]
    found = cloud.get(f"{SEARCH}?jql=sprint%3D13%20AND%20parent%3DSHOP-2&fields=summary", token).json()
    assert [issue["key"] for issue in found["issues"]] == ["SHOP-16", "SHOP-17", "SHOP-18", "SHOP-19"]
    assert set(found["issues"][0]["fields"]) == {"summary"}


def test_the_former_search_is_gone(cloud: CloudClient) -> None:
    answer = cloud.get("/rest/api/3/search?jql=sprint%3D12", cloud.tokens()["access_token"])
    assert (answer.status_code, "CHANGE-2046" in answer.text) == (410, True)


def test_rate_limits_and_failures_of_one_side(cloud: CloudClient) -> None:
    token = cloud.tokens()["access_token"]
    server = f"{cloud.sandbox.url}/rest/api/2/serverInfo"
    cloud.sandbox.state(rate_limited=7, side="cloud")
    limited = cloud.get(BOARD, token)
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    assert limited.headers["RateLimit-Reason"] == "jira-burst-based"
    assert requests.get(server, timeout=10).status_code == 200
    cloud.sandbox.state(side="server", board_gone=True)
    assert cloud.get(BOARD, token).status_code == 200
    assert cloud.get(f"{BOARD}/1", token).status_code == 200
    assert requests.get(server, timeout=10).status_code == 429
    cloud.sandbox.state(rate_limited=0, side="both")
    assert cloud.get(f"{BOARD}/1", token).status_code == 404


@pytest.mark.parametrize(
    ("switch", "gateway", "token_call", "page"),
    [
        ({"down": True}, 503, 503, 503),
        ({"status_5xx": 502}, 502, 502, 200),
        ({"hostile_body": "redirect"}, 302, 403, 200),
    ],
    ids=str,
)
def test_failures_reach_gateway_and_token_calls(
    cloud: CloudClient, switch: dict[str, Any], gateway: int, token_call: int, page: int
) -> None:
    token = cloud.tokens()["access_token"]
    cloud.sandbox.state(**switch)
    assert cloud.get(BOARD, token).status_code == gateway
    assert cloud.refresh("unknown").status_code == token_call
    assert cloud.http.get(cloud.sandbox.cloud_url, timeout=10).status_code == page
    cloud.sandbox.state(**dict.fromkeys(switch, 0) if "status_5xx" in switch else {"side": "server"})
    assert cloud.get(BOARD, token).status_code == 200


def test_dropped_connections(cloud: CloudClient) -> None:
    cloud.sandbox.state(drop_connection=True)
    with pytest.raises(requests.ConnectionError):
        cloud.refresh("unknown")
