"""The fields of the practice Jira, with the types a real Jira Server gives them.

Ids are deliberately not the common ones: who maps by id or by name instead of by ``schema.custom`` is
found out here. Two number fields fit story points, so that a person has to choose.
"""

from __future__ import annotations

from typing import Any

GREENHOPPER = "com.pyxis.greenhopper.jira"
STANDARD = "com.atlassian.jira.plugin.system.customfieldtypes"

SPRINT = "customfield_10300"
EPIC_LINK = "customfield_10301"
EPIC_STATUS = "customfield_10302"
EPIC_NAME = "customfield_10303"
EPIC_COLOUR = "customfield_10304"
RANK = "customfield_10305"
STORY_POINTS = "customfield_10310"
OLD_POINTS = "customfield_10207"
START_DATE = "customfield_10320"
CUSTOMER = "customfield_10330"
SEVERITY = "customfield_10331"

_SYSTEM = (
    ("issuekey", "Key", None, None),
    ("summary", "Summary", "string", None),
    ("issuetype", "Issue Type", "issuetype", None),
    ("status", "Status", "status", None),
    ("priority", "Priority", "priority", None),
    ("project", "Project", "project", None),
    ("assignee", "Assignee", "user", None),
    ("reporter", "Reporter", "user", None),
    ("labels", "Labels", "array", "string"),
    ("components", "Component/s", "array", "component"),
    ("fixVersions", "Fix Version/s", "array", "version"),
    ("description", "Description", "string", None),
    ("created", "Created", "datetime", None),
    ("updated", "Updated", "datetime", None),
    ("duedate", "Due Date", "date", None),
    ("timeoriginalestimate", "Original Estimate", "number", None),
)

_CUSTOM = (
    (SPRINT, "Sprint", "array", "string", f"{GREENHOPPER}:gh-sprint"),
    (EPIC_LINK, "Epic Link", "any", None, f"{GREENHOPPER}:gh-epic-link"),
    (EPIC_STATUS, "Epic Status", "option", None, f"{GREENHOPPER}:gh-epic-status"),
    (EPIC_NAME, "Epic Name", "string", None, f"{GREENHOPPER}:gh-epic-label"),
    (EPIC_COLOUR, "Epic Colour", "string", None, f"{GREENHOPPER}:gh-epic-color"),
    (RANK, "Rank", "any", None, f"{GREENHOPPER}:gh-lexo-rank"),
    (STORY_POINTS, "Story Points", "number", None, f"{STANDARD}:float"),
    (OLD_POINTS, "Points (old)", "number", None, f"{STANDARD}:float"),
    (START_DATE, "Start date", "date", None, f"{STANDARD}:datepicker"),
    (CUSTOMER, "Customer", "string", None, f"{STANDARD}:textfield"),
    (SEVERITY, "Severity", "option", None, f"{STANDARD}:select"),
)


def _system_field(field_id: str, name: str, kind: str | None, items: str | None) -> dict[str, Any]:
    field = {"id": field_id, "key": field_id, "name": name, "custom": False, "orderable": True}
    field |= {"navigable": True, "searchable": True, "clauseNames": [field_id]}
    if kind:
        field["schema"] = {"type": kind, "system": field_id} | ({"items": items} if items else {})
    return field


def _custom_field(field_id: str, name: str, kind: str, items: str | None, custom: str) -> dict[str, Any]:
    number = int(field_id.rpartition("_")[2])
    schema = {"type": kind, "custom": custom, "customId": number} | ({"items": items} if items else {})
    field = {"id": field_id, "key": field_id, "name": name, "custom": True, "orderable": True}
    return field | {
        "navigable": True,
        "searchable": True,
        "clauseNames": [f"cf[{number}]", name],
        "schema": schema,
    }


FIELDS: list[dict[str, Any]] = [_system_field(*row) for row in _SYSTEM] + [
    _custom_field(*row) for row in _CUSTOM
]


def of_another_type(field: dict[str, Any]) -> dict[str, Any]:
    """The field as if somebody had put a text field in its place."""
    schema = {"type": "string", "custom": f"{STANDARD}:textfield"}
    return field | {"schema": {**field.get("schema", {}), **schema}}
