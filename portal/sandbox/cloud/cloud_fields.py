"""The fields as Cloud has them: sprints are objects, and an epic is the ``parent``."""

from __future__ import annotations

from typing import Any

from portal.sandbox.fields import EPIC_LINK, FIELDS, SPRINT

_PARENT: dict[str, Any] = {
    "id": "parent",
    "key": "parent",
    "name": "Parent",
    "custom": False,
    "orderable": False,
    "navigable": True,
    "searchable": False,
    "clauseNames": ["parent"],
}


def _on_cloud(field: dict[str, Any]) -> dict[str, Any]:
    if field["id"] != SPRINT:
        return field
    return field | {"schema": field["schema"] | {"items": "json"}}


CLOUD_FIELDS = [_on_cloud(field) for field in FIELDS if field["id"] != EPIC_LINK] + [_PARENT]
