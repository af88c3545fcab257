"""A program's body becomes items for Jira, all of them or none, and each mistake is named at its place."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from time import thread_time
from typing import Any

import pytest

from portal.deliveries.complaints import MOST
from portal.deliveries.data_kinds import DATA_KINDS
from portal.deliveries.items import Complaint, Item, ItemsRefused, NotJson, read_items
from portal.deliveries.models_of_development import Repository

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
SECRET = "hunter2-of-the-build-server"
BUILD = {
    "schemaVersion": "1.0",
    "pipelineId": "web",
    "buildNumber": 42,
    "updateSequenceNumber": 7,
    "displayName": "Web 42",
    "url": "https://ci.example.com/web/42",
    "state": "successful",
    "lastUpdated": "2026-03-01T12:00:00.123456789+01:00",
    "issueKeys": ["ABC-12", "ABC-13"],
    "testInfo": {"totalNumber": 3, "numberPassed": 2, "numberFailed": 1},
    "references": [{"commit": {"id": "8f3c", "repositoryUri": "local"}, "ref": {"name": "main", "uri": "x"}}],
}
DEPLOYMENT: dict[str, Any] = {
    "deploymentSequenceNumber": 7,
    "displayName": "Release 7",
    "url": "https://ci.example.com/deploy/7",
    "description": "",
    "lastUpdated": "2026-03-01T12:00:00Z",
    "state": "rolled_back",
    "pipeline": {"id": "web", "displayName": "Web", "url": "https://ci.example.com/web"},
    "environment": {"id": "eu", "displayName": "Production EU", "type": "production"},
    "associations": [
        {"associationType": "issueIdOrKeys", "values": ["ABC-12", "10001"]},
        {"associationType": "serviceIdOrKeys", "values": ["any service"]},
        {"associationType": "commit", "values": [{"commitHash": "8f3c", "repositoryId": "web"}]},
    ],
    "commands": [{"command": "initiate_deployment_gating"}],
}
STATUS = {"enabled": True, "rollout": {"percentage": 12.5}}
FLAG = {
    "id": "f1",
    "key": "new-login",
    "issueKeys": ["ABC-12"],
    "summary": {"status": STATUS, "lastUpdated": "2026-03-01T12:00:00Z"},
    "details": [
        {
            "url": "https://flags.example.com/new-login",
            "lastUpdated": "2026-03-01T12:00:00Z",
            "environment": {"name": "Production", "type": "production"},
            "status": STATUS,
        }
    ],
}
COMMIT = {
    "id": "8f3c",
    "issueKeys": ["ABC-12"],
    "message": "ABC-12 Fix",
    "author": {"email": "dev@example.com"},
    "fileCount": 1,
    "url": "https://git.example.com/web/8f3c",
    "authorTimestamp": "2026-03-01T12:00:00Z",
    "displayId": "8f3c",
}
PULL_REQUEST = {
    "id": "5",
    "issueKeys": ["ABC-14"],
    "updateSequenceId": 3,
    "status": "OPEN",
    "title": "Fix",
    "author": {},
    "commentCount": 0,
    "sourceBranch": "fix",
    "lastUpdate": "2026-03-01T12:00:00Z",
    "url": "https://git.example.com/web/pulls/5",
    "displayId": "#5",
}
REPOSITORY: dict[str, Any] = {
    "id": "web",
    "name": "Web",
    "url": "https://git.example.com/web",
    "commits": [COMMIT],
    "branches": [
        {
            "id": "fix",
            "issueKeys": ["ABC-13"],
            "name": "fix",
            "lastCommit": COMMIT,
            "url": "https://git.example.com/web/fix",
        }
    ],
    "pullRequests": [PULL_REQUEST],
}
FULL = {"builds": BUILD, "deployments": DEPLOYMENT, "feature-flags": FLAG, "development": REPOSITORY}


def read(sent: Any, kind: str = "builds") -> list[Item]:
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return read_items(DATA_KINDS[kind], body, NOW)


def complaints(sent: Any, kind: str = "builds") -> tuple[Complaint, ...]:
    with pytest.raises(ItemsRefused) as refused:
        read(sent, kind)
    return refused.value.complaints


def only(sent: Any, kind: str = "builds") -> tuple[str, str]:
    """Where the one mistake is, and all that is said of it."""
    (one,) = complaints(sent, kind)
    return one.pointer, f"{one.detail} {one.remedy}"


def changed(kind: str, *way: str | int, to: Any) -> Any:
    """The item of a kind with one value changed, or taken away where ``to`` is ``...``."""
    item: Any = json.loads(json.dumps(FULL[kind]))  # a copy in which nothing stands in two places
    at = item
    for part in way[:-1]:
        at = at[part]
    if to is ...:
        del at[way[-1]]
    else:
        at[way[-1]] = to
    return item


@pytest.mark.parametrize("kind", FULL)
def test_what_was_written_for_jira_is_taken_as_it_is(kind: str) -> None:
    item = FULL[kind]
    envelope = {DATA_KINDS[kind].list_name: [item, item], "providerMetadata": {"product": "Our CI"}}
    assert [one.body for one in read(item, kind)] == [item]
    assert [one.body for one in read([item, item], kind)] == [item, item]
    assert [one.body for one in read(envelope, kind)] == [item, item]
    assert read(item, kind)[0].number == DATA_KINDS[kind].number(item)


def test_a_number_may_be_left_to_the_portal() -> None:
    first, second = read([BUILD, changed("builds", "updateSequenceNumber", to=...)])
    assert (first.number, second.number) == (7, None)


def test_a_whole_number_may_have_a_point() -> None:
    assert read(BUILD | {"buildNumber": 14100413.0})[0].body["buildNumber"] == 14100413
    assert only(BUILD | {"buildNumber": 1.5})[0] == "/buildNumber"
    assert only(BUILD | {"buildNumber": 2.0**60})[0] == "/buildNumber"  # may have lost digits on the way


def test_text_of_all_the_world_is_kept_and_a_mark_of_its_encoding_skipped() -> None:
    item = BUILD | {"displayName": "Überprüfung 建 🚀 \\u0000"}
    assert read(item)[0].body == item
    assert read(b"\xef\xbb\xbf" + json.dumps(item, ensure_ascii=False).encode())[0].body == item


# Kind, way to a value, what stands there instead, a word of what is said; the pointer is the way.
WRONG: list[tuple[str, tuple[str | int, ...], Any, str]] = [
    ("builds", ("pipelineId",), ..., "missing"),
    ("builds", ("pipelineId",), 5, "quotes"),
    ("builds", ("pipelineId",), None, "quotes"),
    ("builds", ("pipelineId",), "x" * 256, "255"),
    ("builds", ("buildNumber",), "42", "without quotes"),
    ("builds", ("buildNumber",), True, "whole number"),
    ("builds", ("buildNumber",), 2**63, "9223372036854775807"),
    ("builds", ("updateSequenceNumber",), -(2**63) - 1, "-9223372036854775808"),
    ("builds", ("updateSequenceNumber",), float("nan"), "whole number"),
    ("builds", ("updateSequenceNumber",), float("inf"), "whole number"),
    ("builds", ("state",), "success", "'successful'"),
    ("builds", ("schemaVersion",), "2.0", "'1.0'"),
    ("builds", ("description",), None, "quotes"),
    ("builds", ("url",), "ci.example.com/42", "https://"),
    ("builds", ("url",), "javascript:alert(1)", "https://"),
    ("builds", ("url",), "https://ci.example.com/a b", "spaces"),
    ("builds", ("url",), "https://ci.example.com/" + "x" * 2000, "2000"),
    ("builds", ("lastUpdated",), "2026-03-01T12:00:00", "Add Z"),
    ("builds", ("lastUpdated",), "2026-03-01", "RFC 3339"),
    ("builds", ("lastUpdated",), "2026-02-30T12:00:00Z", "no such day"),
    ("builds", ("lastUpdated",), "2026-03-01T12:00:00+25:00", "no such day"),
    ("builds", ("lastUpdated",), 1772366400, "quotes"),
    ("builds", ("issueKeys",), ..., "missing"),
    ("builds", ("issueKeys",), [], "Add one"),
    ("builds", ("issueKeys",), ["A-1"] * 101, "100"),
    ("builds", ("issueKeys",), "ABC-12", "brackets"),
    ("builds", ("issueKeys", 1), "ABC 12", "ABC-12"),
    ("builds", ("issueKeys", 1), "ABC-12\n", "ABC-12"),
    ("builds", ("issueKeys", 1), "ÄBC-12", "ABC-12"),
    ("builds", ("issueKeys", 1), "ABC-" + "1" * 256, "ABC-12"),
    ("builds", ("testInfo", "numberPassed"), ..., "missing"),
    ("builds", ("testInfo", "numberSkipped"), "0", "whole number"),
    ("builds", ("references",), [], "Add one"),
    ("builds", ("references",), [{}] * 6, "5"),
    ("builds", ("references", 0, "commit", "id"), "x" * 256, "255"),
    ("builds", ("references", 0, "ref"), "main", "braces"),
    ("deployments", ("description",), ..., "missing"),
    ("deployments", ("duration",), "5", "whole number"),
    ("deployments", ("state",), "done", "'rolled_back'"),
    ("deployments", ("environment", "type"), "prod", "'production'"),
    ("deployments", ("pipeline", "url"), "", "https://"),
    ("deployments", ("commands", 0, "command"), 5, "quotes"),
    ("deployments", ("associations",), [], "Add one"),
    ("deployments", ("associations", 0, "values"), ["ABC-12", "some text"], "ABC-12"),
    ("deployments", ("associations", 0, "values"), ["A-1"] * 501, "500"),
    ("deployments", ("associations", 0), {"associationType": "pigeon", "values": []}, "serviceIdOrKeys"),
    ("deployments", ("associations", 0), {"values": []}, "Add its type"),
    ("deployments", ("associations", 1, "values", 0), "x" * 256, "255"),
    ("deployments", ("associations", 2, "values", 0, "commitHash"), 5, "quotes"),
    ("deployments", ("associations",), [DEPLOYMENT["associations"][2]], "issues or services"),
    ("feature-flags", ("details",), [], "Add one"),
    ("feature-flags", ("details", 0, "environment", "type"), "unmapped", "'testing'"),
    ("feature-flags", ("details", 0, "status", "enabled"), "true", "without quotes"),
    ("feature-flags", ("summary", "status", "rollout", "percentage"), 101, "100"),
    ("feature-flags", ("summary", "status", "rollout", "percentage"), float("nan"), "number"),
    ("feature-flags", ("summary", "status", "rollout", "percentage"), "12", "without quotes"),
    ("development", ("id",), "a/b", "ASCII"),
    ("development", ("commits", 0, "id"), "x" * 1025, "1024"),
    ("development", ("commits", 0, "message"), "x" * 1025, "1024"),
    ("development", ("commits", 0, "fileCount"), -1, "at least 0"),
    ("development", ("commits", 0, "files"), [{}] * 11, "10"),
    ("development", ("commits", 0, "issueKeys"), ["AB-1"] * 501, "500"),
    ("development", ("commits", 0, "issueKeys", 0), "A-1", "ABC-12"),
    ("development", ("commits", 0, "flags"), ["MERGE_COMMIT", "MERGE_COMMIT"], "twice"),
    ("development", ("commits", 0, "authorTimestamp"), "yesterday", "RFC 3339"),
    ("development", ("commits",), [COMMIT, COMMIT], "same id"),
    ("development", ("commits",), [COMMIT] * 401, "400"),
    ("development", ("branches", 0, "lastCommit"), ..., "missing"),
    ("development", ("branches", 0, "name"), "x" * 513, "512"),
    ("development", ("pullRequests", 0, "status"), "CLOSED", "'DECLINED'"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "way", "value", "said"), WRONG)
def test_a_mistake_is_named_at_its_place(
    kind: str, way: tuple[str | int, ...], value: Any, said: str
) -> None:
    where = "".join(f"/{part}" for part in way)
    wrong = changed(kind, *way, to=value)
    alone, in_a_list = only(wrong, kind), only([FULL[kind], wrong], kind)
    assert (alone[0], in_a_list[0]) == (where, f"/1{where}")
    assert only({DATA_KINDS[kind].list_name: [wrong]}, kind)[0] == f"/{DATA_KINDS[kind].list_name}/0{where}"
    assert said in alone[1]


def test_a_deployment_belongs_to_something() -> None:
    pointer, said = only(changed("deployments", "associations", to=...), "deployments")
    assert pointer == ""
    assert "issueKeys" in said
    keys = changed("deployments", "associations", to=...) | {"issueKeys": ["ABC-12"]}
    assert read(keys, "deployments")[0].body == keys


def test_values_of_all_associations_are_counted_together() -> None:
    both = [
        {"associationType": "issueKeys", "values": ["A-1"] * 300},
        {"associationType": "serviceIdOrKeys", "values": ["s"] * 201},
    ]
    assert only(changed("deployments", "associations", to=both), "deployments")[0] == "/associations"


def test_a_repository_fits_into_one_call() -> None:
    many = {
        "commits": [COMMIT | {"id": str(n)} for n in range(400)],
        "branches": [REPOSITORY["branches"][0] | {"id": str(n)} for n in range(400)],
        "pullRequests": [PULL_REQUEST | {"id": str(n)} for n in range(201)],
    }
    assert "1000" in only(REPOSITORY | many, "development")[1]
    assert read(REPOSITORY | many | {"pullRequests": many["pullRequests"][:200]}, "development")


def test_a_repository_names_a_bounded_number_of_issues() -> None:
    """As often as it likes; what has more goes in parts."""

    def named(first: int) -> list[str]:
        return [f"ABC-{first + number}" for number in range(500)]

    commits = [COMMIT | {"id": str(place), "issueKeys": named(500 * place)} for place in range(9)]
    again = [PULL_REQUEST | {"id": str(place), "issueKeys": named(500 * place)} for place in range(9)]
    branch = REPOSITORY["branches"][0]
    last = branch["lastCommit"] | {"issueKeys": named(4500)}
    full = REPOSITORY | {"commits": commits, "pullRequests": again, "branches": []}
    bare = branch | {"issueKeys": ["ABC-1"]}
    assert read(full | {"branches": [bare | {"lastCommit": last}]}, "development")
    over = bare | {"issueKeys": ["XYZ-1"], "lastCommit": last}
    assert "more than 5,000 issues" in only(full | {"branches": [over]}, "development")[1]


def test_a_field_jira_does_not_know_is_named_with_the_one_that_was_meant() -> None:
    assert only(BUILD | {"issue_keys": ["ABC-12"]}) == (
        "/issue_keys",
        "There is no such field here. Did you mean “issueKeys”? If not, leave it out.",
    )
    nested = changed("builds", "testInfo", "issueKey", to=5)
    assert only(nested) == ("/testInfo/issueKey", "There is no such field here. Leave it out.")
    assert only(BUILD | {"a~b/c": 1})[0] == "/a~0b~1c"


def test_no_value_and_no_odd_name_is_repeated() -> None:
    wrong = dict.fromkeys(BUILD, SECRET) | {SECRET * 9: 1, "\u202e" + SECRET: 2, SECRET + "\n": 3}
    told = complaints(wrong)
    assert len(told) == 12
    assert SECRET not in str(told)
    with pytest.raises(ItemsRefused) as refused:
        read([{"pipeline": SECRET}])
    assert SECRET not in f"{refused.value!r} {refused.value}"


def test_one_wrong_item_refuses_all_and_every_mistake_is_told_at_once() -> None:
    told = complaints([BUILD, BUILD | {"state": "ok", "url": "x"}, BUILD | {"buildNumber": "1"}])
    assert [one.pointer for one in told] == ["/1/url", "/1/state", "/2/buildNumber"]


def test_mistakes_without_end_are_counted() -> None:
    told = complaints([{"pipeline": "web"}] * 40)
    assert len(told) == MOST + 1
    assert told[MOST] == Complaint("", "There are 20 more.", "Mend these first, then send it again.")
    assert complaints([{"pipeline": "web"}] * 1000)[MOST].detail == "There are more than 900 more."


def test_up_to_a_thousand_at_once() -> None:
    assert len(read([BUILD] * 1000)) == 1000
    assert "1000" in only([BUILD] * 1001)[1]
    assert "empty" in only([])[1]
    assert only({"builds": []})[0] == "/builds"
    assert only({"builds": BUILD})[0] == "/builds"


@pytest.mark.parametrize("name", ["properties", "preventTransitions", "operationType"])
def test_what_is_said_of_a_whole_call_is_refused_rather_than_lost(name: str) -> None:
    pointer, said = only({"repositories": [REPOSITORY], name: {}}, "development")
    assert pointer == f"/{name}"
    assert "Leave it out" in said


def test_a_list_sent_to_the_wrong_address_is_told_the_right_one() -> None:
    assert "/feature-flags" in only({"flags": [FLAG]})[1]


@pytest.mark.parametrize("sent", [5, "x", None, True, [5], [[]]])
def test_what_is_no_item_is_told_so(sent: Any) -> None:
    assert "JSON object" in only(sent)[1]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1,]", b"\xff\xfe", b'{"a": "\xed\xa0\x80"}', b"[" * 100_000, b"9" * 5000, b"{'a': 1}"],
)
def test_what_is_no_json_is_told_apart(body: bytes) -> None:
    with pytest.raises(NotJson) as refused:
        read(body)
    assert [one.pointer for one in refused.value.complaints] == [""]


# Bytes, and the pointer of the mistake they are refused with.
INSANE = [
    (b'{"pipeline": "a", "pipeline": "b"}', ""),
    (b'[{"pipeline": "a"}, {"environment": {"name": 1, "name": 2}}]', "/1/environment"),
    (b"[" * 25 + b'{"a": 1, "a": 2}' + b"]" * 25, ""),
    (b'{"a": [' + b",".join([b'{"a": 1, "a": 2}'] * 101) + b'], "a": 1}', ""),
    (b'{"pipeline": "a\\u0000b"}', "/pipeline"),
    (b'{"references": [{"a": "\\ud800"}]}', "/references/0/a"),
    (b'{"a": {"b\\udfff": 1}}', "/a"),
    (b"{" + b",".join(b'"%d": 1' % n for n in range(101)) + b"}", ""),
]


@pytest.mark.parametrize(("body", "pointer"), INSANE)
def test_what_could_be_understood_in_two_ways_or_not_be_kept_is_refused(body: bytes, pointer: str) -> None:
    assert only(body)[0] == pointer
    with pytest.raises(ItemsRefused) as refused:
        read(body)
    assert not isinstance(refused.value, NotJson)


def test_after_a_thousand_mistakes_nothing_more_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = REPOSITORY | {name: [{}] * 400 for name in ("commits", "branches", "pullRequests")}
    judged, judge = [], Repository.model_validate
    monkeypatch.setattr(Repository, "model_validate", lambda one: judged.append(one) or judge(one))
    assert len(complaints([wrong] * 20, "development")) == MOST + 1
    assert len(judged) == 1


def test_the_same_oddity_without_end_is_told_a_hundred_times() -> None:
    told = complaints(b"[" + b",".join([b'{"a": 1, "a": 2}'] * 150) + b"]")
    assert [one.pointer for one in told] == [*(f"/{n}" for n in range(MOST)), ""]
    assert len(complaints(b"[" + b",".join([b'{"a": 1, "a": 2}'] * MOST) + b"]")) == MOST


def test_a_long_address_is_judged_in_one_pass() -> None:
    long = "https://" + "x" * 1900

    def seconds(judge: Callable[[Any], object], url: str) -> float:
        began = thread_time()
        judge([BUILD | {"url": url}] * 100)
        return thread_time() - began

    wrong = min(seconds(complaints, long + " ") for _ in range(3))
    assert wrong < 50 * seconds(read, long)  # a pattern that tries every cut takes hundreds of times


def test_nesting_that_no_item_has_is_refused_where_it_begins() -> None:
    deep: Any = "x"
    for _ in range(30):
        deep = [deep]
    assert only(BUILD | {"description": deep})[0] == "/description"
