"""What Jira says one may do is believed where it says so, and nothing is made of the rest."""

from typing import Any

from portal.jira.permissions import Permission, my_permissions
from portal.jira.wire import Wire
from tests.jira.servers import Server
from tests.jira.test_client import as_json, client

TOLD: dict[str, Any] = {
    "EDIT_ISSUES": {"name": " Vorg\u00e4nge\u202e bearbeiten", "havePermission": False},
    "CREATE_ISSUES": {"havePermission": True},
    "LINK_ISSUES": {"name": "Link Issues"},
    "SCHEDULE_ISSUES": {"name": "Schedule Issues", "havePermission": "no"},
    "TRANSITION_ISSUES": "odd",
}


def test_only_what_is_told_counts(wire: Wire) -> None:
    with Server(as_json({"permissions": TOLD})) as server:
        told = my_permissions(client(wire, server), [*TOLD, "MANAGE_SPRINTS_PERMISSION"], "SHOP")
    assert told == [
        Permission("EDIT_ISSUES", "Vorg\u00e4nge bearbeiten", False),
        Permission("CREATE_ISSUES", "", True),
    ]
    assert b"projectKey=SHOP" in server.requests[0]
