"""From a program's request to Jira: a story, then the order, then what goes wrong (D2, D5; T33, T50, T51)."""

import pytest

from portal.deliveries.batches import LOOKED_AT
from portal.deliveries.outcomes_of_calls import MOST_IN_A_ROW
from tests.support.deliveries import DeliveryOffice, build

pytestmark = pytest.mark.on_both(
    "test_states_of_one_build_go_one_after_the_other",
    "test_deployments_to_one_environment_keep_their_order",
    "test_what_is_refused_after_an_outage_holds_up_nothing",
    "test_where_one_after_the_other_is_refused_it_is_not_they",
    "test_many_of_one_environment_leave_room_for_others_in_a_call",
)


def test_a_build_reaches_its_issue(office: DeliveryOffice) -> None:
    """One that names an unknown issue too does, and says so; one that names no known one does not."""
    known, mixed, unknown = office.accepted(
        [build(1), build(2, issues=["SHOP-1", "SHOP-99999"]), build(3, key="NOPE-1")]
    )
    assert office.get(known).json()["state"] == "waiting"
    assert office.send() == 2, "one call, and a look for more"
    assert [one["state"] for one in (office.get(id).json() for id in (known, mixed, unknown))] == [
        "accepted", "accepted", "rejected"
    ]  # fmt: skip
    told = office.get(mixed).json()
    assert (told["unknown_issue_keys"], told["issue_keys"]) == (["SHOP-99999"], ["SHOP-1", "SHOP-99999"])
    assert told["label"] == "web #2" and told["finished_at"] and told["attempts"] == 1
    assert office.get(unknown).json()["reasons"]
    (call,) = office.sandbox.deliveries("builds")
    assert [item["outcome"] for item in call["items"]] == ["accepted", "accepted", "rejected"]
    stored = {row["key"]["buildNumber"]: row for row in office.sandbox.stored("builds")}
    assert stored[1]["sequence"] == office.get(known).json()["sequence_number"]


@pytest.mark.parametrize("data", ["deployments", "feature-flags", "development"])
def test_the_other_kinds_reach_jira(office: DeliveryOffice, data: str) -> None:
    items = {
        "deployments": {
            "pipeline": "web", "environment": "Production", "number": 7, "state": "successful",
            "url": "https://ci.example.org/7", "issues": ["SHOP-1"],
        },
        "feature-flags": {
                "key": "dark", "enabled": True, "url": "https://flags.example.org/dark", "issues": ["SHOP-1"],
                "environment": "Production",
            },
        "development": {
            "repository": "https://git.example.org/web", "branch": "feature/SHOP-1-login", "commit": "a" * 40,
            "message": "SHOP-1 log in", "url": "https://git.example.org/web/c/a", "author": "ada@example.org",
        },
    }  # fmt: skip
    (sent,) = office.accepted(items[data], data)
    office.send()
    told = office.get(sent).json()
    assert (told["state"], told["type"], told["reasons"]) == ("accepted", data, [])


def test_states_of_one_build_go_one_after_the_other(office: DeliveryOffice) -> None:
    """And others do not wait for them: the first of each goes in the first call."""
    office.accepted([build(1, "pending"), build(1, "in_progress"), build(2), build(1, "successful")])
    assert office.send() == 4
    calls = office.sandbox.deliveries("builds")
    assert [[item["key"]["buildNumber"] for item in call["items"]] for call in calls] == [[1, 2], [1], [1]]
    numbers = [
        item["sequence"] for call in calls for item in call["items"] if item["key"]["buildNumber"] == 1
    ]
    assert numbers == sorted(set(numbers)), "each is newer to Jira than the one before"
    (last,) = (row for row in office.sandbox.stored("builds") if row["key"]["buildNumber"] == 1)
    assert last["sequence"] == numbers[-1]


def test_deployments_to_one_environment_keep_their_order(office: DeliveryOffice) -> None:
    one = {"pipeline": "web", "state": "successful", "url": "https://ci.example.org", "issues": ["SHOP-1"]}
    items = [
        {**one, "environment": "Production", "number": 1},
        {**one, "environment": "Production", "number": 2},
        {**one, "environment": "Staging", "number": 2},
    ]
    office.accepted(items, "deployments")
    assert office.send() == 3
    assert [len(call["items"]) for call in office.sandbox.deliveries("deployments")] == [2, 1]


def test_a_number_of_the_tools_own_is_kept(office: DeliveryOffice) -> None:
    """And the next one without a number comes after it, however high it was."""
    high = 9_000_000_000_000
    own, next_one = office.accepted([_with_number(1, high), build(1)])
    assert office.get(own).json()["sequence_number"] == high
    assert office.get(next_one).json()["sequence_number"] == high + 1
    (later,) = office.accepted(build(1))
    assert office.get(later).json()["sequence_number"] == high + 2


def _with_number(number: int, sequence: int) -> dict[str, object]:
    """A build in Atlassian's JSON."""
    return {
        "pipelineId": "web",
        "buildNumber": number,
        "updateSequenceNumber": sequence,
        "displayName": "web",
        "url": "https://ci.example.org/web/1",
        "state": "failed",
        "lastUpdated": "2026-11-20T10:00:00Z",
        "issueKeys": ["SHOP-1"],
    }


def test_an_account_in_trouble_waits_and_then_goes_on(office: DeliveryOffice) -> None:
    """Jira is down, says how long, takes everything afterwards; nothing is given up meanwhile."""
    (sent,) = office.accepted(build(1))
    office.sandbox.state(deliveries_status=503)
    office.send()
    assert office.get(sent).json()["state"] == "waiting"
    way = office.way
    assert (way.trouble, way.attempts, way.lease) == ("maintenance", 1, None)
    office.send()
    assert len(office.sandbox.deliveries()) == 1, "its pause is not over"
    office.make_due()
    office.send()
    assert office.way.attempts == 2
    office.sandbox.state(deliveries_status=0)
    office.make_due()
    office.send()
    assert office.get(sent).json()["state"] == "accepted"
    way = office.way
    assert (way.trouble, way.attempts, way.retry_at, way.troubled_since) == (None, 0, None, None)
    steps = office.delivery(sent).steps
    assert [(step["what"], step.get("times")) for step in steps] == [
        ("received", None), ("not_sent", 2), ("sent", None)
    ]  # fmt: skip
    assert [len(office.audit(f"deliveries.{what}")) for what in ("held_up", "going_on")] == [1, 1]


def test_what_is_refused_after_an_outage_holds_up_nothing(office: DeliveryOffice) -> None:
    """Jira judged what was sent, so it is there again: smaller calls go at once."""
    office.accepted([build(number) for number in range(1, 5)])
    office.sandbox.state(deliveries_status=503)
    office.send()
    office.sandbox.state(deliveries_status=0, deliveries_most_bytes=1500)
    office.make_due()
    office.send()
    assert {row.state for row in office.deliveries()} == {"accepted"}
    assert office.way.trouble is None and len(office.audit("deliveries.going_on")) == 1


def test_where_one_after_the_other_is_refused_it_is_not_they(office: DeliveryOffice) -> None:
    """The rest waits, and one at a time finds out whether Jira takes anything again."""
    office.accepted([build(number) for number in range(1, MOST_IN_A_ROW + 10)])
    office.sandbox.state(deliveries_most_bytes=1)
    office.send(200)
    states = [row.state for row in office.deliveries()]
    assert states == ["failed"] * MOST_IN_A_ROW + ["waiting"] * 9
    assert office.way.trouble == "too_much"
    office.make_due()
    office.send()
    assert [row.state for row in office.deliveries()].count("failed") == MOST_IN_A_ROW + 1
    office.sandbox.state(deliveries_most_bytes=4_194_304)
    office.make_due()
    office.send()
    assert [row.state for row in office.deliveries()][-8:] == ["accepted"] * 8


def test_many_of_one_environment_leave_room_for_others_in_a_call(office: DeliveryOffice) -> None:
    one = {"pipeline": "web", "state": "successful", "url": "https://ci.example.org", "issues": ["SHOP-1"]}
    many = [{**one, "environment": "Production", "number": number} for number in range(LOOKED_AT + 1)]
    office.accepted([*many, {**one, "environment": "Staging", "number": 1}], "deployments")
    assert office.turn()
    (call,) = office.sandbox.deliveries("deployments")
    assert len(call["items"]) == 2


def test_parts_of_a_repository_get_its_own_number(office: DeliveryOffice) -> None:
    commit = {
        "id": "a1", "issueKeys": ["SHOP-1"], "message": "SHOP-1", "author": {"email": "ada@example.org"},
        "fileCount": 1, "url": "https://git.example.org/a1", "authorTimestamp": "2026-11-20T10:00:00Z",
        "displayId": "a1",
    }  # fmt: skip
    repository = {"id": "web", "name": "web", "url": "https://git.example.org/web", "updateSequenceId": 7}
    (sent,) = office.accepted({**repository, "commits": [commit]}, "development")
    office.send()
    assert office.get(sent).json()["state"] == "accepted", office.get(sent).json()["reasons"]
