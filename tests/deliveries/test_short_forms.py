"""A shell script says what it knows, and Jira gets all it wants."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.deliveries import issue_keys
from portal.deliveries.data_kinds import DATA_KINDS
from portal.deliveries.items import FULL_FORMS
from tests.deliveries.test_items import complaints, only, read

BUILD = {
    "pipeline": "web",
    "number": 42,
    "state": "successful",
    "url": "https://ci.example.com/web/42",
    "branch": "feature/ABC-12-login",
}
DEPLOYMENT = {
    "pipeline": "web",
    "environment": "Production",
    "number": 7,
    "state": "successful",
    "url": "https://ci.example.com/deploy/7",
    "issues": ["ABC-12"],
}
FLAG = {
    "key": "new-login",
    "enabled": True,
    "environment": "Production",
    "url": "https://flags.example.com/new-login",
    "issues": ["ABC-12"],
}
COMMIT = {
    "repository": "https://git.example.com/acme/web.git",
    "commit": "8f3c2ab90d51e7",
    "url": "https://git.example.com/acme/web/commit/8f3c2ab90d51e7",
    "author": "Dev Eloper <dev@example.com>",
    "message": "ABC-12 Ask once",
}
SHORT = {"builds": BUILD, "deployments": DEPLOYMENT, "feature-flags": FLAG, "development": COMMIT}
NOW = "2026-03-01T12:30:00.000Z"


def body(kind: str, **more: Any) -> dict[str, Any]:
    """What is made of the short item of a kind, changed by ``more``."""
    (item,) = read(SHORT[kind] | more, kind)
    assert item.number is None
    return item.body


def test_a_build() -> None:
    assert body("builds") == {
        "schemaVersion": "1.0",
        "pipelineId": "web",
        "buildNumber": 42,
        "displayName": "web #42",
        "url": "https://ci.example.com/web/42",
        "state": "successful",
        "lastUpdated": NOW,
        "issueKeys": ["ABC-12"],
    }


def test_a_build_of_which_more_is_known() -> None:
    told = body(
        "builds",
        name="Nightly",
        commit="8f3c",
        repository="https://git.example.com/acme/web.git/",
        at="2026-03-01T10:00:00+01:00",
        tests={"passed": 5, "failed": 1},
        issues=["ABC-13", "ABC-13"],
    )
    assert (told["displayName"], told["lastUpdated"], told["issueKeys"]) == (
        "Nightly",
        "2026-03-01T10:00:00+01:00",
        ["ABC-13"],
    )
    assert told["testInfo"] == {"totalNumber": 6, "numberPassed": 5, "numberFailed": 1, "numberSkipped": 0}
    branch = "https://git.example.com/acme/web/tree/feature/ABC-12-login"
    assert told["references"] == [
        {
            "commit": {"id": "8f3c", "repositoryUri": "https://git.example.com/acme/web.git/"},
            "ref": {"name": "feature/ABC-12-login", "uri": branch},
        }
    ]


def test_a_deployment() -> None:
    assert body("deployments") == {
        "schemaVersion": "1.0",
        "deploymentSequenceNumber": 7,
        "displayName": "web #7",
        "url": "https://ci.example.com/deploy/7",
        "description": "web to Production",
        "lastUpdated": NOW,
        "state": "successful",
        "issueKeys": ["ABC-12"],
        "pipeline": {"id": "web", "displayName": "web", "url": "https://ci.example.com/deploy/7"},
        "environment": {"id": "production", "displayName": "Production", "type": "production"},
    }
    assert body("deployments", message="ABC-9 Fix\n\nLong story")["description"] == "ABC-9 Fix"
    assert body("deployments", description="By hand", message="x")["description"] == "By hand"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("prod", "production"),
        ("PROD-EU-1", "production"),
        ("live", "production"),
        ("pre-prod", "staging"),
        ("stage2", "staging"),
        ("QA", "testing"),
        ("test-prod-data", "testing"),
        ("dev", "development"),
        ("non-prod", "unmapped"),
        ("blue", "unmapped"),
        ("product", "unmapped"),
    ],
)
def test_the_type_of_an_environment_is_taken_from_usual_words(name: str, kind: str) -> None:
    assert body("deployments", environment=name)["environment"]["type"] == kind


def test_the_type_of_an_environment_may_be_said() -> None:
    environment = body("deployments", environment={"name": "Blue  EU", "type": "staging"})["environment"]
    assert environment == {"id": "blue eu", "displayName": "Blue  EU", "type": "staging"}
    assert only(DEPLOYMENT | {"environment": {"name": 5}}, "deployments")[0] == "/environment/name"
    assert only(DEPLOYMENT | {"environment": 5}, "deployments")[0] == "/environment"
    assert only(DEPLOYMENT | {"environment": ""}, "deployments")[0] == "/environment"


def test_a_feature_flag() -> None:
    status = {"enabled": True, "rollout": {"percentage": 50}}
    seen = {"url": "https://flags.example.com/new-login", "lastUpdated": NOW, "status": status}
    assert body("feature-flags", rollout=50) == {
        "schemaVersion": "1.0",
        "id": "new-login",
        "key": "new-login",
        "displayName": "new-login",
        "issueKeys": ["ABC-12"],
        "summary": seen,
        "details": [seen | {"environment": {"name": "Production", "type": "production"}}],
    }
    assert body("feature-flags", environment="blue")["details"][0]["environment"] == {"name": "blue"}


def test_a_commit_and_its_branch() -> None:
    told = body("development", branch="fix/ABC-13")
    commit = {
        "id": "8f3c2ab90d51e7",
        "issueKeys": ["ABC-13", "ABC-12"],
        "message": "ABC-12 Ask once",
        "author": {"email": "dev@example.com", "name": "Dev Eloper"},
        "fileCount": 0,
        "url": "https://git.example.com/acme/web/commit/8f3c2ab90d51e7",
        "authorTimestamp": NOW,
        "displayId": "8f3c2ab90d51",
    }
    assert told == {
        "id": "git.example.com~2Facme~2Fweb",
        "name": "web",
        "url": "https://git.example.com/acme/web.git",
        "commits": [commit],
        "branches": [
            {
                "id": "fix~2FABC-13",
                "issueKeys": ["ABC-13", "ABC-12"],
                "name": "fix/ABC-13",
                "lastCommit": commit,
                "url": "https://git.example.com/acme/web/tree/fix/ABC-13",
            }
        ],
    }
    assert "branches" not in body("development")
    assert len(body("development", message="ABC-12 " + "x" * 2000)["commits"][0]["message"]) == 1024


def test_one_repository_has_one_id_and_two_have_two() -> None:
    def repository_id(url: str) -> str:
        found = body("development", repository=url)["id"]
        assert len(found) <= 1024
        return str(found)

    assert repository_id("https://a.example/x.git") == repository_id("http://a.example/x/")
    urls = [
        "a.example/x-y",
        "a.example/x/y",
        "a.example/x~2Fy",
        "a.example/x.y",
        *("ü" * n for n in (400, 401)),
    ]
    assert len({repository_id(f"https://{url}") for url in urls}) == len(urls)


@pytest.mark.parametrize(
    ("author", "told"),
    [
        ("dev@example.com", {"email": "dev@example.com"}),
        ("<dev@example.com>", {"email": "dev@example.com"}),
        ("Dev Eloper", {"name": "Dev Eloper"}),
    ],
)
def test_an_author_is_an_address_or_a_name(author: str, told: dict[str, str]) -> None:
    assert body("development", author=author)["commits"][0]["author"] == told


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("feature/ABC-12_x", ["ABC-12"]),
        ("ABC-12-login", ["ABC-12"]),
        ("HOTFIX-ABC-12", ["ABC-12"]),
        ("[ABC-12] #XY-3: (Q2-7), AB1-4.", ["ABC-12", "XY-3", "Q2-7", "AB1-4"]),
        ("ABC-12 and ABC-12", ["ABC-12"]),
        ("fix_ABC-12", ["ABC-12"]),
        ("Read UTF-8, SHA-256, SHA3-512, ISO-8601, RFC-3339, CVE-2026-1234, X86-64, TLS-1.3", []),
        ("abc-12 Abc-12 A-12 ABC-0 ABC-012 ABC12 ABC-x ABC -12", []),
        ("ÄABC-12 xABC-12 ABC-12x ABC-12é ABCDEFGHIJK-1", []),
    ],
)
def test_which_keys_are_found(text: str, keys: list[str]) -> None:
    assert list(issue_keys.found_in(text)) == keys


def test_keys_are_taken_from_branch_and_message_unless_they_are_named() -> None:
    assert body("builds", message="XY-3 Merge ABC-12")["issueKeys"] == ["ABC-12", "XY-3"]
    assert body("builds", issues=["XY-3"])["issueKeys"] == ["XY-3"]
    assert body("builds", issues=[])["issueKeys"] == ["ABC-12"]


def test_without_a_key_it_says_where_was_looked_and_what_to_do() -> None:
    pointer, said = only([BUILD, BUILD | {"branch": "main", "message": "Read UTF-8"}])
    assert pointer == "/1"
    for word in ("branch", "message", '"issues": ["ABC-12"]'):
        assert word in said
    many = " ".join(f"ABC-{n}" for n in range(1, 102))
    assert "100" in only(BUILD | {"message": many})[1]


@pytest.mark.parametrize("kind", SHORT)
def test_null_is_as_good_as_nothing_where_a_field_may_be_left_out(kind: str) -> None:
    optional = {"name": None, "at": None, "branch": None} if kind != "builds" else {"name": None, "at": None}
    assert body(kind, **optional) == body(kind)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("builds", "pipeline", ""),
        ("builds", "number", "42"),
        ("builds", "state", "SUCCESS"),
        ("builds", "url", ""),
        ("builds", "at", "2026-03-01T12:00:00"),
        ("builds", "issues", "ABC-12"),
        ("builds", "tests", 5),
        ("builds", "repository", "acme/web"),
        ("builds", "buildnumber", 5),
        ("feature-flags", "enabled", "true"),
        ("feature-flags", "rollout", 101),
        ("feature-flags", "environment", ""),
        ("development", "commit", "8f 3c"),
        ("development", "files", -1),
    ],
)
def test_a_script_that_errs_is_told_where(kind: str, field: str, value: Any) -> None:
    assert only(SHORT[kind] | {field: value}, kind)[0] == f"/{field}"


def test_a_key_of_a_commit_is_one_that_jira_takes_there() -> None:
    assert only(COMMIT | {"issues": ["ABC-12", "1-1"]}, "development")[0] == "/issues/1"
    assert body("builds", issues=["1-1"])["issueKeys"] == ["1-1"]


def test_a_commit_needs_its_repository() -> None:
    assert '"repository"' in only(BUILD | {"commit": "8f3c"})[1]


def test_a_list_may_have_both_forms() -> None:
    full = body("builds")
    assert [item.body for item in read([full, BUILD])] == [full, full]
    assert [one.pointer for one in complaints([full | {"number": 1}, BUILD | {"buildNumber": 1}])] == [
        "/0/number",
        "/1/buildNumber",
    ]


def test_names_of_any_length_and_alphabet_fit_into_what_jira_takes() -> None:
    assert len(body("builds", pipeline="x" * 255)["displayName"]) == 255
    # Lower case may be longer than upper case.
    assert len(body("deployments", pipeline="x" * 255, environment="İ" * 255)["environment"]["id"]) == 255
    far = {"repository": "https://a.example/" + "x" * 980, "branch": "ü" * 255, "issues": ["ABC-12"]}
    assert len(body("builds", **far)["references"][0]["ref"]["uri"]) == 2000


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=255)
ADDRESS = "https://git.example.com/" + "ü" * 976


@pytest.mark.parametrize("kind", SHORT)
@given(name=texts, branch=texts)
def test_whatever_a_script_says_jira_takes_what_is_made_of_it(kind: str, name: str, branch: str) -> None:
    more: dict[str, dict[str, Any]] = {
        "builds": {"pipeline": name, "repository": ADDRESS, "commit": name},
        "deployments": {"pipeline": name, "environment": name, "message": name},
        "feature-flags": {"key": name, "environment": name},
        "development": {"repository": ADDRESS, "author": name, "message": name},
    }
    sent = SHORT[kind] | more[kind] | {"branch": branch, "issues": ["ABC-12"]}
    (item,) = read(sent, kind)
    FULL_FORMS[kind].model_validate(item.body)
    assert DATA_KINDS[kind].issue_keys(item.body) == ("ABC-12",)
    json.dumps(DATA_KINDS[kind].subject(item.body)).encode()
