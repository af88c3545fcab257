"""The description of the interface says what the portal does."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from portal.api.openapi import document
from portal.deliveries.data_kinds import DATA_KINDS
from portal.web.program_problems import TYPES
from tests.deliveries.test_items import read

BASE = "https://almoner.example/"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(BASE)


def walk(value: Any) -> Iterator[Any]:
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(inner)


def test_every_reference_leads_somewhere_and_every_schema_is_used(described: dict[str, Any]) -> None:
    named = {one["$ref"] for one in walk(described) if isinstance(one, dict) and "$ref" in one}
    assert named == {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    assert json.loads(json.dumps(described)) == described


def test_every_parameter_of_a_path_is_described(described: dict[str, Any]) -> None:
    assert described["servers"] == [{"url": "https://almoner.example"}]
    for path, operations in described["paths"].items():
        for operation in operations.values():
            given = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"]
            assert re.findall(r"{(\w+)}", path) == given


@pytest.mark.parametrize("kind", DATA_KINDS)
def test_what_is_shown_as_an_example_is_taken(kind: str, described: dict[str, Any]) -> None:
    operation = described["paths"][f"/api/v1/alm-accounts/{{account_id}}/{kind}"]["post"]
    assert read(operation["requestBody"]["content"]["application/json"]["example"], kind)
    assert ("Not yet tried" in operation["description"]) == (not DATA_KINDS[kind].data.is_tried)


@pytest.mark.parametrize("kind", DATA_KINDS)
def test_limits_are_those_that_are_held(kind: str, described: dict[str, Any]) -> None:
    operation = described["paths"][f"/api/v1/alm-accounts/{{account_id}}/{kind}"]["post"]
    full, short, several, envelope = operation["requestBody"]["content"]["application/json"]["schema"][
        "anyOf"
    ]
    assert several["maxItems"] == 1000
    assert envelope["required"] == [DATA_KINDS[kind].list_name]
    for form in (full, short):
        schema = described["components"]["schemas"][form["$ref"].rpartition("/")[2]]
        assert schema["additionalProperties"] is False
        assert DATA_KINDS[kind].number_name not in schema["required"]
    build = described["components"]["schemas"]["Build"]["properties"]
    assert build["issueKeys"]["maxItems"] == 100
    assert build["pipelineId"]["maxLength"] == 255


def test_errors_are_problem_documents(described: dict[str, Any]) -> None:
    asked = described["paths"]["/api/v1/alm-accounts/{account_id}/builds"]["post"]["responses"]
    of_a_delivery = described["paths"]["/api/v1/deliveries/{delivery_id}"]["get"]["responses"]
    of_itself = described["paths"]["/api/v1/openapi.json"]["get"]
    assert sorted(asked) == [
        "202", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503",
    ]  # fmt: skip
    assert sorted(of_a_delivery) == ["200", "400", "401", "403", "404", "429", "500", "503"]
    assert sorted(of_itself["responses"]) == ["200", "400", "500"]
    assert of_itself["security"] == []
    for responses in (asked, of_a_delivery, of_itself["responses"]):
        for status in sorted(responses)[1:]:
            assert list(responses[status]["content"]) == ["application/problem+json"]
            codes = re.findall(r"\(([a-z-]+)\)", responses[status]["description"])
            assert codes and all(TYPES[code].status == int(status) for code in codes)
