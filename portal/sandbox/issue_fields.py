"""What is sent as the fields of an issue, read field by field; what is wrong is told by field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from portal.sandbox import data, fields
from portal.sandbox.payloads_of_issues import text_of
from portal.sandbox.people import USERS, User
from portal.sandbox.rest import JiraError, Json, asking_user, content, is_cloud

Values = dict[str, Any]
"""Attributes of :class:`data.Issue` with their new values."""


class FieldError(Exception):
    """A value that Jira refuses. The text is Jira's."""


def read(sent: Any, project: data.Project) -> Values:
    """All fields of an object by id. Raises ``JiraError`` that names every field that is wrong."""
    values: Values = {}
    errors: dict[str, str] = {}
    for name, value in (sent if isinstance(sent, dict) else {}).items():
        try:
            values |= READERS.get(name, _unknown)(name, value, project)
        except FieldError as problem:
            errors[name] = str(problem).format(name=name)
    if errors:
        raise JiraError(400, "", errors)
    return values


def operated(issue: data.Issue, update: Any) -> Values:
    """What the operations ``set``, ``add`` and ``remove`` of an update make of fields and labels."""
    values: Values = {}
    for name, operations in (update if isinstance(update, dict) else {}).items():
        if name in ("comment", "worklog"):
            continue
        for operation in operations:
            [(what, value)] = operation.items()
            if what == "set":
                values |= read({name: value}, issue.project)
            elif name == "labels" and what in ("add", "remove"):
                labels = [one for one in values.get("labels", issue.labels) if one != value]
                values["labels"] = (*labels, value) if what == "add" else tuple(labels)
            else:
                raise JiraError(400, "", {name: f"Field with id '{name}' and operation '{what}' is unknown"})
    return values


def project_of(sent: Json) -> data.Project:
    """The project an issue is to be made in. Raises ``JiraError``."""
    named = sent.get("project")
    wanted = named if isinstance(named, dict) else {}
    for project in data.visible_projects(asking_user()):
        if str(wanted.get("id")) == project.id or wanted.get("key") == project.key:
            return project
    raise JiraError(400, "", {"project": "valid project is required"})


def user_of(value: Any) -> User | None:
    """The person a value names: by account on Cloud, by name or key on Server. Raises ``FieldError``."""
    if value is None:
        return None
    named = value if isinstance(value, dict) else {}
    names = ("accountId", "id") if is_cloud() else ("name", "key")
    shown = {named.get(name) for name in names}
    for user in USERS.values():
        if shown & ({user.account_id} if is_cloud() else {user.name, user.key}):
            return user
    raise FieldError("User does not exist.")


def _unknown(name: str, value: Any, project: data.Project) -> Values:
    raise FieldError("Field '{name}' cannot be set. It is not on the appropriate screen, or unknown.")


def _nothing(name: str, value: Any, project: data.Project) -> Values:
    return {}


def _text(attribute: str) -> Callable[[str, Any, data.Project], Values]:
    def read_text(name: str, value: Any, project: data.Project) -> Values:
        if not isinstance(value, str | None):
            raise FieldError("Operation value must be a string")
        return {attribute: value or ""}

    return read_text


def _summary(name: str, value: Any, project: data.Project) -> Values:
    if not isinstance(value, str) or not value.strip():
        raise FieldError("You must specify a summary of the issue.")
    if "\n" in value:
        raise FieldError("The summary is invalid because it contains newline characters.")
    if len(value) > 255:
        raise FieldError("Summary must be less than 255 characters.")
    return {"summary": value}


def _description(name: str, value: Any, project: data.Project) -> Values:
    return {"description": text_of(value, name)}


def _type(name: str, value: Any, project: data.Project) -> Values:
    wanted = value if isinstance(value, dict) else {}
    for kind, type_id in data.TYPES.items():
        if str(wanted.get("id")) == type_id or wanted.get("name") == kind:
            return {"kind": kind}
    raise FieldError("valid issue type is required")


def _person(name: str, value: Any, project: data.Project) -> Values:
    user = user_of(value)
    return {name: user.name if user else ""}


def _priority(name: str, value: Any, project: data.Project) -> Values:
    wanted = value if isinstance(value, dict) else {}
    for priority, priority_id in data.PRIORITIES.items():
        if wanted.get("id") == priority_id or wanted.get("name") == priority:
            return {"priority": priority}
    raise FieldError("The priority selected is invalid.")


def _resolution(name: str, value: Any, project: data.Project) -> Values:
    wanted = value if isinstance(value, dict) else {}
    for resolution, resolution_id in data.RESOLUTIONS.items():
        if wanted.get("id") == resolution_id or wanted.get("name") == resolution:
            return {"resolution": resolution}
    raise FieldError("The resolution selected is invalid.")


def _labels(name: str, value: Any, project: data.Project) -> Values:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise FieldError("data was not an array")
    if spaced := next((one for one in value if " " in one), None):
        raise FieldError(f"The label '{spaced}' contains spaces which is invalid.")
    return {"labels": tuple(dict.fromkeys(value))}


def _due(name: str, value: Any, project: data.Project) -> Values:
    try:
        return {"due": date.fromisoformat(value).isoformat() if value else ""}
    except (TypeError, ValueError):
        raise FieldError("Error parsing date string: use the form yyyy-MM-dd") from None


def _points(name: str, value: Any, project: data.Project) -> Values:
    if value is not None and type(value) not in (int, float):
        raise FieldError("Operation value must be a number")
    return {"points": value}


def _sprint(name: str, value: Any, project: data.Project) -> Values:
    sprint = content().sprint(value) if type(value) is int else None
    if value is not None and sprint is None:
        raise FieldError("Number value expected as the Sprint id.")
    return {"sprint": sprint.id if sprint else 0}


def _epic(name: str, value: Any, project: data.Project) -> Values:
    if value == {"none": True}:  # as an operation: how a parent is taken away
        return {"epic": 0}
    key = value.get("key") if isinstance(value, dict) else value
    epic = content().issue_by_key(key)
    if value is not None and (epic is None or epic.kind != "Epic" or epic.project != project):
        raise FieldError("The epic with this key does not exist here.")
    return {"epic": epic.number if epic else 0}


def _severity(name: str, value: Any, project: data.Project) -> Values:
    return {"severity": _one_of(data.SEVERITIES, value, "value")}


def _several(attribute: str, known: dict[str, str]) -> Callable[[str, Any, data.Project], Values]:
    def read_several(name: str, value: Any, project: data.Project) -> Values:
        if not isinstance(value, list):
            raise FieldError("data was not an array")
        return {attribute: tuple(_one_of(known, one, "name") for one in value)}

    return read_several


def _one_of(known: dict[str, str], value: Any, called: str) -> str:
    wanted = value if isinstance(value, dict) else {}
    for title, number in known.items():
        if wanted.get("id") == number or wanted.get(called) == title:
            return title
    raise FieldError("Option id '" + str(wanted.get("id")) + "' is not valid")


READERS: dict[str, Callable[[str, Any, data.Project], Values]] = {
    "project": _nothing,
    "issuetype": _type,
    "summary": _summary,
    "description": _description,
    "assignee": _person,
    "reporter": _person,
    "priority": _priority,
    "resolution": _resolution,
    "labels": _labels,
    "duedate": _due,
    "parent": _epic,
    fields.SPRINT: _sprint,
    fields.EPIC_LINK: _epic,
    fields.EPIC_NAME: _text("epic_name"),
    fields.STORY_POINTS: _points,
    fields.CUSTOMER: _text("customer"),
    fields.SEVERITY: _severity,
    "components": _several("components", data.COMPONENTS),
    "fixVersions": _several("versions", data.VERSIONS),
}
