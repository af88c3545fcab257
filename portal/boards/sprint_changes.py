"""Changing, starting and deleting a sprint, as the person at work.

Before a change the sprint is read once more: what was changed meanwhile by somebody else is told, and nothing
of it is overwritten before the person has seen it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from portal.audit.log import record
from portal.boards import sprint_fields as fields
from portal.boards.boards import BoardView
from portal.boards.reading import Reading, reading
from portal.credentials.registry import Registry
from portal.errors import FieldErrors
from portal.jira.agile import Sprint
from portal.jira.answers import Code, JiraTrouble
from portal.jira.sprint_calls import SprintCalls, Value
from portal.kinds.features import DELETE_SPRINTS, EDIT_SPRINTS, SPRINTS
from portal.store.work import Work

IN_PLACE = "Send it again to put yours in its place."
STATES = {"active": "started", "closed": "completed", "future": "planned again"}


@dataclass(frozen=True)
class SprintDesk:
    """Who changes sprints of which board, and where that person's days are."""

    work: Work
    registry: Registry
    board: BoardView
    zone: ZoneInfo


@dataclass(frozen=True)
class Known:
    """A sprint as the person saw it: its state, and its texts in the form."""

    state: str
    texts: Mapping[str, str]

    @classmethod
    def of(cls, sprint: Sprint, zone: ZoneInfo) -> "Known":
        """As it is now."""
        return cls(sprint.state, fields.texts_of(sprint, zone))


class ChangedMeanwhile(FieldErrors):
    """Somebody else has changed the sprint; ``now`` is how it is. Sent again, the change overwrites that."""

    def __init__(self, errors: Mapping[str, str], now: Known) -> None:
        super().__init__(errors)
        self.now = now


def change_sprint(desk: SprintDesk, sprint_id: int, typed: Mapping[str, str], known: Known) -> Sprint | None:
    """Change what the person changed, and nothing else; None where that is nothing.

    Raises :class:`FieldErrors`, of which :class:`ChangedMeanwhile`, ``FeatureOff``, and as ``reading`` does.
    """
    texts, was = fields.plain(typed), fields.plain(known.texts)
    changed = frozenset(name for name in fields.FIELDS if texts[name] != was[name])
    if not changed:
        return None
    values = fields.values_of(texts, changed, desk.zone)
    with reading(desk.work, desk.registry, desk.board) as reader:
        sprint = reader.features.need(EDIT_SPRINTS, lambda: read_sprint(reader, sprint_id))
        _judge(sprint, texts, changed, known, desk.zone)
        made = reader.features.need(EDIT_SPRINTS, lambda: _set(reader, sprint, values))
    note(desk, "board.sprint_changed", sprint_id)
    return made


def start_sprint(desk: SprintDesk, sprint_id: int, typed: Mapping[str, str], known: Known) -> Sprint:
    """Start a sprint that is planned, with these times. Raises as :func:`change_sprint` does."""
    texts = fields.plain(typed)
    errors = {name: "Enter a day and a time." for name in fields.TIMES if not texts[name]}
    if errors:
        raise FieldErrors(errors)
    values = {**fields.values_of(texts, frozenset(fields.TIMES), desk.zone), "state": "active"}
    with reading(desk.work, desk.registry, desk.board) as reader:
        sprint = reader.features.need(EDIT_SPRINTS, lambda: read_sprint(reader, sprint_id))
        hold(sprint, known, desk.zone)
        started = reader.features.need(
            EDIT_SPRINTS, lambda: SprintCalls(reader.acting.jira).change(sprint_id, values)
        )
    note(desk, "board.sprint_started", sprint_id)
    return started


def delete_sprint(desk: SprintDesk, sprint_id: int, known: Known) -> bool:
    """Delete a sprint; its open issues are in the backlog then. False: Jira has it no more, as after a second
    click. Raises as :func:`change_sprint` does."""
    with reading(desk.work, desk.registry, desk.board) as reader:
        try:
            sprint = reader.features.need(DELETE_SPRINTS, lambda: read_sprint(reader, sprint_id))
        except JiraTrouble as trouble:
            if trouble.code is not Code.NOT_FOUND:
                raise
            return False
        hold(sprint, known, desk.zone)
        reader.features.need(DELETE_SPRINTS, lambda: SprintCalls(reader.acting.jira).delete(sprint_id))
    note(desk, "board.sprint_deleted", sprint_id)
    return True


def read_sprint(reader: Reading, sprint_id: int) -> Sprint:
    """The sprint as it is now."""
    return reader.features.need(SPRINTS, lambda: reader.agile.sprint(sprint_id))


def hold(sprint: Sprint, known: Known, zone: ZoneInfo) -> None:
    """Let a change pass that is of the sprint as the person knows it. Raises :class:`ChangedMeanwhile`."""
    told = ""
    if sprint.state != known.state:
        told = (
            f"“{sprint.name}” was {STATES.get(sprint.state, 'changed')} meanwhile. Look at the board first."
        )
    elif sprint.name != known.texts["name"]:
        told = f"Meanwhile this sprint is called “{sprint.name}”. Send it again if it is the one you mean."
    if told:
        raise ChangedMeanwhile({"": told}, Known.of(sprint, zone))


def note(desk: SprintDesk, event: str, sprint_id: int, **details: Any) -> None:
    """Write down what Jira did."""
    board, details = desk.board, {"sprint": sprint_id, **details}
    with desk.work.write() as session:
        record(session, desk.work, event, account_id=board.account_id, subject_id=board.id, **details)


def _judge(
    sprint: Sprint, texts: Mapping[str, str], changed: frozenset[str], known: Known, zone: ZoneInfo
) -> None:
    """Whether what is to be changed still stands as the person knew it, and can be changed in that state."""
    now, was = fields.plain(fields.texts_of(sprint, zone)), fields.plain(known.texts)
    if sprint.state == "closed" and not changed <= set(fields.OVER):
        told = f"“{sprint.name}” is completed by now: Jira keeps its times."
        raise ChangedMeanwhile({"": told}, Known.of(sprint, zone))
    told_of = {
        name: f"Meanwhile this is {f'“{now[name]}”' if now[name] else 'empty'} in Jira. {IN_PLACE}"
        for name in changed
        if now[name] not in (was[name], texts[name])
    }
    if told_of:
        raise ChangedMeanwhile(told_of, Known.of(sprint, zone))
    cleared = [name for name in changed & set(fields.TIMES) if not texts[name]]
    if cleared and sprint.state == "active":
        raise FieldErrors(dict.fromkeys(cleared, "A sprint that is started has both. Enter it."))


def _set(reader: Reading, sprint: Sprint, values: Mapping[str, Value]) -> Sprint:
    """Send what was changed; a time is taken away by sending all the rest, as it was read a moment ago."""
    calls = SprintCalls(reader.acting.jira)
    if None in values.values():
        return calls.set_all(replace(sprint, **values))  # type: ignore[arg-type]
    return calls.change(sprint.id, values)
