"""The first call that is made as the account itself: it asks who that is, and may have the token renewed."""

from collections.abc import Callable
from functools import partial

from portal.checklist.calls import Calls, NotAsked
from portal.checklist.checks.data import STOPS, asks_for_boards
from portal.checklist.checks.identity import myself
from portal.checklist.checks.permissions import is_opened_by_scope
from portal.jira.answers import Code, JiraTrouble

# Who is refused once asks for no board: each would be refused alike.
_STOPS = STOPS | {
    Code.UNAUTHORIZED,
    Code.GRANT_ENDED,
    Code.CLIENT_REFUSED,
    Code.SITE_NOT_COVERED,
    Code.POINTS_USED,
    Code.QUOTA_SPENT,
}


def ask_who_it_is(calls: Calls) -> None:
    """Ask whom Jira takes the account for. Raises JiraTrouble, NotConnected, NotAsked.

    Where permissions are asked for later, the boards whose projects they are of are asked for at the same
    time: one after the other would be a call too many in a row.
    """
    asks: list[Callable[[], object]] = [partial(myself, calls)]
    if calls.scene.boards and is_opened_by_scope(calls):
        asks += asks_for_boards(calls)
    told = calls.side_by_side(asks, _STOPS)[0]
    if isinstance(told, JiraTrouble | NotAsked):
        raise told
