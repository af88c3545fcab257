"""The issues ideas are linked to: shown as the person who looks, linked by key, and unlinked."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.boards import claims
from portal.boards.boards import BoardView
from portal.boards.cards import Card, CardFields, card_of
from portal.boards.features import ONE_ISSUE, Features, Off
from portal.boards.idea_views import IdeaView
from portal.boards.link_backs import link_back, try_to_link_back
from portal.boards.pushes import Pushed
from portal.boards.reading import reading
from portal.credentials.acting_as import NotConnected
from portal.credentials.registry import Registry
from portal.errors import FieldErrors
from portal.jira.answers import Code, JiraTrouble
from portal.jira.found_issues import issues_of
from portal.jira.jql import is_key
from portal.jira.one_issue import read_one
from portal.jira.remote_links import delete_link
from portal.kinds.features import LINK_BACK, NEW_ISSUES
from portal.store.work import Work

_WANTED = {"open": (NEW_ISSUES, ONE_ISSUE), "in_doubt": (ONE_ISSUE, NEW_ISSUES)}


@dataclass(frozen=True)
class Issues:
    """What Jira shows one person of linked issues: ``cards`` by key, of those they may see.

    Without cards there is a reason: ``connection`` cannot serve, ``off``, or ``trouble``. ``unasked``: keys
    that were not looked up, for that would have taken too many calls.
    """

    cards: dict[str, Card]
    is_read: bool = False
    connection: NotConnected | None = None
    trouble: JiraTrouble | None = None
    off: tuple[Off, ...] = ()
    unasked: frozenset[str] = frozenset()


def read_issues(work: Work, registry: Registry, board: BoardView, ideas: Sequence[IdeaView]) -> Issues:
    """The issues of these ideas, whatever stops it: ideas are shown in any case."""
    keys = [idea.issue_key for idea in ideas if idea.issue_key]
    if not keys:
        return Issues({}, is_read=True)
    try:
        with reading(work, registry, board) as reader:
            found = reader.features.read(ONE_ISSUE, lambda: issues_of(reader.acting.jira, keys))
            cards = {
                key: card_of(issue, CardFields((), ""), board.base_url)
                for key, issue in (found.issues if found else {}).items()
            }
            unasked = found.unasked if found else frozenset()
            return Issues(cards, is_read=found is not None, off=reader.off, unasked=unasked)
    except NotConnected as error:
        return Issues({}, connection=error)
    except JiraTrouble as error:
        return Issues({}, trouble=error)


def link_issue(
    work: Work, registry: Registry, board: BoardView, idea: IdeaView, url: str, typed: str
) -> Pushed:
    """Link an issue that is there, which the person at work must see.

    Raises :class:`FieldErrors`, ``Claimed`` unless the idea is open or in doubt, and as ``reading`` does.
    """
    key = typed.strip().upper()
    if not is_key(key):
        raise FieldErrors({"key": "Enter the key of an issue, such as ABC-12."})
    with reading(work, registry, board) as reader:
        try:
            issue, _ = reader.features.need(ONE_ISSUE, lambda: read_one(reader.acting.jira, key))
        except JiraTrouble as trouble:
            if trouble.code is not Code.NOT_FOUND:
                raise
            raise FieldErrors({"key": f"Jira shows you no issue {key}."}) from None
        key = issue.key if is_key(issue.key) else key
        claims.link(work, board, idea.id, key)
        return Pushed(key, True, try_to_link_back(work, reader, idea, url, key))


def add_link_back(work: Work, registry: Registry, board: BoardView, idea: IdeaView, url: str) -> None:
    """Let the linked issue lead back here. Raises as ``reading`` does, and ``FeatureOff``."""
    if idea.issue_key:
        with reading(work, registry, board) as reader:
            link_back(work, reader, idea, url, idea.issue_key)


def unlink_issue(work: Work, registry: Registry, board: BoardView, idea: IdeaView) -> bool:
    """Take the issue's link away, then forget its key. False where a link is known of that Jira shows not.

    Jira is asked in any case: a link may be there though the answer to it was lost. Raises as ``reading``
    does, and ``FeatureOff``; then nothing was changed here.
    """
    key, is_gone = idea.issue_key, True
    if key:
        with reading(work, registry, board) as reader:
            jira = reader.acting.jira
            try:
                reader.features.need(LINK_BACK, lambda: delete_link(jira, key, idea.global_id))
            except JiraTrouble as trouble:
                if trouble.code is not Code.NOT_FOUND:
                    raise
                is_gone = not idea.has_remote_link
    forget_issue(work, board, idea)
    return is_gone


def switched_off(board: BoardView, idea: IdeaView, *, read_only: bool) -> tuple[Off, ...]:
    """What could be done with the idea now, had this person the permissions; Jira is not asked for that.

    None of it for whom is not connected: they are led to connect first.
    """
    if board.credential is None or not board.credential.serves:
        return ()
    features = Features(board.credential, read_only=read_only)
    for feature in _WANTED.get(idea.state, ()):
        features.may(feature)
    if idea.state == "linked" and not idea.has_remote_link:
        features.may(LINK_BACK)
    return features.off


def forget_issue(work: Work, board: BoardView, idea: IdeaView) -> None:
    """Forget the key; in Jira nothing changes."""
    if idea.issue_key:
        claims.unlink(work, board, idea.id, idea.issue_key)
