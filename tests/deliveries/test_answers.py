"""What Jira says of each item, however much or little it says."""

from typing import Any

import pytest

from portal.deliveries.answers import Outcome, read_answer
from portal.deliveries.data_kinds import DATA_KINDS, Body
from tests.deliveries.test_items import BUILD, DEPLOYMENT, FLAG, FULL, REPOSITORY

ACCEPTED, UNANSWERED = Outcome("accepted", (), ()), Outcome("unanswered", (), ())


def outcomes(kind: str, sent: list[Body], answer: object) -> list[Outcome]:
    return list(read_answer(DATA_KINDS[kind], sent, answer).outcomes)


def build(number: int, *keys: str) -> Body:
    return BUILD | {"buildNumber": number, "issueKeys": list(keys)}


def key(number: int) -> Body:
    return {"pipelineId": "web", "buildNumber": number}


def test_each_build_has_its_own_outcome() -> None:
    sent = [
        build(1, "ABC-1"),
        build(2, "ABC-2", "NO-1"),
        build(3, "ABC-3"),
        build(4, "NO-1"),
        build(5, "A-1"),
    ]
    errors = [{"message": "'url' is required"}, {"message": "Too\nlong"}, {"message": "'url' is required"}]
    answer = {
        "acceptedBuilds": [key(2), key(1)],
        "rejectedBuilds": [{"key": key(3), "errors": errors}],
        "unknownIssueKeys": ["NO-1"],
    }
    assert outcomes("builds", sent, answer) == [
        ACCEPTED,
        Outcome("accepted", (), ("NO-1",)),
        Outcome("rejected", ("'url' is required", "Too long"), ()),
        Outcome("rejected", ("Jira knows none of the issues it names.",), ("NO-1",)),
        UNANSWERED,
    ]


def test_what_is_accepted_and_rejected_at_once_is_rejected() -> None:
    answer = {"acceptedBuilds": [key(1)], "rejectedBuilds": [{"key": key(1), "errors": []}]}
    assert outcomes("builds", [build(1, "A-1")], answer) == [
        Outcome("rejected", ("Jira gave no reason.",), ())
    ]


def test_a_deployment_is_told_by_pipeline_environment_and_number() -> None:
    def of(environment: str) -> Body:
        return {"pipelineId": "web", "environmentId": environment, "deploymentSequenceNumber": 7}

    other = DEPLOYMENT | {"environment": DEPLOYMENT["environment"] | {"id": "us"}}
    answer = {
        "acceptedDeployments": [of("eu")],
        "rejectedDeployments": [{"key": of("us"), "errors": [{"message": "No"}]}],
        "unknownAssociations": [{"associationType": "issueIdOrKeys", "values": ["10001", "XY-1"]}],
    }
    assert outcomes("deployments", [DEPLOYMENT, other], answer) == [
        Outcome("accepted", (), ("10001",)),
        Outcome("rejected", ("No",), ("10001",)),
    ]


def test_feature_flags_fail_by_their_ids() -> None:
    answer = {"acceptedFeatureFlags": ["f1"], "failedFeatureFlags": {"f2": [{"message": "No"}]}}
    assert outcomes("feature-flags", [FLAG, FLAG | {"id": "f2"}, FLAG | {"id": "f3"}], answer) == [
        ACCEPTED,
        Outcome("rejected", ("No",), ()),
        UNANSWERED,
    ]


def test_a_repository_of_which_a_part_failed_is_rejected_and_says_which() -> None:
    answer = {
        "acceptedDevinfoEntities": {"web": {"commits": ["8f3c"]}, "api": {}},
        "failedDevinfoEntities": {
            "web": {
                "errorMessages": [{"message": "Busy"}],
                "branches": [{"id": "fix", "errorMessages": [{"message": "Bad url"}]}],
                "pullRequests": [{"id": "5"}],
            },
            "api": {"errorMessages": [], "commits": []},
        },
        "unknownIssueKeys": ["ABC-14"],
    }
    sent = [REPOSITORY, REPOSITORY | {"id": "api"}, REPOSITORY | {"id": "docs"}]
    reasons = ("Busy", "Branch fix: Bad url", "Pull request 5: Jira gave no reason.")
    assert outcomes("development", sent, answer) == [
        Outcome("rejected", reasons, ("ABC-14",)),
        Outcome("accepted", (), ("ABC-14",)),
        Outcome("unanswered", (), ("ABC-14",)),
    ]


BROKEN: list[Any] = [None, [], 5, "accepted", {}, {"acceptedBuilds": "all", "rejectedBuilds": 5}]
BROKEN += [
    {name: value}
    for name in (
        "acceptedBuilds", "rejectedBuilds", "acceptedDeployments", "rejectedDeployments",
        "unknownAssociations", "acceptedFeatureFlags", "failedFeatureFlags", "acceptedDevinfoEntities",
        "unknownIssueKeys",
    )
    for value in (None, 5, [5], [[]], [{}], [{"key": 5, "errors": 5}], {"x": 5}, [{"values": 5}])
]  # fmt: skip


@pytest.mark.parametrize("kind", FULL)
def test_a_broken_answer_says_nothing(kind: str) -> None:
    for answer in BROKEN:
        assert outcomes(kind, [FULL[kind]], answer) == [UNANSWERED], answer


@pytest.mark.parametrize("errors", [None, 5, ["\u202eNo"], [{"message": 5}], [{}], {"message": "No"}])
def test_odd_errors_reject_all_the_same(errors: Any) -> None:
    (outcome,) = outcomes("builds", [BUILD], {"rejectedBuilds": [{"key": key(42), "errors": errors}]})
    assert outcome.state == "rejected"
    assert outcome.reasons in (("No",), ("Jira gave no reason.",))


def test_long_words_are_cut() -> None:
    errors = [{"message": f"{n} " + "x" * 5000} for n in range(500)]
    (outcome,) = outcomes("builds", [BUILD], {"rejectedBuilds": [{"key": key(42), "errors": errors}]})
    assert len(outcome.reasons) == 20
    assert {len(reason) for reason in outcome.reasons} == {300}
