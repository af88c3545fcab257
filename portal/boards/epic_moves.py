"""Putting issues into an epic, into another one, or into none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from portal.boards.boards import BoardView
from portal.boards.cards import card_of
from portal.boards.epic_ways import EpicWay, expect_key, way_and_epic, way_of_issue, way_of_key
from portal.boards.features import ONE_ISSUE, FeatureOff
from portal.boards.moves import note_moved
from portal.boards.named_issues import NOT_TAKEN, known_issue, why_not
from portal.boards.reading import Reading, reading
from portal.credentials.acting_as import NotConnected
from portal.credentials.registry import Registry
from portal.errors import FieldErrors
from portal.jira import epic_calls, jql
from portal.jira.agile import MOST_MOVED
from portal.jira.answers import JiraTrouble
from portal.jira.issues import Issue
from portal.store.work import Work

MOST_TYPED = 50
NO_EPIC = "none"  # what stands in a form for it


@dataclass(frozen=True)
class Moved:
    """Which issues Jira took, and what stopped it before the others, if anything did."""

    done: tuple[str, ...]
    stopped: Exception | None


class NotTaken(FieldErrors):
    """Some of several issues do not go; ``reasons`` has a sentence for the key of each, ``now`` the epic
    that one of them is in by now (empty for none), if that is why."""

    def __init__(self, reasons: Mapping[str, str], now: Mapping[str, str] | None = None) -> None:
        super().__init__({"keys": " ".join(reasons.values())})
        self.reasons, self.now = reasons, now or {}


class EpicMeanwhile(FieldErrors):
    """Somebody else put the issue into another epic; ``now`` is its key, empty for none."""

    def __init__(self, now: str) -> None:
        super().__init__({"epic": f"Meanwhile its epic is {now or 'none'}. Send it again to change that."})
        self.now = now


def keys_of(typed: str) -> list[str]:
    """The keys that were typed, separated by blanks, commas or semicolons, each once and in capitals.

    Raises :class:`FieldErrors` for ``keys`` that names what is none.
    """
    words = typed.replace(",", " ").replace(";", " ").split()
    if bad := [word for word in words if not jql.is_key(word)]:
        named = ", ".join(f"“{word[:40]}”" for word in bad[:10])
        raise FieldErrors({"keys": f"No key of an issue: {named}. A key is like ABC-12."})
    keys = list(dict.fromkeys(word.upper() for word in words))
    if len(keys) > MOST_TYPED:
        raise FieldErrors({"keys": f"{len(keys)} keys are too many. Send {MOST_TYPED} at once."})
    return keys


def put_into(
    work: Work,
    registry: Registry,
    board: BoardView,
    keys: Sequence[str],
    epic_key: str,
    was: Mapping[str, str],
    known: str = "",
) -> Moved:
    """Put issues into an epic (empty: into none), as many in one call as Jira takes.

    ``was``: in which epic the person saw each that they saw; what is in another one by now does not go.
    ``known``: an epic of theirs, by whose project it is known which way epics go, where there is no other.
    Raises :class:`NotHere` where one of them is no key: Jira takes other words than keys for an epic, such as
    that for none. What else stops it is in what is returned.
    """
    for key in (*keys, *filter(None, (epic_key, known))):
        expect_key(key)
    done: list[str] = []
    stopped: Exception | None = None
    try:
        with reading(work, registry, board) as reader:
            way = way_of_key(reader, epic_key or known or keys[0])
            for start in range(0, len(keys), MOST_MOVED):
                some = keys[start : start + MOST_MOVED]
                _expect_unchanged(reader, some, epic_key, was)
                _in_parts(reader, way, some, epic_key, done.extend)
    except (FieldErrors, FeatureOff, NotConnected, JiraTrouble) as error:
        stopped = error
    if done:
        note_moved(work, board, len(done), epic_key or NO_EPIC)
    return Moved(tuple(done), stopped)


def change_epic_of(
    work: Work, registry: Registry, board: BoardView, key: str, epic_key: str, was: str
) -> None:
    """Put one issue into an epic (empty: into none); ``was``: the epic the person saw it in.

    Raises :class:`NotHere` for what is no key, :class:`EpicMeanwhile` where it is in another one by now,
    ``NotConnected``, ``FeatureOff`` and JiraTrouble.
    """
    for one in filter(None, (key, epic_key)):
        expect_key(one)
    with reading(work, registry, board) as reader:
        issue = known_issue(reader, key)
        if _is_elsewhere(now := _epic_of(reader, issue), was, epic_key):
            raise EpicMeanwhile(now)
        _in_parts(reader, way_of_issue(issue), [key], epic_key, lambda keys: None)
    note_moved(work, board, 1, epic_key or NO_EPIC)


def _epic_of(reader: Reading, issue: Issue) -> str:
    return card_of(issue, reader.fields(), reader.board.base_url).epic_key


def _tells_epic(reader: Reading) -> bool:
    """Whether an issue that is read alone tells its epic: on Server only the account's mapped field does."""
    return reader.acting.jira.is_cloud or bool(reader.fields().epic_link)


def _is_elsewhere(now: str, was: str, target: str) -> bool:
    """Whether somebody else has put an issue into another epic than the one it was seen in."""
    return now not in (was, target)


def _expect_unchanged(reader: Reading, keys: Sequence[str], target: str, was: Mapping[str, str]) -> None:
    """Raises :class:`NotTaken` for those that are in another epic by now than the one they were seen in, and
    that are gone. What is not known counts as unchanged: without the permission to look none is told."""
    now: dict[str, str] = {}

    def judge(key: str, issue: Issue) -> str:
        epic = _epic_of(reader, issue)
        if not _is_elsewhere(epic, was[key], target):
            return ""
        now[key] = epic
        return f"{key} is in {epic or 'no epic'} by now."

    def reasons() -> dict[str, str]:
        agile, names = reader.agile, reader.fields().asked_for
        try:
            issues = agile.issues_of_keys(reader.board.jira_board_id, seen, names)
        except JiraTrouble as trouble:
            if trouble.code not in NOT_TAKEN:
                raise
            return why_not(reader, seen, judge if _tells_epic(reader) else None)
        return {one.key: told for one in issues if one.key in was and (told := judge(one.key, one))}

    seen = [key for key in keys if key in was]
    if seen and (found := reader.features.read(ONE_ISSUE, reasons)):
        raise NotTaken(found, now)


def _in_parts(
    reader: Reading, way: EpicWay, keys: Sequence[str], epic_key: str, took: Callable[[Sequence[str]], object]
) -> None:
    jira = reader.acting.jira
    size = 1 if way.is_team_managed else MOST_MOVED
    for start in range(0, len(keys), size):
        part = keys[start : start + size]
        try:
            if way.is_team_managed:
                reader.features.need(way.move, partial(epic_calls.set_parent, jira, part[0], epic_key))
            else:
                reader.features.need(way.move, partial(epic_calls.move, jira, part, epic_key))
        except JiraTrouble as trouble:
            if trouble.code in NOT_TAKEN and (sentences := why_not(reader, part, _is_epic)):
                raise NotTaken(sentences) from None
            if trouble.code in NOT_TAKEN and epic_key and not way_and_epic(reader, epic_key)[1]:
                raise FieldErrors({"keys": f"{epic_key} is no epic that Jira shows you."}) from None
            raise
        took(part)


def _is_epic(key: str, issue: Issue) -> str:
    return f"{key} is an epic, and can be in none." if issue.is_epic else ""
