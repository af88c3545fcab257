"""Links from an issue to elsewhere, as this portal makes them: one for each thing here, named by it.

Source: Atlassian, "Remote issue links": the one with a known ``globalId`` is changed, not made once more.
"""

from dataclasses import dataclass

from portal.jira.client import JiraClient


@dataclass(frozen=True)
class RemoteLink:
    """Where an issue leads to. ``global_id`` names what is there, whatever its address is."""

    global_id: str
    url: str
    title: str


def set_link(client: JiraClient, key: str, link: RemoteLink) -> None:
    """Let the issue lead there. Raises JiraTrouble as the client does."""
    body = {
        "globalId": link.global_id,
        "application": {"type": "almoner", "name": "Almoner"},
        "relationship": "idea",
        "object": {"url": link.url, "title": link.title},
    }
    client.call("POST", (*client.api, "issue", key, "remotelink"), body=body)


def delete_link(client: JiraClient, key: str, global_id: str) -> None:
    """Take that link away; ``not_found`` trouble without it, and without the issue."""
    client.call("DELETE", (*client.api, "issue", key, "remotelink"), {"globalId": global_id})
