"""What the pages that push and link ideas share: the way back to the idea, and what became of it."""

from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from portal.boards.boards import BoardView
from portal.boards.idea_views import IdeaView
from portal.boards.pushes import Pushed
from portal.web.board_places import remember
from portal.web.place import external

SENT_ALREADY = "Nothing was sent: this idea was pushed or linked already. Here is how it stands."
MADE_BESIDE = (
    "Jira has {} for this idea, but meanwhile the idea was linked, pushed again or deleted. Look at that "
    "issue in Jira: it may be one too many."
)

# Made by copying the issue, or by pushing again; as many as a message holds are named.
MORE_FOUND = (
    "More than one issue in Jira has the word of this push. {} was made first. The others: {}. Look at them "
    "in Jira: a copy carries the word too, and one may be too many."
)
_MOST_NAMED = 5


def idea_url(board: BoardView, idea: IdeaView) -> str:
    """Where the idea is read, as the link in Jira says it."""
    return external(url_for("ideas.show", board_id=board.id, idea_id=idea.id))


def back(board: BoardView, idea: IdeaView, **more: Any) -> Response:
    """To the idea's page."""
    return redirect(url_for("ideas.show", board_id=board.id, idea_id=idea.id, **more), 303)


def stay(board: BoardView, idea: IdeaView) -> str:
    """Whoever has to connect comes back to the idea's page."""
    address = url_for("ideas.show", board_id=board.id, idea_id=idea.id)
    remember(board.id, address)
    return address


def tell(pushed: Pushed, done: str) -> None:
    """What became of a push or a link. Why the issue does not lead back, the idea's page says."""
    if pushed.others:
        named = ", ".join(pushed.others[:_MOST_NAMED])
        more = f" and {left} more" if (left := len(pushed.others) - _MOST_NAMED) > 0 else ""
        flash(MORE_FOUND.format(pushed.key, named + more), "warning")
    if not pushed.is_kept:
        flash(MADE_BESIDE.format(pushed.key), "warning")
        return
    flash(done, "success")
    if pushed.leads_back is None:
        flash(f"It is not known whether {pushed.key} got its link back to this idea.", "warning")
