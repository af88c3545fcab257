"""What Atlassian takes of builds and deployments, and what it says about the rest."""

from typing import Any

import pytest

from portal.sandbox.cloud.delivery_shapes import BUILD, DEPLOYMENT, FLAG
from tests.sandbox.delivery_client import Json, Tool, build, deployment, flag
from tests.support.sandbox import SandboxProcess


@pytest.fixture
def tool(sandbox: SandboxProcess) -> Tool:
    return Tool(sandbox)


def key(number: int) -> Json:
    return {"pipelineId": "shop-main", "buildNumber": number}


def test_each_build_is_looked_at_alone(tool: Tool) -> None:
    answer = tool.builds(
        build(1),
        build(2, 1, "SHOP-4", "UTF-8", "NONE-7"),
        build(3, 1, "UTF-8"),
        build(4, url=None, state="done"),
        {"displayName": "nothing but a name"},
    )
    assert answer.status_code == 202
    told = answer.json()
    assert told["acceptedBuilds"] == [key(1), key(2)]
    assert told["unknownIssueKeys"] == ["UTF-8", "NONE-7"]
    assert told["rejectedBuilds"][:2] == [
        {"key": key(3), "errors": [{"message": "No valid issues found for build"}]},
        {
            "key": key(4),
            "errors": [
                {"message": "'url' is required"},
                {
                    "message": "'state' must be one of "
                    "pending, in_progress, successful, failed, cancelled, unknown"
                },
            ],
        },
    ]
    nameless = told["rejectedBuilds"][2]
    assert nameless["key"] == {"pipelineId": None, "buildNumber": None}
    assert {"message": "'pipelineId' is required"} in nameless["errors"]
    assert [one["key"] for one in tool.sandbox.stored("builds")] == [key(1), key(2)]
    assert tool.sandbox.stored("builds")[1]["issues"] == ["SHOP-4"]
    (call,) = tool.sandbox.deliveries("builds")
    assert (call["status"], call["client_id"], call["unknown"]) == (
        202,
        tool.credentials.client_id,
        ["UTF-8", "NONE-7"],
    )
    outcomes = [item["outcome"] for item in call["items"]]
    assert outcomes == ["accepted", "accepted", "rejected", "rejected", "rejected"]


def test_an_older_number_is_ignored_and_told_as_accepted(tool: Tool) -> None:
    tool.builds(build(1, 5))
    for sequence in (4, 5):
        late = tool.builds(build(1, sequence, state="failed")).json()
        assert (late["acceptedBuilds"], late["rejectedBuilds"]) == ([key(1)], [])
    assert [one["item"]["state"] for one in tool.sandbox.stored("builds")] == ["successful"]
    tool.builds(build(1, 6, state="failed"), build(1, 7, state="cancelled"), build(2, 1))
    stored = tool.sandbox.stored("builds")
    assert [(one["sequence"], one["item"]["state"]) for one in stored] == [
        (7, "cancelled"),
        (1, "successful"),
    ]
    outcomes = [item["outcome"] for call in tool.sandbox.deliveries() for item in call["items"]]
    assert outcomes == ["accepted", "ignored", "ignored", "accepted", "accepted", "accepted"]
    other = Tool(tool.sandbox)
    other.builds(build(1, 1))
    assert len(tool.sandbox.stored("builds")) == 3


def test_a_deployment_is_its_pipeline_environment_and_number(tool: Tool) -> None:
    staging = {"id": "stage-1", "displayName": "Staging", "type": "staging"}
    told = tool.deployments(
        deployment(1, 5), deployment(1, 5, environment=staging), deployment(1, 4, state="failed")
    ).json()
    production = {"pipelineId": "shop-main", "environmentId": "prod-1", "deploymentSequenceNumber": 1}
    assert told == {
        "acceptedDeployments": [production, production | {"environmentId": "stage-1"}, production],
        "rejectedDeployments": [],
        "unknownIssueKeys": [],
        "unknownAssociations": [],
    }
    assert [one["item"]["state"] for one in tool.sandbox.stored("deployments")] == ["successful"] * 2


def test_a_deployment_is_associated_with_more_than_issues(tool: Tool) -> None:
    by_id = {"associationType": "issueIdOrKeys", "values": ["1010004", "SHOP-5", "77"]}
    services = {"associationType": "serviceIdOrKeys", "values": ["svc-1"]}
    told = tool.deployments(
        deployment(1, issueKeys=None, associations=[by_id, services]),
        deployment(2, issueKeys=None, associations=[services]),
        deployment(3, issueKeys=None),
        deployment(4, 1, "NONE-1"),
    ).json()
    assert [one["deploymentSequenceNumber"] for one in told["acceptedDeployments"]] == [1]
    assert told["unknownAssociations"][0] == {"associationType": "issueIdOrKeys", "values": ["77"]}
    assert told["unknownIssueKeys"] == ["NONE-1"]
    messages = [one["errors"][0]["message"] for one in told["rejectedDeployments"]]
    nothing_found = "No valid issues found for deployment"
    assert messages == [nothing_found, "'issueKeys' or 'associations' is required", nothing_found]
    assert tool.sandbox.stored("deployments")[0]["issues"] == ["SHOP-4", "SHOP-5"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"builds": []}, "'builds' must be a list of 1 to 100"),
        ({"builds": [build(number) for number in range(101)]}, "'builds' must be a list of 1 to 100"),
        ({"builds": {}}, "'builds' is required"),
        ({"deployments": [deployment()]}, "'builds' is required"),
        ({"builds": ["build"]}, "objects"),
        ([build()], "not a JSON object"),
        ({"builds": [build()], "properties": {"_a": "x"}}, "'_a'"),
        ({"builds": [build()], "properties": {"a:b": "x"}}, "'a:b'"),
        ({"builds": [build()], "properties": {"a": "x" * 256}}, "'a'"),
        ({"builds": [build()], "properties": {str(number): "x" for number in range(6)}}, "at most 5"),
        ({"builds": [build()], "providerMetadata": "Jenkins"}, "providerMetadata"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_body_that_is_none_is_refused_whole(tool: Tool, body: Any, text: str) -> None:
    answer = tool.send("builds", body)
    assert answer.status_code == 400
    assert text in answer.json()[0]["message"]
    (call,) = tool.sandbox.deliveries()
    assert call["status"] == 400 and all(item["outcome"] == "" for item in call["items"])
    assert tool.sandbox.stored("builds") == []


def test_what_is_no_json(tool: Tool) -> None:
    sent: list[dict[str, Any]] = [{"data": b'{"builds": ['}, {"data": b"[" * 100_000}, {"data": b"\xff"}]
    for one in sent:
        answer = tool.post(tool.url("builds"), headers={"Content-Type": "application/json"}, **one)
        assert (answer.status_code, len(answer.json())) == (400, 1)
    assert tool.post(tool.url("builds"), data={"builds": "1"}).status_code == 400


def test_where_credentials_may_send(tool: Tool) -> None:
    globex = tool.sandbox.cloud_ids["globex"]
    for cloud_id in (globex, "00000000-0000-0000-0000-000000000000"):
        answer = tool.send("builds", {"builds": [build()]}, cloud_id)
        assert (answer.status_code, answer.json()["code"]) == (404, 404)
    narrow = Tool(tool.sandbox, tool.sandbox.make_credentials("globex", ["deployments"]))
    assert narrow.builds(build()).status_code == 403
    assert narrow.deployments(deployment()).status_code == 202
    assert (narrow.send("builds", {}).status_code, narrow.send("deployments", {}).status_code) == (403, 400)
    assert tool.post(f"{tool.sandbox.cloud_url}/jira/builds/0.1/bulk", json={}).json()["code"] == 404


def test_five_thousand_builds_pass_in_seconds(tool: Tool) -> None:
    """Held loosely: it is a tenth of a second on a quiet machine, and would be minutes by a save for each."""
    tool.new_token()
    took = 0.0
    for page in range(50):
        answer = tool.builds(*(build(100 * page + number) for number in range(100)))
        assert len(answer.json()["acceptedBuilds"]) == 100
        took += answer.elapsed.total_seconds()
    assert took < 15
    assert len(tool.sandbox.stored("builds")) == 5_000


LONG = "x" * 256
WRONG_BUILDS: list[tuple[Json, str]] = [
    ({"pipelineId": LONG}, "'pipelineId' must have at most 255 characters"),
    ({"pipelineId": 7}, "'pipelineId' must be a string"),
    ({"buildNumber": "7"}, "'buildNumber' must be a whole number"),
    ({"buildNumber": True}, "'buildNumber' must be a whole number"),
    ({"updateSequenceNumber": 2**63}, "'updateSequenceNumber' must be a whole number"),
    ({"updateSequenceNumber": 1.5}, "'updateSequenceNumber' must be a whole number"),
    ({"url": "/7"}, "'url' must be a URL"),
    ({"url": "javascript:alert(1)"}, "'url' must be a URL"),
    ({"url": "https://[x"}, "'url' must be a URL"),
    ({"url": f"https://ci.example.com/{'x' * 2000}"}, "'url' must have at most 2000 characters"),
    ({"lastUpdated": "2026-11-22"}, "'lastUpdated' must be an RFC 3339 date-time"),
    ({"lastUpdated": "2026-11-22T10:00:00"}, "'lastUpdated' must be an RFC 3339 date-time"),
    ({"lastUpdated": "2026-13-22T10:00:00Z"}, "'lastUpdated' must be an RFC 3339 date-time"),
    ({"issueKeys": []}, "'issueKeys' must be a list of 1 to 100"),
    ({"issueKeys": ["SHOP-4"] * 101}, "'issueKeys' must be a list of 1 to 100"),
    ({"issueKeys": ["SHOP 4"]}, "'issueKeys' has the value 'SHOP 4'"),
    ({"issueKeys": ["SHOP-4\n"]}, "'issueKeys' has the value"),
    ({"schemaVersion": "2.0"}, "'schemaVersion' must be one of 1.0"),
    ({"description": LONG}, "'description' must have at most 255"),
    ({"testInfo": {"totalNumber": 3}}, "'testInfo.numberPassed' is required"),
    ({"references": []}, "'references' must be a list of 1 to 5"),
    ({"references": [{"commit": {"id": "c0ffee"}}]}, "'references.commit.repositoryUri' is required"),
    ({"references": ["main"]}, "'references' must be an object"),
]
WRONG_DEPLOYMENTS: list[tuple[Json, str]] = [
    ({"description": None}, "'description' is required"),
    ({"pipeline": None}, "'pipeline' is required"),
    ({"pipeline": {"id": "p", "displayName": "P"}}, "'pipeline.url' is required"),
    ({"environment": {"id": "e", "displayName": "E", "type": "prod"}}, "'environment.type' must be one of"),
    ({"state": "done"}, "'state' must be one of"),
    ({"duration": -(2**64)}, "'duration' must be a whole number"),
    ({"associations": [{"associationType": "issueKeys"}]}, "'associations.values' is required"),
    ({"associations": [{"associationType": "team", "values": ["x"]}]}, "'associations.associationType'"),
    ({"associations": [{"associationType": "commit", "values": ["x"]}]}, "must be an object"),
    ({"associations": [{"associationType": "issueKeys", "values": ["SHOP"]}]}, "has the value 'SHOP'"),
    ({"associations": 4 * [{"associationType": "issueKeys", "values": ["SHOP-4"]}]}, "1 to 3"),
]
WRONG_FLAGS: list[tuple[Json, str]] = [
    ({"key": None}, "'key' is required"),
    ({"updateSequenceId": None}, "'updateSequenceId' is required"),
    ({"summary": {"lastUpdated": "2026-11-22T10:00:00Z"}}, "'summary.status' is required"),
    ({"summary": {"status": {"enabled": "yes"}}}, "'summary.status.enabled' must be true or false"),
    ({"details": []}, "'details' must be a list of at least 1"),
    ({"details": [{"url": "https://x.example"}]}, "'details.environment' is required"),
    (
        {"summary": {"status": {"enabled": True, "rollout": {"percentage": 101}}}},
        "'summary.status.rollout.percentage' must be a number from 0 to 100",
    ),
]


@pytest.mark.parametrize(("changed", "text"), WRONG_BUILDS, ids=lambda value: str(value)[:40])
def test_rules_of_builds(changed: Json, text: str) -> None:
    assert text in "; ".join(BUILD("", build() | changed))


@pytest.mark.parametrize(("changed", "text"), WRONG_DEPLOYMENTS, ids=lambda value: str(value)[:40])
def test_rules_of_deployments(changed: Json, text: str) -> None:
    assert text in "; ".join(DEPLOYMENT("", deployment() | changed))


@pytest.mark.parametrize(("changed", "text"), WRONG_FLAGS, ids=lambda value: str(value)[:40])
def test_rules_of_flags(changed: Json, text: str) -> None:
    assert text in "; ".join(FLAG("", flag() | changed))


def test_what_is_right_by_the_same_rules() -> None:
    whole = build(
        testInfo={"totalNumber": 3, "numberPassed": 3, "numberFailed": 0, "numberSkipped": None},
        references=[{"commit": {"id": "c", "repositoryUri": "r"}}, {"ref": {"name": "main", "uri": "u"}}],
        lastUpdated="2026-11-22T10:00:00.123456789+05:30",
        updateSequenceNumber=2**63 - 1,
        label="",
    )
    assert BUILD("", whole) == DEPLOYMENT("", deployment(duration=5)) == FLAG("", flag()) == []
