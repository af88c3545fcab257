"""The switches of deliveries: each does what its label says, at these calls and no others."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from portal.sandbox.faults import Faults
from portal.sandbox.faults_of_deliveries import GROUP
from tests.sandbox.cloud_client import CloudClient
from tests.sandbox.delivery_client import Tool, build, commit, deployment, flag, repository
from tests.support.sandbox import JiraBrowser, SandboxProcess


@pytest.fixture
def tool(sandbox: SandboxProcess) -> Tool:
    tool = Tool(sandbox)
    tool.new_token()
    return tool


@pytest.mark.parametrize(
    ("switches", "status", "headers"),
    [
        ({"deliveries_unauthorized": True}, 401, {}),
        ({"deliveries_credentials": "deleted"}, 401, {}),
        ({"deliveries_credentials": "secret_wrong"}, 202, {}),
        ({"deliveries_not_permitted": ["builds"]}, 403, {}),
        ({"deliveries_not_permitted": ["deployments", "featureflags", "devinfo"]}, 202, {}),
        ({"deliveries_rate_limited": 40}, 429, {"Retry-After": "40", "RateLimit-Reason": "jira-burst-based"}),
        ({"deliveries_limited_each": 1}, 429, {"Retry-After": "1"}),
        ({"deliveries_status": 503}, 503, {}),
        ({"deliveries_most_bytes": 100}, 413, {}),
        ({"deliveries_site": "gone"}, 404, {}),
        ({"sites_removed": ["acme"]}, 404, {}),
        ({"sites_removed": ["globex"]}, 202, {}),
        ({"status_5xx": 502}, 502, {}),
        ({"rate_limited": 7}, 429, {"Retry-After": "7"}),
        ({"in_front": "gateway_timeout"}, 504, {}),
        ({"down": True}, 503, {}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_a_call_meets(
    tool: Tool, switches: dict[str, Any], status: int, headers: dict[str, str]
) -> None:
    tool.sandbox.state(**switches)
    answer = tool.builds(build())
    assert answer.status_code == status
    assert headers.items() <= answer.headers.items()
    assert bool(tool.sandbox.stored("builds")) == (status == 202)
    tool.sandbox.state(**Faults().as_json())
    assert tool.builds(build()).status_code == 202


def test_a_refused_call_is_recorded_with_what_it_would_have_brought(tool: Tool) -> None:
    tool.sandbox.state(deliveries_status=503)
    tool.builds(build(1, 5), build(2, 6))
    tool.repositories(repository(3, commits=[commit()]))
    calls = tool.sandbox.deliveries()
    assert [(call["status"], call["client_id"]) for call in calls] == [(503, tool.credentials.client_id)] * 2
    assert calls[0]["path"] == f"/jira/builds/0.1/cloud/{tool.credentials.cloud_id}/bulk"
    assert [(item["key"]["buildNumber"], item["sequence"]) for item in calls[0]["items"]] == [(1, 5), (2, 6)]
    assert calls[1]["items"] == [{"key": {"repositoryId": "shop"}, "sequence": 3, "outcome": ""}]


@pytest.mark.parametrize("gone", ["builds", "deployments", "featureflags", "devinfo"])
def test_each_permission_can_be_taken_away(tool: Tool, gone: str) -> None:
    tool.sandbox.state(deliveries_not_permitted=[gone])
    answers = {
        "builds": tool.builds(build()),
        "deployments": tool.deployments(deployment()),
        "featureflags": tool.flags(flag()),
        "devinfo": tool.repositories(repository(commits=[commit()])),
    }
    assert {kind: answer.status_code for kind, answer in answers.items()} == {
        kind: 403 if kind == gone else 202 for kind in answers
    }


@pytest.mark.parametrize("switches", [{"deliveries_credentials": "secret_wrong"}, {"client_unknown": True}])
def test_no_token_for_what_is_wrong_now(tool: Tool, switches: dict[str, Any]) -> None:
    tool.sandbox.state(**switches)
    assert tool.ask().json() == {"error": "access_denied", "error_description": "Unauthorized"}
    tool.sandbox.state(**Faults().as_json())
    assert tool.ask().status_code == 200


def test_tokens_that_live_shorter(tool: Tool) -> None:
    tool.sandbox.state(deliveries_token_seconds=5)
    assert tool.ask().json()["expires_in"] == 5
    tool.new_token()
    tool.sandbox.state(clock_offset_seconds=6)
    assert tool.builds(build()).status_code == 401


def test_too_many_calls_until_the_time_has_passed(tool: Tool) -> None:
    tool.sandbox.state(deliveries_rate_limited=60)
    assert tool.builds(build()).headers["Retry-After"] == "60"
    tool.sandbox.state(deliveries_rate_limited=1)
    began, answer = time.monotonic(), tool.builds(build())
    while answer.status_code == 429 and time.monotonic() < began + 20:
        assert answer.headers["Retry-After"] == "1"
        time.sleep(0.02)
        answer = tool.builds(build())
    assert answer.status_code == 202 and time.monotonic() >= began + 1
    assert tool.sandbox.state()["switches"]["deliveries_rate_limited"] == 0


def test_every_third_call_is_too_many(tool: Tool) -> None:
    tool.sandbox.state(deliveries_limited_each=3)
    assert [tool.builds(build()).status_code for _ in range(6)] == [202, 202, 429, 202, 202, 429]


def test_a_call_that_is_not_answered(tool: Tool) -> None:
    tool.sandbox.state(deliveries_hang=True)
    with pytest.raises(requests.ReadTimeout):
        tool.post(tool.url("builds"), json={"builds": [build(1)]}, timeout=0.3)
    assert tool.sandbox.deliveries() == []
    tool.sandbox.state(deliveries_hang=False)
    until = time.monotonic() + 10
    while not tool.sandbox.deliveries() and time.monotonic() < until:
        time.sleep(0.02)
    assert [one["key"]["buildNumber"] for one in tool.sandbox.stored("builds")] == [1]
    assert tool.builds(build(2)).status_code == 202


def test_a_call_that_waited_over_a_reset_leaves_no_trace(tool: Tool) -> None:
    tool.sandbox.state(deliveries_hang=True)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(tool.builds, build(1))
        until = time.monotonic() + 10
        while not tool.sandbox.requests()[-1]["path"].endswith("/bulk") and time.monotonic() < until:
            time.sleep(0.02)
        tool.sandbox.reset()
        assert waiting.result(10).status_code == 503
    assert tool.sandbox.deliveries() == []


def test_an_answer_that_is_lost(tool: Tool) -> None:
    tool.sandbox.state(deliveries_answer="lost")
    with pytest.raises(requests.ConnectionError):
        tool.builds(build(1, 5))
    assert [one["sequence"] for one in tool.sandbox.stored("builds")] == [5]
    (call,) = tool.sandbox.deliveries()
    assert (call["status"], call["answer"]) == (202, "lost")
    tool.sandbox.state(deliveries_answer="good")
    assert tool.builds(build(1, 5)).json()["acceptedBuilds"]
    assert tool.sandbox.deliveries()[-1]["items"][0]["outcome"] == "ignored"


def test_an_answer_that_cannot_be_read(tool: Tool) -> None:
    tool.sandbox.state(deliveries_answer="broken")
    answer = tool.builds(build())
    assert (answer.status_code, answer.headers["Content-Type"]) == (202, "application/json")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    assert tool.sandbox.stored("builds")


def test_an_answer_that_does_not_name_one(tool: Tool) -> None:
    tool.sandbox.state(deliveries_answer="one_not_named")
    told = tool.builds(build(1), build(2, 1, "UTF-8"), build(3)).json()
    assert [one["buildNumber"] for one in told["acceptedBuilds"]] == [1]
    assert len(told["rejectedBuilds"]) == 1 and told["unknownIssueKeys"] == ["UTF-8"]
    told = tool.builds(build(4, 1, "UTF-8")).json()
    assert (told["acceptedBuilds"], told["rejectedBuilds"]) == ([], [])
    assert tool.flags(flag()).json()["acceptedFeatureFlags"] == []
    told = tool.repositories(repository(commits=[commit("c1"), commit("c2")])).json()
    assert told["acceptedDevinfoEntities"]["shop"]["commits"] == ["c1"]
    assert len(tool.sandbox.stored("builds")) == 2


def test_a_renamed_site_sends_elsewhere(tool: Tool) -> None:
    tool.sandbox.state(deliveries_site="renamed")
    answer = tool.builds(build())
    port = tool.sandbox.cloud_url.rpartition(":")[2]
    path = f"/jira/builds/0.1/cloud/{tool.credentials.cloud_id}/bulk"
    assert (answer.status_code, answer.headers["Location"]) == (302, f"http://127.0.0.1:{port}{path}")
    headers = {"Authorization": f"Bearer {tool.token}"}
    followed = requests.get(answer.headers["Location"], headers=headers, timeout=10)
    assert followed.status_code == 405


def test_no_key_is_known(tool: Tool) -> None:
    tool.sandbox.state(deliveries_keys_unknown=True)
    told = tool.builds(build(1, 1, "SHOP-4", "SHOP-5")).json()
    assert (told["acceptedBuilds"], told["unknownIssueKeys"]) == ([], ["SHOP-4", "SHOP-5"])
    by_id = {"associationType": "issueIdOrKeys", "values": ["1010004"]}
    told = tool.deployments(deployment(issueKeys=None, associations=[by_id])).json()
    assert told["unknownAssociations"] == [by_id]


def test_they_stand_in_a_group_and_leave_consent_alone(tool: Tool, cloud: CloudClient) -> None:
    names = [name for name in Faults().as_json() if name.startswith("deliveries_")]
    page = JiraBrowser(tool.sandbox, "admin").open("/sandbox/faults").text
    group = page[page.index("<h2>Deliveries:") :].partition("</fieldset>")[0]
    assert all(f'name="{name}"' in group for name in names) and GROUP == "deliveries"
    told = group.partition('name="deliveries_credentials"')[2].partition('class="field"')[0]
    assert "The row it turns red: Client ID and secret accepted" in told
    assert page.count("The row it turns red") == group.count("The row it turns red") == len(names) - 2
    tool.sandbox.state(
        deliveries_credentials="deleted",
        deliveries_unauthorized=True,
        deliveries_rate_limited=60,
        deliveries_limited_each=1,
        deliveries_status=503,
        deliveries_hang=True,
        deliveries_answer="lost",
        deliveries_most_bytes=1,
        deliveries_site="gone",
        deliveries_token_seconds=1,
    )
    tokens = cloud.tokens()
    assert cloud.get("/rest/api/3/myself", tokens["access_token"]).status_code == 200
    assert cloud.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"deliveries_answer": "late"},
        {"deliveries_status": 404},
        {"deliveries_token_seconds": 0},
        {"deliveries_most_bytes": 0},
        {"deliveries_limited_each": -1},
        {"deliveries_site": "moved"},
    ],
    ids=str,
)
def test_values_they_cannot_take(sandbox: SandboxProcess, wrong: dict[str, Any]) -> None:
    answer = requests.post(f"{sandbox.url}/sandbox/state", json=wrong, timeout=10)
    assert (answer.status_code, next(iter(wrong)) in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    ("path", "values", "status"),
    [
        ("credentials", {"site": "nowhere"}, 400),
        ("credentials", {"permissions": ["everything"]}, 400),
        ("credentials/unknown/delete", {}, 404),
    ],
)
def test_control_says_what_is_wrong(
    sandbox: SandboxProcess, path: str, values: dict[str, Any], status: int
) -> None:
    url = f"{sandbox.url}/sandbox/deliveries/{path}"
    assert requests.post(url, json=values, timeout=10).status_code == status
