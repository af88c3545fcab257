"""Pushing an idea to Jira, as the person who pushes and once only, with a link back and forth (row A14)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from portal.boards.asked_fields import Given, Screen, text_of, values_of
from portal.boards.boards import BoardView
from portal.boards.claims import Claim, claim
from portal.boards.features import ONE_ISSUE, FeatureOff
from portal.boards.idea_views import IdeaView
from portal.boards.link_backs import code_of, try_to_link_back
from portal.boards.push_choices import is_project, screen_for
from portal.boards.reading import Reading, reading
from portal.credentials.acting_as import NotConnected
from portal.credentials.registry import Registry
from portal.errors import FieldErrors, PortalError
from portal.jira import new_issues
from portal.jira.answers import Code, JiraTrouble
from portal.jira.found_issues import DESCRIPTION, LABELS, by_marker, find
from portal.jira.issues import Issue
from portal.jira.jql import is_key
from portal.kinds.features import NEW_ISSUES
from portal.store.work import Work

NOT_SHOWN = FieldErrors(
    {"project": "Choose the project and the type once more: Jira does not show them to you."}
)


class InDoubt(PortalError):
    """It is not known whether Jira made an issue. ``code`` says what happened."""

    def __init__(self, code: str) -> None:
        super().__init__(f"a push is in doubt: {code}")
        self.code = code


@dataclass(frozen=True)
class Sent:
    """What was chosen and typed. ``instead_of``: the marker of a push in doubt, given up by this one."""

    project: str
    type_id: str
    given: Given
    instead_of: str = ""


@dataclass(frozen=True)
class Pushed:
    """The issue. ``is_kept``: the idea is linked to it; ``leads_back``: the issue is linked to the idea, None
    where that is not known.

    ``others``: issues that were found by the same marker, which a copy of an issue carries too.
    """

    key: str
    is_kept: bool
    leads_back: bool | None
    others: tuple[str, ...] = ()


def push(
    work: Work,
    registry: Registry,
    board: BoardView,
    idea: IdeaView,
    url: str,
    sent: Sent,
    seconds: float,
    seen: Callable[[Screen], object],
) -> Pushed:
    """Make the issue. ``url`` is where the idea is read; ``seconds`` the time all calls together have.

    ``seen`` is told what Jira wants as soon as that is known. Raises :class:`FieldErrors` for what was typed,
    ``Claimed`` when the idea is being pushed already, :class:`InDoubt`, and as ``reading`` does; in all these
    cases but that of doubt no issue was made.
    """
    if not sent.type_id.isascii() or not sent.type_id.isdigit() or not is_project(sent.project):
        raise NOT_SHOWN
    with reading(work, registry, board) as reader:
        jira, project = reader.acting.jira, sent.project
        screen = reader.features.need(NEW_ISSUES, lambda: _screen_now(reader, idea, sent))
        seen(screen)
        values = values_of(jira, project, screen.asked, sent.given)
        taken = claim(work, board, idea.id, screen.marker_in, seconds, sent.instead_of)
        values |= {"project": {"key": project}, "issuetype": {"id": sent.type_id}}
        own = _own_values(reader, idea, screen, taken.marker, values, sent.given)
        key = _made(reader, taken, values | own)
        is_kept = taken.settle(key)
        return Pushed(key, is_kept, is_kept and try_to_link_back(work, reader, idea, url, key))


def _screen_now(reader: Reading, idea: IdeaView, sent: Sent) -> Screen:
    try:
        return screen_for(idea, new_issues.screen_fields(reader.acting.jira, sent.project, sent.type_id))
    except JiraTrouble as trouble:
        if trouble.code is not Code.NOT_FOUND:
            raise
        said = f"In the project {sent.project} Jira shows you no such type of issue, or the project is gone."
        raise FieldErrors({"project": f"{said} Choose another."}) from None


def _own_values(
    reader: Reading, idea: IdeaView, screen: Screen, marker: str, values: dict[str, Any], given: Given
) -> dict[str, Any]:
    """What is taken of the idea, and the marker; only what the screen takes."""
    own: dict[str, Any] = {"summary": idea.title}
    written = idea.description or text_of(given, DESCRIPTION)
    if screen.marker_in == LABELS:
        own[LABELS] = [*values.get(LABELS, []), marker]
    elif screen.marker_in == DESCRIPTION:
        written = f"{written}\n\n{marker}".strip()
    if DESCRIPTION in screen.takes and written:
        own[DESCRIPTION] = new_issues.words_as_written(reader.acting.jira, written)
    return own


def _made(reader: Reading, taken: Claim, fields: dict[str, Any]) -> str:
    """The key of the new issue; the claim is released, or left in doubt, by what is known."""
    try:
        return reader.features.need(NEW_ISSUES, lambda: new_issues.create(reader.acting.jira, fields))
    except JiraTrouble as trouble:
        if trouble.leaves_open:
            taken.doubt(trouble.code)
            raise InDoubt(trouble.code) from None
        taken.release(trouble.code)
        raise
    except (FeatureOff, NotConnected) as error:
        taken.release(code_of(error))
        raise


def look(work: Work, registry: Registry, board: BoardView, idea: IdeaView, url: str) -> Pushed | None:
    """Search for the issue of a push in doubt, as the person at work; None where Jira shows them none.

    Of several it is the one made first; the others are told.
    Raises as ``reading`` does, and :class:`FeatureOff`.
    """
    if idea.state != "in_doubt" or idea.marker is None or idea.marker_in is None:
        return None
    query = by_marker(idea.marker, idea.marker_in)
    with reading(work, registry, board) as reader:
        found = reader.features.need(ONE_ISSUE, lambda: find(reader.acting.jira, query))
        keys = _by_age(found)
        if not keys:
            return None
        key, *others = keys
        is_kept = Claim(work, board, idea.id, idea.marker).settle(key)
        leads_back = is_kept and try_to_link_back(work, reader, idea, url, key)
        return Pushed(key, is_kept, leads_back, tuple(others))


def _by_age(found: Sequence[Issue]) -> list[str]:
    """The keys, the oldest first: Jira counts ids upwards, through all projects. Those without an id last."""
    known = [issue for issue in found if is_key(issue.key)]
    return [issue.key for issue in sorted(known, key=_age)]


def _age(issue: Issue) -> tuple[bool, int]:
    has_id = issue.id.isascii() and issue.id.isdecimal()
    return not has_id, int(issue.id) if has_id else 0
