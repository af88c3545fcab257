"""What became of a delivery, in one word, and the steps of its way."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from portal.deliveries.outcomes import OUTCOME_WORDS, OUTCOMES, outcome_of
from portal.deliveries.outcomes_of_calls import with_step
from portal.pages.deliveries.forms import FilterForm
from portal.pages.support.forms import DeliveriesForm
from tests.sandbox.delivery_client import commit, deployment, repository
from tests.support.deliveries import DeliveryOffice

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "unknown", "named", "expected"),
    [
        ("accepted", [], ["ABC-1"], "accepted"),
        ("accepted", ["ABC-1"], ["ABC-1"], "no_issue"),
        ("accepted", ["ABC-1"], ["abc-1", "ABC-1"], "no_issue"),
        ("accepted", ["ABC-1"], ["ABC-1", "ABC-2"], "accepted"),
        ("accepted", ["ABC-1"], ["ABC-1", "10001"], "accepted"),
        ("accepted", ["10001"], ["10001", "10002"], "accepted"),
        ("accepted", ["10001"], ["10001"], "no_issue"),
        ("accepted", [], [], "accepted"),
        ("rejected", ["ABC-1"], ["ABC-1"], "rejected"),
        ("waiting", [], ["ABC-1"], "waiting"),
    ],
)
def test_on_no_issue_is_what_jira_took_and_knows_no_issue_of(
    state: str, unknown: list[str], named: list[str], expected: str
) -> None:
    """By whatever an issue is named, a key in capitals or not, or an id."""
    assert outcome_of(state, unknown, named) == expected


def test_troubles_that_take_turns_are_told_once_each() -> None:
    """An account that is limited and unreachable in turns for weeks; a replay begins anew."""
    steps: list[dict[str, Any]] = [{"at": NOON.isoformat(), "what": "received"}]
    minutes = count(1)

    def then(what: str, **details: str) -> None:
        nonlocal steps
        steps = with_step(steps, what, NOON + timedelta(minutes=next(minutes)), **details)

    for _ in range(500):
        then("not_sent", code="unreachable")
        then("not_sent", code="rate_limited")
        then("refused_together", code="bad_request")
    told = [(step["what"], step.get("code"), step.get("times")) for step in steps]
    assert told == [
        ("received", None, None),
        ("not_sent", "unreachable", 500),
        ("not_sent", "rate_limited", 500),
        ("refused_together", "bad_request", 500),
    ]
    assert steps[3]["last"] == (NOON + timedelta(minutes=1500)).isoformat()
    then("replayed", by="somebody")
    then("not_sent", code="unreachable")
    assert [step["what"] for step in steps[4:]] == ["replayed", "not_sent"]
    assert "times" not in steps[5] and steps[1]["times"] == 500


def test_a_deployment_may_name_its_issues_by_id(office: DeliveryOffice) -> None:
    """One that Jira knows by its id is no deployment on no issue, whatever key stands beside it."""
    sent = []
    for number, named in enumerate((["NOPE-1", "1010004"], ["NOPE-1"], ["1010004"]), 1):
        about = [
            {"associationType": "issueIdOrKeys", "values": named},
            {"associationType": "repository", "values": [{"repositoryId": "shop"}]},
        ]
        sent.append(deployment(deploymentSequenceNumber=number, issueKeys=None, associations=about))
    office.accepted(repository(id="shop", commits=[commit()]), "development")
    office.send()
    office.accepted(sent, "deployments")
    office.send()
    told = [(row.state, row.outcome, row.unknown_keys) for row in office.deliveries()[1:]]
    assert told == [
        ("accepted", "accepted", ["NOPE-1"]),
        ("accepted", "no_issue", ["NOPE-1"]),
        ("accepted", "accepted", []),
    ]


def test_every_outcome_has_one_name_on_both_sides() -> None:
    assert list(OUTCOME_WORDS) == list(OUTCOMES)
    for form in (FilterForm, DeliveriesForm):
        offered = form.state.kwargs["choices"][1:]
        assert [(one.value, one.label) for one in offered] == list(OUTCOME_WORDS.items())
