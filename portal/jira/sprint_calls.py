"""Changing sprints by ``/rest/agile/1.0``, which is alike on Server and Cloud.

Source: "Sprint" and "Backlog" of Jira Software's REST reference (Cloud, and Data Center 9). A partial update
leaves what is not sent as it is; it cannot take a date away. The full one does: what is not sent becomes
nothing there.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from portal.jira.agile import AGILE, Sprint, read_sprint
from portal.jira.client import JiraClient
from portal.jira.readers import expect_object

_SPRINT = (*AGILE, "sprint")
_NAMES = {"start": "startDate", "end": "endDate"}
Value = str | datetime | None


class SprintCalls:
    """Changes of sprints of one Jira, with the identity of ``client``. Raises JiraTrouble as the client does.

    Values go by the names of :class:`Sprint`.
    """

    def __init__(self, client: JiraClient) -> None:
        self._client = client

    def make(self, board_id: int, values: Mapping[str, Value]) -> Sprint:
        """A new sprint of a board, planned."""
        return self._sent("POST", _SPRINT, {"originBoardId": board_id, **_sent_as(values)})

    def change(self, sprint_id: int, values: Mapping[str, Value]) -> Sprint:
        """Set these values and no others. ``state`` starts a sprint, or completes it."""
        return self._sent("POST", (*_SPRINT, str(sprint_id)), _sent_as(values))

    def set_all(self, sprint: Sprint) -> Sprint:
        """Set everything a sprint has; what it has not is taken away."""
        values = {name: getattr(sprint, name) for name in ("name", "state", "goal", "start", "end")}
        held = {name: value for name, value in values.items() if value is not None}
        return self._sent("PUT", (*_SPRINT, str(sprint.id)), _sent_as(held))

    def delete(self, sprint_id: int) -> None:
        """Take a sprint away; Jira puts its open issues into the backlog."""
        self._client.call("DELETE", (*_SPRINT, str(sprint_id)))

    def move_in(self, sprint_id: int, keys: Sequence[str]) -> None:
        """Put issues into a sprint that is not over, :data:`~portal.jira.agile.MOST_MOVED` at most."""
        self._client.call("POST", (*_SPRINT, str(sprint_id), "issue"), body={"issues": list(keys)})

    def move_out(self, keys: Sequence[str]) -> None:
        """Take as many out of the sprints that are not over: into the backlog."""
        self._client.call("POST", (*AGILE, "backlog", "issue"), body={"issues": list(keys)})

    def _sent(self, method: str, path: tuple[str, ...], values: Mapping[str, object]) -> Sprint:
        answer = self._client.call(method, path, body=values)
        return read_sprint(expect_object(answer, "a sprint", may_have_changed=True))


def _sent_as(values: Mapping[str, Value]) -> dict[str, str | None]:
    """Under Jira's names; times in the one form that every Jira reads."""
    return {
        _NAMES.get(name, name): value.astimezone(UTC).isoformat(timespec="milliseconds")
        if isinstance(value, datetime)
        else value
        for name, value in values.items()
    }
