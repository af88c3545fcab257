"""What a new issue wants, and making one. The interfaces of all Jiras are read into the same types.

Jira Cloud, and Jira Server from 8.4 on, have a call for the types of a project and one for the fields of a
type; before, one call has both (Atlassian, "Creating issue metadata"; the former was taken away with 9.0).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.jira.client import JiraClient
from portal.jira.jql import is_key
from portal.jira.readers import expect_object, integer, items, mapping, text
from portal.jira.trouble import Code, JiraTrouble

MOST_ROWS = 400
_PAGE = 100
# What a Jira answers where it does not know the call, or the project.
_UNKNOWN = frozenset({Code.NOT_FOUND, Code.NOT_JIRA})
# What wiki markup acts by, with the backslashes before it; an exclamation mark where another closes it.
_ACTS = re.compile(r"(\\*)([{\[]|!(?=\S[^!\n]*!))")


@dataclass(frozen=True)
class Project:
    """A project that issues may be made in."""

    key: str
    name: str


@dataclass(frozen=True)
class IssueType:
    """A type of issues; those of sub-tasks are left out, for they need an issue to belong to."""

    id: str
    name: str


@dataclass(frozen=True)
class ScreenField:
    """A field of the form in which Jira makes an issue.

    ``type``, ``items`` and ``custom`` are those of its schema. ``choices``: pairs of id and words, where it
    takes one of a list. ``is_wanted``: nobody can leave it out.
    """

    id: str
    name: str
    type: str
    items: str
    custom: str
    choices: tuple[tuple[str, str], ...]
    is_wanted: bool


@dataclass(frozen=True)
class Person:
    """Somebody whom an issue may be given to: how Jira wants it named, and all one may look for."""

    value: Mapping[str, str]
    display_name: str
    names: tuple[str, ...]


def projects(client: JiraClient) -> list[Project]:
    """The projects this identity sees; on Cloud those in which it may make issues."""
    if client.is_cloud:
        query: dict[str, str | int] = {"action": "create", "maxResults": _PAGE}
        found = items(mapping(client.get((*client.api, "project", "search"), query)).get("values"))
    else:
        found = items(client.get((*client.api, "project")))
    listed = [Project(text(item, "key"), text(item, "name")) for item in found[:MOST_ROWS]]
    return [project for project in listed if project.key]


def issue_types(client: JiraClient, project: str) -> list[IssueType]:
    """The types of which this identity may make issues in a project. ``not_found`` trouble without it."""
    path = (*client.api, "issue", "createmeta", project, "issuetypes")
    try:
        found = _rows(client, path, "issueTypes")
    except JiraTrouble as trouble:
        if client.is_cloud or trouble.code not in _UNKNOWN:
            raise
        found = items(_former(client, project).get("issuetypes"))
    whole = [item for item in found if item.get("subtask") is not True]
    return [IssueType(text(item, "id"), text(item, "name")) for item in whole if text(item, "id")]


def screen_fields(client: JiraClient, project: str, type_id: str) -> list[ScreenField]:
    """The fields of a new issue of a type. ``not_found`` trouble where there is no such project or type."""
    path = (*client.api, "issue", "createmeta", project, "issuetypes", type_id)
    try:
        found = _rows(client, path, "fields")
    except JiraTrouble as trouble:
        if client.is_cloud or trouble.code not in _UNKNOWN:
            raise
        known = items(_former(client, project, type_id).get("issuetypes"))
        if not known:
            raise
        named = mapping(known[0].get("fields"))
        found = [mapping(field) | {"fieldId": name} for name, field in named.items()]
    read = [screen_field(item) for item in found]
    return [field for field in read if field.id]


def _rows(client: JiraClient, path: Sequence[str], name: str) -> list[dict[str, Any]]:
    """All rows of a list that comes in pages, which Server calls values."""
    rows: list[dict[str, Any]] = []
    while len(rows) < MOST_ROWS:
        answer = expect_object(
            client.get(path, {"startAt": len(rows), "maxResults": _PAGE}), f"a page of {name}"
        )
        page = items(answer.get(name)) or items(answer.get("values"))
        rows += page
        total = integer(answer, "total")
        is_last = answer.get("isLast") is True or (total is not None and len(rows) >= total)
        if not page or is_last or (total is None and "isLast" not in answer):
            break
    return rows


def _former(client: JiraClient, project: str, type_id: str = "") -> dict[str, Any]:
    """A project as Jira Server told it before 8.4; with the fields of one type where that is named."""
    query: dict[str, str | int] = {"projectKeys": project}
    if type_id:
        query |= {"issuetypeIds": type_id, "expand": "projects.issuetypes.fields"}
    answer = expect_object(client.get((*client.api, "issue", "createmeta"), query), "what issues want")
    for found in items(answer.get("projects")):
        if text(found, "key").upper() == project.upper():
            kinds = items(found.get("issuetypes"))
            return found | {"issuetypes": [one for one in kinds if type_id in ("", text(one, "id"))]}
    raise JiraTrouble(Code.NOT_FOUND)


def screen_field(item: dict[str, Any]) -> ScreenField:
    """A field from what Jira sent of it."""
    schema = mapping(item.get("schema"))
    allowed = [
        (text(one, "id"), text(one, "value") or text(one, "name")) for one in items(item.get("allowedValues"))
    ]
    return ScreenField(
        id=text(item, "fieldId") or text(item, "key"),
        name=text(item, "name"),
        type=text(schema, "type"),
        items=text(schema, "items"),
        custom=text(schema, "custom").rpartition(":")[2],
        choices=tuple((id, words or id) for id, words in allowed[:MOST_ROWS] if id),
        is_wanted=item.get("required") is True and item.get("hasDefaultValue") is not True,
    )


def people(client: JiraClient, project: str, name: str) -> list[Person]:
    """Those whom issues of a project may be given to, by a part of their name."""
    query: dict[str, str | int] = {"project": project, "maxResults": _PAGE}
    query["query" if client.is_cloud else "username"] = name
    answer = items(client.get((*client.api, "user", "assignable", "search"), query))
    named = "accountId" if client.is_cloud else "name"
    return [
        Person(
            {named: text(item, named)},
            text(item, "displayName"),
            (text(item, "displayName"), text(item, "name"), text(item, "emailAddress")),
        )
        for item in answer
        if text(item, named)
    ]


def create(client: JiraClient, fields: Mapping[str, object]) -> str:
    """Make an issue; its key. An answer that names none is ``broken_answer`` trouble: it may be there."""
    answer = client.call("POST", (*client.api, "issue"), body={"fields": fields})
    made = expect_object(answer, "a new issue", may_have_changed=True)
    key = text(made, "key")
    if not is_key(key):
        raise JiraTrouble(Code.BROKEN_ANSWER, expected="the key of a new issue", may_have_changed=True)
    return key


def words_as_written(client: JiraClient, written: str) -> object:
    """As :func:`long_text`, for what others wrote: it shows and does nothing but its words.

    Server reads wiki markup, where ``[~name]`` calls somebody, ``{…}`` runs a macro and ``!…!`` fetches a
    picture. A backslash before what opens them takes that away, and stands there to be read where a field
    takes no markup; a backslash that was there is written as an entity, for two of them break the line.
    ``*bold*`` and the like stay: they do nothing but look so. Source: Atlassian, "Text formatting notation".
    """
    if client.is_cloud:
        return long_text(client, written)
    return _ACTS.sub(lambda found: "&#92;" * len(found[1]) + "\\" + found[2], written)


def long_text(client: JiraClient, written: str) -> object:
    """Plain text as a field of several lines takes it: on Cloud a document (Atlassian Document Format)."""
    if not client.is_cloud:
        return written
    lines = [[{"type": "text", "text": line}] if line else [] for line in written.split("\n")]
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": line} for line in lines],
    }
