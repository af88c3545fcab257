"""The status of an issue: the ways Jira offers the person at work, and taking one of them."""

from dataclasses import dataclass, field
from functools import partial

from portal.audit.log import About, record
from portal.boards import rights
from portal.boards.asked_fields import Given, Screen, screen_of, values_of
from portal.boards.boards import BoardView
from portal.boards.features import ONE_ISSUE, Off
from portal.boards.reading import Reading, reading
from portal.credentials.registry import Registry
from portal.errors import FieldErrors, NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.jira.client import JiraClient
from portal.jira.jql import is_key
from portal.jira.one_issue import read_one
from portal.jira.transitions import Transition, take, transitions
from portal.kinds.features import STATUS
from portal.store.work import Work


@dataclass(frozen=True)
class StatusWay:
    """A way to another status, named ``to``; ``screen`` is what Jira demands on it."""

    id: str
    name: str
    to: str
    screen: Screen

    @property
    def label(self) -> str:
        """What it is chosen by."""
        return self.to if self.name == self.to else f"{self.to} ({self.name})"

    @property
    def is_direct(self) -> bool:
        """Whether nothing is demanded on it."""
        return not (self.screen.asked or self.screen.unaskable)


@dataclass
class StatusWays:
    """The ways from the status of an issue; None where Jira was not asked, or changing it is ``off``."""

    key: str
    ways: tuple[StatusWay, ...] | None = None
    off: tuple[Off, ...] = field(default=())

    def way(self, way_id: str) -> StatusWay | None:
        """One of them."""
        return next((way for way in self.ways or () if way.id == way_id), None)


def key_of(typed: str) -> str:
    """The key of an issue as Jira writes it; raises :class:`NotHere` for what is none, and for one
    with blanks around it."""
    if not is_key(typed) or typed != typed.strip():
        raise NotHere
    return typed.upper()


def ways_of(reader: Reading, key: str) -> tuple[StatusWay, ...] | None:
    """The ways of an issue; None while changing its status is off, which is noted."""
    return reader.features.read(STATUS, lambda: _ways(reader.acting.jira, key))


def read_ways(work: Work, registry: Registry, board: BoardView, key: str) -> StatusWays:
    """The ways of an issue, for a page that shows nothing else. Raises as ``reading`` does."""
    with reading(work, registry, board) as reader:
        ways = ways_of(reader, key)
        if ways == ():  # as Jira answers whoever may not: that is told by name, where it can be
            rights.learn(reader, (STATUS,), lambda: [rights.project_of(key)])
            ways = ways if reader.features.may(STATUS) else None
        return StatusWays(key, ways, reader.off)


def ways_to_change(work: Work, registry: Registry, board: BoardView, key: str) -> StatusWays:
    """The same for whom is about to take one; raises ``FeatureOff`` too."""
    with reading(work, registry, board) as reader:
        return StatusWays(key, reader.features.need(STATUS, lambda: _ways(reader.acting.jira, key)))


def _ways(jira: JiraClient, key: str) -> tuple[StatusWay, ...]:
    return tuple(map(_way, transitions(jira, key)))


def _way(one: Transition) -> StatusWay:
    return StatusWay(one.id, one.name, one.to, screen_of(one.fields, own=frozenset()))


def change_status(
    work: Work, registry: Registry, board: BoardView, live: StatusWays, way_id: str, given: Given
) -> StatusWay:
    """Take a way, with what was typed into the fields it demands; the way that was taken.

    Raises :class:`FieldErrors` for what was typed, and for a way that is there no more: then ``live`` has
    those there are. Else as ``reading`` does, and ``FeatureOff``.
    """
    with reading(work, registry, board) as reader:
        way = _known(reader, live, way_id)
        jira, project = reader.acting.jira, live.key.rpartition("-")[0]
        values = reader.features.need(STATUS, lambda: values_of(jira, project, way.screen.asked, given))
        try:
            reader.features.need(STATUS, partial(take, jira, live.key, way.id, values))
        except JiraTrouble as trouble:
            if trouble.code is Code.BAD_REQUEST and not trouble.fields:
                live.ways = _ways(jira, live.key)
                _known(reader, live, way_id)
            raise
    with work.write() as session:
        about = About(account_id=board.account_id, subject_id=board.id)
        record(session, work, "board.status_changed", **about, issue=live.key)
    return way


def _known(reader: Reading, live: StatusWays, way_id: str) -> StatusWay:
    way = live.way(way_id)
    if way is None and not way_id:
        raise FieldErrors({"transition": "Choose a status."})
    if way is None and not live.ways:
        sentence = (
            f"Jira offers you no other status for {live.key} now. Where it should, you lack the permission "
            f"“{STATUS.permission}” in this project: ask your Jira admin for it."
        )
        raise FieldErrors({"transition": sentence})
    if way is None:
        found = reader.features.read(ONE_ISSUE, lambda: read_one(reader.acting.jira, live.key))
        now = f"is {found[0].status} already" if found else "was changed meanwhile"
        sentence = f"{live.key} {now}. What you chose is done, or not possible any more. Look at what is."
        raise FieldErrors({"transition": sentence})
    return way
