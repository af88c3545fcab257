"""The data about development that Jira Cloud takes by an OAuth credential, and the permission each needs.

"Integrate with self-hosted tools using OAuth" at support.atlassian.com names the permissions; the paths are
those of "Integrate Jira Software Cloud with on-premises tools" at developer.atlassian.com.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# The operation without which a program's key may send none of it.
OPERATION = "deliveries:write"


@dataclass(frozen=True)
class SentData:
    """One sort of data. ``name`` is its word here, ``permission`` the tick box in Jira, ``api`` and
    ``list_name`` its words in Atlassian's addresses and in the body of a call.

    ``is_tried``: whether sending it was tried against a live Jira.
    """

    name: str
    permission: str
    use: str
    api: str
    list_name: str
    is_tried: bool

    @property
    def is_preset(self) -> bool:
        """Ticked to begin with: what was tried."""
        return self.is_tried

    def path(self, cloud_id: str) -> tuple[str, ...]:
        """The segments of its address below that of Atlassian's API."""
        return ("jira", self.api, "0.1", "cloud", cloud_id, "bulk")

    @property
    def nothing(self) -> dict[str, list[Any]]:
        """The body of a call that sends nothing, with which the permission is tried."""
        return {self.list_name: []}


SENT_DATA = (
    SentData("builds", "Builds", "Builds on issues", "builds", "builds", is_tried=True),
    SentData(
        "deployments", "Deployments", "Deployments on issues", "deployments", "deployments", is_tried=True
    ),
    SentData(
        "feature-flags", "Feature flags", "Feature flags on issues", "featureflags", "flags", is_tried=False
    ),
    SentData(
        "development",
        "Development information",
        "Commits, branches and pull requests on issues",
        "devinfo",
        "repositories",
        is_tried=False,
    ),
)
BY_NAME = {data.name: data for data in SENT_DATA}
PRESET = tuple(data.name for data in SENT_DATA if data.is_preset)


def ticked(names: Iterable[str]) -> list[SentData]:
    """What the permissions of these names let send, in the order of :data:`SENT_DATA`."""
    wanted = set(names)
    return [data for data in SENT_DATA if data.name in wanted]
