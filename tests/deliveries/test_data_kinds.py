"""What the portal reads off an item: what it is about, its place in the order, its words for people."""

import pytest

from portal.deliveries.data_kinds import DATA_KINDS
from tests.deliveries.test_items import BUILD, COMMIT, DEPLOYMENT, FLAG, FULL, PULL_REQUEST, REPOSITORY

BUILDS, DEPLOYMENTS, FLAGS, DEVELOPMENT = DATA_KINDS.values()


def test_items_about_the_same_thing_have_one_subject() -> None:
    assert BUILDS.subject(BUILD) == BUILDS.lane(BUILD) == '["web",42]'
    assert BUILDS.subject(BUILD | {"state": "failed"}) == BUILDS.subject(BUILD)
    assert BUILDS.subject(BUILD | {"buildNumber": 43}) != BUILDS.subject(BUILD)
    assert FLAGS.subject(FLAG) == FLAGS.lane(FLAG) == '["f1"]'
    assert DEVELOPMENT.subject(REPOSITORY) == DEVELOPMENT.lane(REPOSITORY) == '["web"]'


def test_deployments_to_one_environment_stay_in_order() -> None:
    later = DEPLOYMENT | {"deploymentSequenceNumber": 8}
    assert DEPLOYMENTS.subject(DEPLOYMENT) == '["web","eu",7]'
    assert DEPLOYMENTS.subject(later) != DEPLOYMENTS.subject(DEPLOYMENT)
    assert DEPLOYMENTS.lane(later) == DEPLOYMENTS.lane(DEPLOYMENT) == '["web","eu"]'


def test_people_read_what_it_is_and_how_it_went() -> None:
    read = [(kind.label(FULL[name]), kind.state(FULL[name])) for name, kind in DATA_KINDS.items()]
    assert read == [
        ("web #42", "successful"),
        ("Web #7 → Production EU", "rolled_back"),
        ("new-login", "enabled"),
        (DEVELOPMENT.label(REPOSITORY), ""),
    ]
    assert BUILDS.label(BUILD | {"pipelineId": "a\n\u202eb"}) == "a b #42"


def test_a_commit_is_known_by_its_hash_and_first_words() -> None:
    """And a repository with several things by the first; by its own name only where it has none."""
    message = f"ABC-12 Ask for the password once {'and only once ' * 9}\n\nSince people asked."
    commit = {"id": "8f3c2ab90d51", "displayId": "8f3c2ab90d51", "message": message}
    first = "8f3c2ab ABC-12 Ask for the password once and only once and only once and only…"
    pull = {"id": "7", "displayId": "#7", "title": "Log in"}
    branch = {"id": "b", "name": "feature/ABC-12"}
    of = {"id": "web", "name": "web"}
    for changed, expected in (
        ({"commits": [commit]}, f"{first} (web)"),
        ({"commits": [commit], "branches": [branch]}, f"{first} (web, feature/ABC-12)"),
        ({"commits": [commit] * 3, "branches": [branch]}, f"{first} and 2 more (web, feature/ABC-12)"),
        ({"commits": [commit | {"id": "r41", "displayId": "41", "message": " "}]}, "41 (web)"),
        ({"pullRequests": [pull], "branches": [branch]}, "Pull request #7 Log in and 1 more (web)"),
        ({"branches": [branch]}, "Branch feature/ABC-12 (web)"),
        ({"commits": []}, "web"),
    ):
        assert DEVELOPMENT.label(of | changed) == expected


def test_every_issue_is_found_once() -> None:
    assert BUILDS.issue_keys(BUILD | {"issueKeys": ["B-2", "A-1", "B-2"]}) == ("B-2", "A-1")
    assert DEPLOYMENTS.issue_keys(DEPLOYMENT | {"issueKeys": ["ABC-9"]}) == ("ABC-9", "ABC-12")
    assert FLAGS.issue_keys(FLAG) == ("ABC-12",)
    assert DEVELOPMENT.issue_keys(REPOSITORY) == ("ABC-12", "ABC-13", "ABC-14")


@pytest.mark.parametrize("name", FULL)
def test_a_number_is_filled_in_without_touching_what_was_sent(name: str) -> None:
    kind, before = DATA_KINDS[name], repr(FULL[name])
    assert kind.number(kind.with_number(FULL[name], 99)) == 99
    assert repr(FULL[name]) == before


def test_parts_of_a_repository_get_its_number_unless_they_have_one() -> None:
    filled = DEVELOPMENT.with_number(REPOSITORY, 99)
    assert filled["commits"][0] == COMMIT | {"updateSequenceId": 99}
    assert filled["branches"][0]["updateSequenceId"] == 99
    assert filled["branches"][0]["lastCommit"] == COMMIT | {"updateSequenceId": 99}
    assert filled["pullRequests"][0] == PULL_REQUEST
    assert DEVELOPMENT.with_number({"id": "web"}, 5) == {"id": "web", "updateSequenceId": 5}


def test_what_one_call_holds_is_counted_for_development_information() -> None:
    assert DEVELOPMENT.weight(REPOSITORY) == 3
    assert BUILDS.weight(BUILD) == 0


def test_each_kind_is_sent_to_its_own_address_as_atlassian_describes() -> None:
    sent = {name: ("/".join(kind.data.path("c-1")), kind.envelope([{}])) for name, kind in DATA_KINDS.items()}
    by = {"product": "Almoner"}
    assert sent == {
        "builds": ("jira/builds/0.1/cloud/c-1/bulk", {"builds": [{}], "providerMetadata": by}),
        "deployments": ("jira/deployments/0.1/cloud/c-1/bulk", {"deployments": [{}], "providerMetadata": by}),
        "feature-flags": ("jira/featureflags/0.1/cloud/c-1/bulk", {"flags": [{}], "providerMetadata": by}),
        "development": ("jira/devinfo/0.1/cloud/c-1/bulk", {"repositories": [{}], "providerMetadata": by}),
    }
    assert [kind.name for kind in DATA_KINDS.values() if not kind.data.is_tried] == [
        "feature-flags",
        "development",
    ]
