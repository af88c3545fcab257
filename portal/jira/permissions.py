"""What an identity may do in a project, as Jira tells it (``mypermissions``)."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.jira.client import JiraClient
from portal.jira.readers import expect_object, mapping, text


@dataclass(frozen=True)
class Permission:
    """A permission by Jira's key, with its name in the language of that Jira, and whether it is held."""

    key: str
    name: str
    held: bool


def my_permissions(client: JiraClient, keys: Sequence[str], project_key: str) -> list[Permission]:
    """Which of these permissions are held in a project; in any project at all where ``project_key`` is empty.

    What Jira does not speak of is left out. Raises JiraTrouble as the client does: ``bad_request`` where it
    knows one of the keys not, ``not_found`` where the project is hidden from this identity.
    """
    query: dict[str, str | int] = {"permissions": ",".join(keys)}
    if project_key:
        query["projectKey"] = project_key
    path = (*client.api, "mypermissions")
    told = mapping(expect_object(client.get(path, query), "permissions").get("permissions"))
    found = [(key, mapping(told.get(key))) for key in keys]
    return [
        Permission(key, text(one, "name"), one["havePermission"])
        for key, one in found
        if isinstance(one.get("havePermission"), bool)
    ]
