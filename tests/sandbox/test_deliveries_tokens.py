"""Client ID and secret of a site's credentials: what they open, for how long, and what they do not open."""

from pathlib import Path

import pytest
import requests

from tests.sandbox.cloud_client import CloudClient
from tests.sandbox.delivery_client import Tool, build
from tests.support.sandbox import SandboxProcess

UNAUTHORIZED = {"code": 401, "message": "Unauthorized"}


@pytest.fixture
def tool(sandbox: SandboxProcess) -> Tool:
    return Tool(sandbox)


def test_a_token_for_a_quarter_of_an_hour(tool: Tool) -> None:
    answer = tool.ask()
    told = answer.json()
    assert (answer.status_code, told["expires_in"], told["token_type"]) == (200, 900, "Bearer")
    assert set(told) == {"access_token", "expires_in", "token_type"} and len(told["access_token"]) > 600
    assert tool.ask(as_form=True).status_code == 200
    assert tool.builds(build()).status_code == 202
    tool.sandbox.state(clock_offset_seconds=901)
    refused = tool.builds(build())
    assert (refused.status_code, refused.json()) == (401, UNAUTHORIZED)
    tool.new_token()
    assert tool.builds(build()).status_code == 202


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "access_denied"),
        ({"client_secret": None}, 401, "access_denied"),
        ({"client_id": "nobody"}, 401, "access_denied"),
        ({"audience": "auth.atlassian.com"}, 403, "access_denied"),
        ({"audience": None}, 403, "access_denied"),
        ({"grant_type": "password"}, 401, "access_denied"),
    ],
    ids=lambda value: str(value),
)
def test_who_gets_no_token(tool: Tool, changed: dict[str, str | None], status: int, error: str) -> None:
    answer = tool.ask(**changed)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    if status == 401:
        assert answer.json()["error_description"] == "Unauthorized"


def test_credentials_and_apps_are_not_each_other(tool: Tool, cloud: CloudClient) -> None:
    app = {"client_id": cloud.app.client_id, "client_secret": cloud.app.client_secret}
    assert tool.ask(**app).status_code == 401
    own = {"client_id": tool.credentials.client_id, "client_secret": tool.credentials.client_secret}
    refused = cloud.post(grant_type="refresh_token", refresh_token="x", **own)
    assert (refused.status_code, refused.json()["error"]) == (401, "access_denied")


def test_the_token_opens_nothing_else(tool: Tool, cloud: CloudClient) -> None:
    token = tool.new_token()
    assert cloud.get("/rest/api/3/myself", token).status_code == 401
    for path in ("/me", "/oauth/token/accessible-resources"):
        assert cloud.call(f"{tool.sandbox.cloud_url}{path}", token).status_code == 401
    site = f"{tool.sandbox.sites['acme']}/rest/api/3/myself"
    assert cloud.call(site, token).status_code == 403


def test_other_tokens_do_not_open_these_paths(tool: Tool, cloud: CloudClient) -> None:
    tool.token = cloud.tokens("admin")["access_token"]
    assert tool.builds(build()).status_code == 403
    assert requests.get(tool.url("builds", "pipelines/p/builds/1"), timeout=10).status_code == 401
    cloud.sandbox.end_access_tokens()
    assert tool.builds(build()).status_code == 401
    api_token = tool.sandbox.make_api_token("admin")
    for headers in ({"Authorization": "Bearer unknown"}, {"Authorization": f"Basic {api_token}"}, {}):
        answer = requests.post(tool.url("builds"), json={"builds": [build()]}, headers=headers, timeout=10)
        assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert [call["client_id"] for call in tool.sandbox.deliveries()] == [""] * 5
    assert tool.sandbox.stored("builds") == []


def test_sending_is_not_reading(tool: Tool) -> None:
    tool.builds(build())
    for kind, rest in (
        ("builds", "pipelines/shop-main/builds/1"),
        ("deployments", "pipelines/p/environments/e/deployments/1"),
        ("featureflags", "flag/new-checkout"),
        ("devinfo", "repository/shop"),
    ):
        answer = requests.get(
            tool.url(kind, rest), headers={"Authorization": f"Bearer {tool.token}"}, timeout=10
        )
        assert (answer.status_code, answer.json()["code"]) == (403, 403)


def test_tokens_end_early_and_with_their_credentials(tool: Tool) -> None:
    other = Tool(tool.sandbox)
    assert [one.builds(build()).status_code for one in (tool, other)] == [202, 202]
    tool.sandbox.end_2lo_tokens()
    assert [one.builds(build()).status_code for one in (tool, other)] == [401, 401]
    assert tool.new_token() and other.new_token()
    tool.sandbox.delete_credentials(tool.credentials)
    assert [one.builds(build()).status_code for one in (tool, other)] == [401, 202]
    assert tool.ask().status_code == 401


def test_a_second_start_knows_credentials_tokens_and_what_was_sent(tmp_path: Path) -> None:
    with SandboxProcess(tmp_path) as first:
        tool = Tool(first)
        tool.builds(build(1, 5), build(2, 5, "NONE-1"))
        calls, stored = first.deliveries(), first.stored("builds")
        assert len(calls) == len(stored) == 1
    with SandboxProcess(tmp_path) as second:
        assert (second.deliveries(), second.stored("builds")) == (calls, stored)
        tool.sandbox = second
        assert tool.builds(build(1, 4)).json()["acceptedBuilds"]
        assert second.deliveries()[-1]["items"][0]["outcome"] == "ignored"
        second.reset()
        assert (second.deliveries(), second.stored("builds")) == ([], [])
        assert tool.builds(build()).status_code == 401
