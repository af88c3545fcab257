"""Moving issues between the sprints of a board and its backlog, as the person at work."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from portal.audit.log import About, record
from portal.boards.boards import BoardView
from portal.boards.cards import Card
from portal.boards.features import Features
from portal.boards.named_issues import NOT_TAKEN, left_out, why_not
from portal.boards.paging import Listing
from portal.boards.reading import MOST_ISSUES, Reading, reading
from portal.credentials.registry import Registry
from portal.errors import FieldErrors
from portal.jira.agile import MOST_MOVED, Sprint
from portal.jira.answers import Code, JiraTrouble
from portal.jira.jql import is_key
from portal.jira.readers import LARGEST
from portal.jira.sprint_calls import SprintCalls
from portal.kinds.features import EDIT_SPRINTS, SPRINTS, TO_BACKLOG, Feature
from portal.store.work import Work

BACKLOG = "backlog"
# Jira wants another permission of a user for this than for other changes of sprints.
TO_SPRINT = replace(EDIT_SPRINTS, title="Moving issues to sprints", permission=TO_BACKLOG.permission)


@dataclass(frozen=True)
class Target:
    """Where issues can be moved: ``id`` is that of a sprint, or :data:`BACKLOG`."""

    id: str
    name: str


@dataclass(frozen=True)
class Tick:
    """An issue that is to be moved, and its ``place`` in the order of the board."""

    place: int
    key: str

    @property
    def value(self) -> str:
        """As a form has it."""
        return f"{self.place}:{self.key}"


@dataclass
class Move:
    """Issues on their way to the ``target`` that was chosen, in the order of their rank.

    ``moved`` says how many Jira took, from the first on, whatever happened then. ``name`` is what Jira calls
    the target, as soon as it is known.
    """

    target: str
    ticks: tuple[Tick, ...]
    moved: int = 0
    name: str = ""

    @property
    def left(self) -> tuple[Tick, ...]:
        """Those Jira has not taken, or of which it is not known."""
        return self.ticks[self.moved :]

    def leave_out(self, keys: Collection[str]) -> None:
        """Give up moving these."""
        self.ticks = tuple(tick for tick in self.ticks if tick.key not in keys)

    @property
    def is_to_backlog(self) -> bool:
        """Whether they leave their sprints."""
        return self.target == BACKLOG

    @property
    def feature(self) -> Feature:
        """What it needs."""
        return TO_BACKLOG if self.is_to_backlog else TO_SPRINT


def targets(
    features: Features,
    sprints: Sequence[Sprint],
    in_sprint: Listing[Card] | None,
    in_backlog: Listing[Card] | None,
) -> tuple[Target, ...]:
    """Where the issues that are shown can be moved; what would serve and is off is noted."""
    to_sprints = [Target(str(one.id), one.name) for one in sprints if one.id]
    # Those of one sprint have another to go to; those of the backlog have any.
    has_others = bool(in_backlog and in_backlog.entries) or len(to_sprints) > 1
    is_any_shown = any(one.entries for one in (in_sprint, in_backlog) if one)
    found = to_sprints if is_any_shown and has_others and to_sprints and features.may(TO_SPRINT) else []
    if in_sprint and in_sprint.entries and features.may(TO_BACKLOG):
        return (Target(BACKLOG, "Backlog"), *found)
    return tuple(found)


def ticks_of(values: Iterable[str]) -> tuple[Tick, ...]:
    """What a form has as ticked: each issue once, by rank; what is no tick is left out."""
    places: dict[str, int] = {}
    for value in values:
        place, _, key = value.partition(":")
        if is_key(key) and _number(place) is not None:
            places.setdefault(key.strip().upper(), _number(place) or 0)
    return tuple(sorted((Tick(place, key) for key, place in places.items()), key=lambda tick: tick.place))


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST))
    return int(text) if is_number and int(text) <= LARGEST else None


def move_issues(work: Work, registry: Registry, board: BoardView, move: Move) -> None:
    """Have Jira move them, as many at once as it takes; ``move`` says how far it got.

    Raises as ``reading`` does, ``FeatureOff``, and :class:`FieldErrors`, at ``issue`` and ``to``: for what
    cannot be, for a sprint that takes none any more, and for issues that Jira does not take: these are left
    out of ``move`` then.
    """
    _check(move)
    with reading(work, registry, board) as reader:
        move.name = "the backlog" if move.is_to_backlog else open_sprint(reader, int(move.target)).name
        while move.left:
            keys = [tick.key for tick in move.left[:MOST_MOVED]]
            try:
                reader.features.need(move.feature, partial(_send, reader, move, keys))
            except JiraTrouble as trouble:
                if trouble.code in NOT_TAKEN:
                    _leave_out(move, why_not(reader, keys))
                raise
            move.moved += len(keys)
            # One line for each call: what Jira has taken is in the record whatever happens next.
            note_moved(work, board, len(keys), move.target)


def _leave_out(move: Move, reasons: Mapping[str, str]) -> None:
    """Leave out the issues for which Jira took none, and say so, where it is because of single ones."""
    if not reasons:
        return
    move.leave_out(reasons)
    raise FieldErrors({"issue": left_out(reasons, bool(move.left))}) from None


def _check(move: Move) -> None:
    errors: dict[str, str] = {}
    if not move.ticks:
        errors["issue"] = "Tick the issues you want to move."
    elif len(move.ticks) > MOST_ISSUES:
        errors["issue"] = f"At most {MOST_ISSUES} issues can be moved at once. Untick some."
    if not move.is_to_backlog and not _number(move.target):
        errors["to"] = "Choose where to move them."
    if errors:
        raise FieldErrors(errors)


def open_sprint(reader: Reading, sprint_id: int) -> Sprint:
    """The sprint, unless it is over by now: then Jira would take nothing."""
    try:
        sprint = reader.features.need(SPRINTS, lambda: reader.agile.sprint(sprint_id))
    except JiraTrouble as trouble:
        if trouble.code is not Code.NOT_FOUND:
            raise
        raise FieldErrors({"to": "This sprint is gone, or not for you to see. Choose another."}) from None
    if sprint.state == "closed":
        raise FieldErrors({"to": f"{sprint.name} is closed by now. Choose another."})
    return sprint


def _send(reader: Reading, move: Move, keys: Sequence[str]) -> None:
    calls = SprintCalls(reader.acting.jira)
    if move.is_to_backlog:
        calls.move_out(keys)
    else:
        calls.move_in(int(move.target), keys)


def note_moved(work: Work, board: BoardView, count: int, to: str) -> None:
    """Record that Jira took issues into a sprint, an epic, the backlog, or out of their epics."""
    about = About(account_id=board.account_id, subject_id=board.id)
    with work.write() as session:
        record(session, work, "board.issues_moved", **about, count=count, to=to)
