"""What Atlassian takes of feature flags and development information; each answers in a shape of its own."""

from typing import Any

import pytest

from portal.sandbox.cloud.delivery_shapes import BRANCH, COMMIT, PULL_REQUEST, REPOSITORY
from tests.sandbox.delivery_client import (
    NOW,
    Json,
    Tool,
    branch,
    commit,
    deployment,
    flag,
    pull_request,
    repository,
)
from tests.support.sandbox import SandboxProcess


@pytest.fixture
def tool(sandbox: SandboxProcess) -> Tool:
    return Tool(sandbox)


def test_flags_are_told_by_their_ids(tool: Tool) -> None:
    answer = tool.flags(flag("a"), flag("b", 1, "UTF-8"), flag("c", key=None), flag("d", id=None))
    assert answer.status_code == 202
    assert answer.json() == {
        "acceptedFeatureFlags": ["a"],
        "failedFeatureFlags": {
            "b": [{"message": "No valid issues found for feature flag"}],
            "c": [{"message": "'key' is required"}],
            "": [{"message": "'id' is required"}],
        },
        "unknownIssueKeys": ["UTF-8"],
    }
    off = {"status": {"enabled": False}, "lastUpdated": NOW}
    assert tool.flags(flag("a", 1, summary=off)).json()["acceptedFeatureFlags"] == ["a"]
    (stored,) = tool.sandbox.stored("featureflags")
    assert (stored["key"], stored["item"]["summary"]["status"]) == ({"id": "a"}, {"enabled": True})
    tool.flags(flag("a", 2, summary=off))
    assert tool.sandbox.stored("featureflags")[0]["item"]["summary"] == off


def test_a_repository_and_what_is_in_it(tool: Tool) -> None:
    answer = tool.repositories(
        repository(
            commits=[commit("c1"), commit("c2", 1, "UTF-8"), commit("c3", message=None)],
            branches=[branch("b1")],
            pullRequests=[pull_request("17")],
        ),
        repository(id="docs", name=None, commits=[commit("c9")]),
    )
    assert answer.status_code == 202
    assert answer.json() == {
        "acceptedDevinfoEntities": {"shop": {"commits": ["c1"], "branches": ["b1"], "pullRequests": ["17"]}},
        "failedDevinfoEntities": {
            "shop": {
                "commits": [
                    {"id": "c2", "errorMessages": [{"message": "No valid issues found for commit"}]},
                    {"id": "c3", "errorMessages": [{"message": "'message' is required"}]},
                ]
            },
            "docs": {"errorMessages": [{"message": "'name' is required"}]},
        },
        "unknownIssueKeys": ["UTF-8"],
    }
    shop = {"repositoryId": "shop"}
    stored = [one["key"] for one in tool.sandbox.stored("devinfo")]
    assert stored == [
        shop,
        *(shop | {"entityType": kind, "id": name} for kind, name in (("commits", "c1"), ("branches", "b1"))),
        shop | {"entityType": "pullRequests", "id": "17"},
    ]


def test_each_entity_has_its_own_number(tool: Tool) -> None:
    tool.repositories(repository(5, commits=[commit("c1", 5)], pullRequests=[pull_request("17", 1)]))
    tool.repositories(
        repository(4, name="Former", pullRequests=[pull_request("17", 2, status="MERGED")]),
    )
    tool.repositories(repository(6, name="Shop 2", commits=[commit("c1", 5, message="again")]))
    held = {one["key"].get("entityType"): one for one in tool.sandbox.stored("devinfo")}
    assert (held[None]["item"]["name"], held[None]["sequence"]) == ("Shop 2", 6)
    assert held["commits"]["item"]["message"] == "SHOP-4 show delivery costs"
    assert held["pullRequests"]["item"]["status"] == "MERGED"
    outcomes = [[item["outcome"] for item in call["items"]] for call in tool.sandbox.deliveries()]
    assert outcomes == [["accepted"] * 3, ["ignored", "accepted"], ["accepted", "ignored"]]


def test_a_deployment_of_a_commit_that_was_sent(tool: Tool) -> None:
    tool.repositories(repository(commits=[commit("c1")]))
    values = [{"repositoryId": "shop", "commitHash": "c1"}, {"repositoryId": "shop", "commitHash": "c2"}]
    told = tool.deployments(
        deployment(issueKeys=None, associations=[{"associationType": "commit", "values": values}]),
        deployment(
            2,
            issueKeys=None,
            associations=[{"associationType": "repository", "values": [{"repositoryId": "shop"}]}],
        ),
    ).json()
    assert len(told["acceptedDeployments"]) == 2
    assert told["unknownAssociations"] == [{"associationType": "commit", "values": values[1:]}]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "'repositories' is required"),
        ({"repositories": []}, "list of 1 to 100"),
        ({"repositories": [repository()]}, "1 to 1000 development information entities"),
        ({"repositories": [repository(commits=[commit()])] * 2}, "duplicates"),
        ({"repositories": [repository(commits=[commit()] * 401)]}, "'commits' must be a list of 0 to 400"),
        (
            {
                "repositories": [
                    repository(id=str(n), commits=[commit()] * 400, branches=[branch()] * 101)
                    for n in range(2)
                ]
            },
            "1 to 1000",
        ),
        ({"repositories": [repository(commits={"id": "c1"})]}, "'commits' must hold objects"),
        ({"repositories": [repository(commits=["c1"])]}, "'commits' must hold objects"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_development_information_refused_whole(tool: Tool, body: Any, text: str) -> None:
    answer = tool.send("devinfo", body)
    assert answer.status_code == 400
    assert text in answer.json()["errorMessages"][0]["message"]
    assert tool.sandbox.stored("devinfo") == []


def wrong(shape: Any, whole: Json, **changed: Any) -> str:
    return "; ".join(shape("", whole | changed))


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (wrong(REPOSITORY, repository(), url="shop"), "'url' must be a URL"),
        (wrong(COMMIT, commit(), author=None), "'author' is required"),
        (wrong(COMMIT, commit(), fileCount=-1), "'fileCount' must be a whole number from 0"),
        (wrong(COMMIT, commit(), files=[{}] * 11), "'files' must be a list of 0 to 10"),
        (wrong(COMMIT, commit(), flags=["BIG"]), "'flags' must be one of MERGE_COMMIT"),
        (wrong(COMMIT, commit(), issueKeys=["4-4"]), "'issueKeys' has the value '4-4'"),
        (wrong(COMMIT, commit(), issueKeys=["SHOP-4"] * 501), "'issueKeys' must be a list of 1 to 500"),
        (wrong(BRANCH, branch(), name="x" * 513), "'name' must have at most 512"),
        (wrong(BRANCH, branch(), lastCommit={"id": "c"}), "'lastCommit.message' is required"),
        (wrong(PULL_REQUEST, pull_request(), status="CLOSED"), "'status' must be one of OPEN, MERGED"),
        (wrong(PULL_REQUEST, pull_request(), title="x" * 1025), "'title' must have at most 1024"),
        (wrong(PULL_REQUEST, pull_request(), reviewers=[{"approvalStatus": "OK"}]), "APPROVED, UNAPPROVED"),
        (wrong(COMMIT, commit(), message="x" * 2000, issueKeys=["ŁÓDŹ-1"]), ""),
    ],
    ids=lambda value: str(value)[:40],
)
def test_rules_of_development_information(found: str, text: str) -> None:
    assert text in found and bool(found) == bool(text)
