"""The form in which a new issue is made: which fields are on it, which it demands, and what they take."""

from __future__ import annotations

from typing import Any

from portal.sandbox import data
from portal.sandbox.cloud.cloud_fields import CLOUD_FIELDS
from portal.sandbox.fields import FIELDS, SEVERITY
from portal.sandbox.issue_fields import READERS
from portal.sandbox.rest import JiraError, Json, is_cloud
from portal.sandbox.state import current_state

REQUIRED = ("project", "issuetype", "summary")
WITH_DEFAULT = ("reporter", "priority")


def _allowed(name: str) -> list[Json]:
    """What a field takes one of; nothing for others."""
    ids, called = {
        "components": (data.COMPONENTS, "name"),
        "fixVersions": (data.VERSIONS, "name"),
        "priority": (data.PRIORITIES, "name"),
        SEVERITY: (data.SEVERITIES, "value"),
    }.get(name, ({}, ""))
    return [{"id": number, called: title} for title, number in ids.items()]


def screen() -> list[Json]:
    """The fields as createmeta tells them."""
    faults = current_state().faults
    demanded = (*REQUIRED, *faults.new_issue_fields)
    return [
        {
            "required": row["id"] in demanded,
            "schema": row.get("schema", {}),
            "name": row["name"],
            "fieldId": row["id"],
            "key": row["key"],
            "hasDefaultValue": row["id"] in WITH_DEFAULT,
            "operations": ["add", "set", "remove"] if row["id"] == "labels" else ["set"],
        }
        | ({"allowedValues": allowed} if (allowed := _allowed(row["id"])) else {})
        for row in (CLOUD_FIELDS if is_cloud() else FIELDS)
        if row["id"] in READERS and row["id"] not in faults.new_issue_without
    ]


def refuse_what_does_not_fit(given: dict[str, Any]) -> None:
    """Refuse a new issue that lacks what is demanded, or has what is not on the form."""
    faults = current_state().faults
    names = {row["id"]: row["name"] for row in FIELDS}
    lacking = [name for name in faults.new_issue_fields if not given.get(name)]
    errors = {name: f"{names.get(name, name)} is required." for name in lacking}
    for name in given:
        if name in faults.new_issue_without:
            errors[name] = f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
    if errors:
        raise JiraError(400, "", errors)
