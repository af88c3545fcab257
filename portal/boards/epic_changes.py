"""Changing an epic: its name, summary, colour, and whether it is done."""

from dataclasses import asdict, dataclass, replace

from portal.audit.log import About, record
from portal.boards import rights
from portal.boards.boards import BoardView
from portal.boards.epic_ways import EpicWay, expect_key, way_of_key
from portal.boards.features import Off
from portal.boards.reading import Reading, reading
from portal.credentials.registry import Registry
from portal.errors import FieldErrors
from portal.jira import epic_calls
from portal.jira.agile import Epic
from portal.jira.one_issue import read_one
from portal.jira.trouble import clean
from portal.store.work import Work

LONGEST = 255  # of a summary and of a name in Jira
# What Jira calls them: keys of the agile interface (on Cloud its "Epic" resource names 14, and Server's
# reference 9) and colours as they look there. No interface tells them, and themes of Jira shift the shades.
CLOUD_COLORS = {
    "color_1": "Dark grey", "color_2": "Dark yellow", "color_3": "Yellow", "color_4": "Dark blue",
    "color_5": "Dark teal", "color_6": "Green", "color_7": "Purple", "color_8": "Dark purple",
    "color_9": "Orange", "color_10": "Blue", "color_11": "Teal", "color_12": "Grey", "color_13": "Dark green",
    "color_14": "Dark orange",
}  # fmt: skip
SERVER_COLORS = {
    "color_1": "Brown", "color_2": "Orange", "color_3": "Amber", "color_4": "Blue", "color_5": "Slate",
    "color_6": "Green", "color_7": "Old rose", "color_8": "Purple", "color_9": "Coral",
}  # fmt: skip


@dataclass(frozen=True)
class EpicValues:
    """What a person can change of an epic; of a team-managed project its summary only."""

    name: str
    summary: str
    color: str
    done: bool


@dataclass(frozen=True)
class EpicToEdit:
    """An epic as Jira has it now; ``values`` None while reading or changing it is off."""

    key: str
    values: EpicValues | None
    is_team_managed: bool
    off: tuple[Off, ...]


class ChangedMeanwhile(FieldErrors):
    """Somebody else changed what this person changes too; ``now`` is what Jira has."""

    def __init__(self, now: EpicValues, names: list[str]) -> None:
        super().__init__({
            name: f"Somebody changed this meanwhile. In Jira it is now: {shown(name, getattr(now, name))}. "
            "Send it again to replace that."
            for name in names
        })  # fmt: skip
        self.now = now


def shown(name: str, value: str | bool) -> str:
    """A value in words."""
    if isinstance(value, bool):
        return "done" if value else "not done"
    return CLOUD_COLORS.get(value, value) if name == "color" else f"“{value}”"


def epic_to_edit(work: Work, registry: Registry, board: BoardView, key: str) -> EpicToEdit:
    """The epic as the person at work may change it. Raises :class:`NotHere` for what is no key, and as
    ``reading`` does; ``not_found`` trouble for what is no epic."""
    expect_key(key)
    with reading(work, registry, board) as reader:
        way = way_of_key(reader, key)
        values = None
        if reader.features.may(way.edit):
            values = reader.features.read(way.read, lambda: _now(reader, way, key))
        if values is not None:
            rights.learn(reader, (way.edit,), lambda: [rights.project_of(key)])
            values = values if reader.features.may(way.edit) else None
        return EpicToEdit(key, values, way.is_team_managed, reader.off)


def change_epic(
    work: Work, registry: Registry, board: BoardView, key: str, wanted: EpicValues, was: EpicValues
) -> bool:
    """Set in Jira what differs between ``was``, which the person saw, and ``wanted``; False: nothing does.

    Raises :class:`FieldErrors`, of which :class:`ChangedMeanwhile`, ``NotConnected``, ``FeatureOff`` and
    JiraTrouble.
    """
    expect_key(key)
    wanted = _checked(wanted, was)
    values = asdict(wanted)
    with reading(work, registry, board) as reader:
        way = way_of_key(reader, key)
        names = ["summary"] if way.is_team_managed else list(values)
        changed = [name for name in names if values[name] != getattr(was, name)]
        if not changed:
            return False
        now = reader.features.need(way.read, lambda: _now(reader, way, key))
        _refuse_conflict(changed, wanted, was, now)
        jira = reader.acting.jira
        if way.is_team_managed:
            reader.features.need(way.edit, lambda: epic_calls.set_summary(jira, key, wanted.summary))
        else:
            sent = {name: values[name] for name in changed}
            reader.features.need(way.edit, lambda: epic_calls.change_epic(jira, key, sent))
    with work.write() as session:
        about = About(account_id=board.account_id, subject_id=board.id)
        record(session, work, "board.epic_changed", **about, issue=key)
    return True


def _now(reader: Reading, way: EpicWay, key: str) -> EpicValues:
    if way.is_team_managed:
        issue, _ = read_one(reader.acting.jira, key)
        return EpicValues(issue.summary, issue.summary, "", issue.is_done)
    return values_of(epic_calls.one_epic(reader.acting.jira, key))


def values_of(epic: Epic) -> EpicValues:
    """What can be changed of it."""
    return EpicValues(epic.name, epic.summary, epic.color, epic.done)


def _checked(wanted: EpicValues, was: EpicValues) -> EpicValues:
    """On one line each, as Jira wants them. Raises :class:`FieldErrors`."""
    long = LONGEST + 1
    wanted = replace(wanted, name=clean(wanted.name, long), summary=clean(wanted.summary, long))
    errors = {}
    for name, what in (("name", "name"), ("summary", "summary")):
        value = getattr(wanted, name)
        if not value:
            errors[name] = f"Type a {what}. Jira wants one."
        elif len(value) > LONGEST:
            errors[name] = f"Shorten the {what} to {LONGEST} characters. Jira takes no more."
    if wanted.color != was.color and wanted.color not in CLOUD_COLORS:
        errors["color"] = "Choose one of the colours."
    if errors:
        raise FieldErrors(errors)
    return wanted


def _refuse_conflict(changed: list[str], wanted: EpicValues, was: EpicValues, now: EpicValues) -> None:
    """What others changed meanwhile is replaced by nobody who has not seen it."""
    both = [
        name
        for name in changed
        if getattr(now, name) != getattr(was, name) and getattr(now, name) != getattr(wanted, name)
    ]
    if both:
        raise ChangedMeanwhile(now, both)
